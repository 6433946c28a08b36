#include "ssh/keyring.h"

#include "core/account.h"
#include "core/error.h"
#include "ssh/config.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <unistd.h>

namespace espresso {
namespace {

constexpr unsigned most_passphrases = 3;

// What libssh can sign with: all of OpenSSH's but ssh-rsa and DSA, which no longer count.
constexpr std::string_view algorithms =
    "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
    "sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp256,"
    "ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,"
    "rsa-sha2-512,rsa-sha2-256";
// Servers older than 2016 take no other signature of RSA keys: to be asked for by name.
constexpr std::string_view on_request = ",ssh-rsa,ssh-rsa-cert-v01@openssh.com";
constexpr auto patience_for_agent = std::chrono::seconds(6);

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? value : "";
}

bool holds(const Agent::Keys& agent, const PublicKey& key) {
  return std::any_of(agent.keys.begin(), agent.keys.end(), [&](const auto& held) { return held.blob == key.blob; });
}

/// Those of `endpoint` that are not switched off.
std::vector<std::string> methods_of(const Endpoint& endpoint) {
  auto methods = endpoint.preferred_authentications;
  if (methods.empty()) methods = {"publickey", "keyboard-interactive", "password"};
  std::erase_if(methods, [&](const std::string& name) {
    return (name == "publickey" && !endpoint.publickey_authentication) ||
           (name == "keyboard-interactive" && !endpoint.keyboard_interactive_authentication) ||
           (name == "password" && !endpoint.password_authentication);
  });
  return methods;
}

}  // namespace

std::shared_ptr<Identities> make_identities() { return std::make_shared<Identities>(); }

Keyring::Keyring(std::string agent_socket, std::shared_ptr<Identities> identities, AskPassphrase ask)
    : agent_socket_(std::move(agent_socket)),
      identities_(identities ? std::move(identities) : make_identities()),
      ask_(std::move(ask)) {}

std::shared_ptr<Agent> Keyring::agent_at(const std::string& path) {
  if (path.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& agent = agents_[path];
  if (!agent) agent = std::make_shared<Agent>(path);
  return agent;
}

std::shared_ptr<Agent> Keyring::agent_for(const Endpoint& endpoint) {
  const auto& socket = endpoint.agent_socket;
  if (!endpoint.use_agent || socket == "none") return nullptr;
  if (socket.empty()) return agent_at(agent_socket_);
  if (socket == "SSH_AUTH_SOCK") return agent_at(environment(socket));
  if (socket.starts_with("$")) return agent_at(environment(socket.substr(1)));
  if (socket.starts_with("~/")) return agent_at(home_directory() + socket.substr(1));
  return agent_at(socket);
}

void Keyring::load(const std::string& file) {
  const auto identity = identities_->load(file);
  if (identity->state == Identity::State::ready) return;
  if (identity->state == Identity::State::outdated)
    throw Error("the key '" + file + "' is a DSA key, which is no longer accepted",
                "make a new one: ssh-keygen -t ed25519");
  const auto agent = agent_at(agent_socket_);
  if (agent && identity->public_key && holds(*agent->keys(Clock::now() + patience_for_agent), *identity->public_key))
    return;
  if (identity->state == Identity::State::encrypted) return unlock(file, agent != nullptr);
  if (identity->state == Identity::State::security_key)
    throw Error("the key '" + file + "' is a security key, which only an agent can use",
                agent ? "add it to the agent: ssh-add " + file
                      : "run eval \"$(ssh-agent)\" and ssh-add " + file + ", then run again");
  throw Error("the key '" + file + "' cannot be read: it is a public key" +
                  (agent ? ", and the agent does not hold its private part" : ""),
              "name the file without '.pub'");
}

void Keyring::unlock(const std::string& file, bool has_agent) {
  for (unsigned attempt = 1; ask_ && attempt <= most_passphrases; ++attempt) {
    auto passphrase = ask_(file, attempt);
    if (!passphrase) break;
    const bool is_open = identities_->unlock(file, *passphrase);
    OPENSSL_cleanse(passphrase->data(), passphrase->size());
    if (is_open) return;
    if (attempt == most_passphrases)
      throw Error("the passphrase of the key '" + file + "' was wrong three times",
                  "try it with ssh-keygen -y -f " + file);
  }
  if (has_agent)
    throw Error("the key '" + file + "' is encrypted, and the agent does not hold it",
                "add it to the agent: ssh-add " + file);
  throw Error("the key '" + file + "' is encrypted; add it to an agent",
              "run eval \"$(ssh-agent)\" and ssh-add " + file + ", then run again");
}

Credentials Keyring::credentials(const Endpoint& endpoint) {
  Credentials result{.user = endpoint.user,
                     .keys = {.named_by_user = !endpoint.identities.empty(),
                              .identities_only = endpoint.identities_only,
                              .files = identities_},
                     .password = endpoint.password,
                     .methods = methods_of(endpoint)};
  if (!endpoint.publickey_authentication) return result;
  if (!endpoint.public_key_algorithms.empty()) {
    static const auto supported = std::string(algorithms) + std::string(on_request);
    result.public_key_algorithms = apply_algorithm_list(endpoint.public_key_algorithms, algorithms, supported);
    if (result.public_key_algorithms.empty()) {
      result.notes.push_back("of the public key algorithms '" + endpoint.public_key_algorithms + "' none is known");
      std::erase(result.methods, "publickey");
      return result;
    }
  }
  result.agent = agent_for(endpoint);
  const auto add = [&](const std::string& file, bool is_named) {
    try {
      result.keys.identities.push_back(identities_->load(file));
    } catch (const Error& error) {
      // Nobody named a default file: one that is no key is passed over, as ssh does.
      if (is_named) result.notes.emplace_back(error.what());
    }
  };
  for (const auto& file : endpoint.identities) {
    if (file != "none") add(file, true);
  }
  if (endpoint.identities.empty()) {
    for (const char* name : {"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"}) {
      const auto file = std::string("~/.ssh/") + name;
      if (::access((home_directory() + file.substr(1)).c_str(), R_OK) == 0) add(file, false);
    }
  }
  for (const auto& file : endpoint.certificates) {
    try {
      result.keys.certificates.push_back({.file = file, .certificate = identities_->load_certificate(file)});
    } catch (const Error& error) {
      result.notes.emplace_back(error.what());
    }
  }
  return result;
}

void Keyring::stop() {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, agent] : agents_) agent->stop();
}

}  // namespace espresso

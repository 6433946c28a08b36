#include "ssh/keyring.h"

#include "core/error.h"

#include <utility>

#include <unistd.h>

namespace espresso {

std::shared_ptr<Identities> make_identities() { return std::make_shared<Identities>(); }

Keyring::Keyring(std::string agent_socket, std::shared_ptr<Identities> identities, AskPassphrase ask)
    : identities_(identities ? std::move(identities) : make_identities()),
      agent_(std::make_shared<Agent>(std::move(agent_socket))),
      ask_(std::move(ask)) {}

void Keyring::load(const std::string& file) {
  const auto identity = identities_->load(file);
  if (!identity->key && !agent_->is_configured()) {
    throw Error("the key '" + file + "' is encrypted; add it to an agent",
                "run eval \"$(ssh-agent)\" and ssh-add " + file + ", then run again");
  }
}

Credentials Keyring::credentials(const Endpoint& endpoint) {
  Credentials result{.user = endpoint.user,
                     .agent = endpoint.use_agent && agent_->is_configured() ? agent_ : nullptr,
                     .password = endpoint.password};
  for (const auto& file : endpoint.identities) result.identities.push_back(identities_->load(file));
  if (!endpoint.identities.empty()) return result;
  for (const char* name : {"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"}) {
    if (::access((home_directory() + (name + 1)).c_str(), R_OK) != 0) continue;
    try {
      result.identities.push_back(identities_->load(name));
    } catch (const Error&) {
      // Nobody named this file: one that is no key is passed over, as ssh does.
    }
  }
  return result;
}

void Keyring::stop() { agent_->abort_all(); }

}  // namespace espresso

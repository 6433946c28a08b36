#include "ssh/host_key.h"

#include "core/account.h"
#include "core/error.h"
#include "core/text.h"
#include "ssh/identity.h"
#include "ssh/refused.h"

#include <algorithm>

#include <netinet/in.h>
#include <sys/socket.h>

namespace espresso {
namespace {

using Strings = std::vector<std::string>;
using Match = KnownHosts::Match;

struct HostKey {
  std::string type;
  std::string base64;
};

HostKey key_of(ssh_session session) {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session, &key) != SSH_OK) throw Unreachable("the host has shown no key");
  const std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)> owner(key, &ssh_key_free);
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK) throw Unreachable("the host's key cannot be read");
  HostKey result{.type = ssh_key_type_to_char(ssh_key_type(key)), .base64 = text};
  ssh_string_free_char(text);
  return result;
}

/// As written for the user: "127.0.0.1:22", "[::1]:22".
std::string address_of(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.address.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

/// ssh_config(5), HostKeyAlias; otherwise by the address that is dialled, else by the name in the inventory.
std::vector<KnownHosts::Name> names_of(const Endpoint& endpoint) {
  if (!endpoint.host_key_alias.empty()) return {{.host = endpoint.host_key_alias}};
  std::vector<KnownHosts::Name> names = {{.host = endpoint.address, .port = endpoint.port}};
  if (!endpoint.name.empty() && endpoint.name != endpoint.address) {
    names.push_back({.host = endpoint.name, .port = endpoint.port});
  }
  return names;
}

/// The name under which a new key is listed.
std::string name_to_list(const Endpoint& endpoint) {
  const auto name = names_of(endpoint).front();
  return listed_name(name.host, name.port);
}

std::string whose(const Endpoint& endpoint) {
  return "host key of '" + endpoint.name + "' (" + address_of(endpoint) + ") ";
}

Strings or_else(const Strings& named, const Strings& otherwise) {
  auto files = named.empty() ? otherwise : named;
  files.erase(std::remove(files.begin(), files.end(), "none"), files.end());
  return files;
}

/// As the user would write it.
std::string shown_path(const std::string& path) {
  const auto home = home_directory();
  return path.starts_with(home + "/") ? "~" + path.substr(home.size()) : path;
}

/// `file` may be empty.
std::string how_to_add(const Endpoint& endpoint, const HostKey& key, const std::string& file) {
  // ssh-keyscan knows no jump hosts.
  const bool is_far = endpoint.through || !endpoint.proxy_command.empty();
  if (!endpoint.host_key_alias.empty() || is_far || file.empty()) {
    return "add the line '" + name_to_list(endpoint) + " " + key.type + " " + key.base64 + "' to " +
           (file.empty() ? "a known_hosts file" : shown_path(file));
  }
  const std::string port = endpoint.port == 22 ? "" : "-p " + std::to_string(endpoint.port) + " ";
  return "add it with ssh-keyscan -H " + port + endpoint.address + " >> " + shown_path(file);
}

/// Not through jump hosts and proxy commands: nobody knows where these lead.
bool leads_to_this_machine(ssh_session session) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(ssh_get_fd(session), reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    return ntohl(ipv4.sin_addr.s_addr) >> 24U == IN_LOOPBACKNET;
  }
  if (address.ss_family != AF_INET6) return false;
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

/// A file that cannot be read may list another key, or revoke this one.
std::string unread_files(const KnownHosts& known_hosts) {
  Strings texts;
  for (const auto& file : known_hosts.files()) {
    if (!file->trouble().empty()) texts.push_back("'" + file->path() + "' cannot be read: " + file->trouble());
  }
  return join(texts, "; ");
}

}  // namespace

HostKeys::HostKeys(const Connector::Options& options, asio::thread_pool& pool)
    : user_files_(or_else(options.known_hosts_files, {"~/.ssh/known_hosts", "~/.ssh/known_hosts2"})),
      global_files_(options.known_hosts_files.empty() ? Strings{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
                                                      : Strings{}),
      notice_(options.notice),
      questions_(std::make_shared<HostKeyQuestions>(options.host_key_judge, pool)),
      memory_(std::make_shared<KnownHostsFile>("what this run has accepted", "")) {}

/// The endpoint's files, the first of which takes new keys if there is any, and what has been accepted without a file.
KnownHosts HostKeys::known_hosts(const Endpoint& endpoint) {
  KnownHosts::Files files;
  for (const auto& path : or_else(endpoint.known_hosts_files, user_files_)) files.push_back(files_.open(path));
  for (const auto& path : or_else(endpoint.global_known_hosts_files, global_files_)) files.push_back(files_.open(path));
  files.push_back(memory_);
  return KnownHosts(std::move(files));
}

std::string HostKeys::user_file(const Endpoint& endpoint) const {
  const auto files = or_else(endpoint.known_hosts_files, user_files_);
  return files.empty() ? "" : files.front();
}

std::string HostKeys::algorithms(const Endpoint& endpoint) {
  Strings algorithms;
  const auto add = [&algorithms](const std::string& name) {
    if (std::find(algorithms.begin(), algorithms.end(), name) == algorithms.end()) algorithms.push_back(name);
  };
  const Strings supported = {"ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                             "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};
  for (const auto& type : known_hosts(endpoint).types(names_of(endpoint))) {
    if (type == "ssh-rsa") {
      add("rsa-sha2-512");
      add("rsa-sha2-256");
    } else if (std::find(supported.begin(), supported.end(), type) != supported.end()) {
      add(type);
    }
  }
  for (const auto& name : supported) add(name);
  return join(algorithms, ",");
}

void HostKeys::refuse_if_revoked(const Endpoint& endpoint, const std::string& type, const std::string& key) {
  const auto& file = endpoint.revoked_host_keys;
  const auto shown = type + " " + fingerprint(key);
  bool is_revoked = false;
  try {
    is_revoked = revoked_.lists(file, key);
  } catch (const Error& error) {
    throw Refused(whose(endpoint) + "may be revoked: " + shown + "; RevokedHostKeys: " + error.what(),
                  "let it name a file of public keys, one a line, or none");
  }
  if (is_revoked) throw Refused(whose(endpoint) + "is revoked in " + file + ": " + shown, "give the host a new key");
}

void HostKeys::verify(ssh_session session, const Endpoint& endpoint) {
  const auto key = key_of(session);
  if (const auto bits = rsa_bits(key.base64); bits != 0 && bits < endpoint.required_rsa_size) {
    throw Refused(whose(endpoint) + "is too short: " + std::to_string(bits) + " bits of RSA, RequiredRSASize is " +
                      std::to_string(endpoint.required_rsa_size),
                  "give the host a new key");
  }
  if (!endpoint.revoked_host_keys.empty()) refuse_if_revoked(endpoint, key.type, key.base64);
  if (endpoint.host_key_check == HostKeyCheck::off) return;
  if (endpoint.trusts_this_machine && endpoint.host_key_alias.empty() && leads_to_this_machine(session)) return;
  const auto hosts = known_hosts(endpoint);
  const auto verdict = hosts.check(names_of(endpoint), key.type, key.base64);
  if (verdict.match == Match::known) return;

  const auto shown = key.type + " " + fingerprint(key.base64);
  const auto place = verdict.file + ":" + std::to_string(verdict.line);
  if (verdict.match == Match::revoked) {
    throw Refused(whose(endpoint) + "is revoked at " + place + ": " + shown, "give the host a new key");
  }
  if (verdict.match == Match::changed) {
    throw Refused(whose(endpoint) + "has changed: it is " + shown + ", but " + place + " lists " + verdict.listed_type +
                      " " + verdict.listed_fingerprint,
                  "find out why: someone may be listening in; if the host was installed anew, remove that line");
  }
  if (const auto unread = unread_files(hosts); !unread.empty()) {
    throw Refused(whose(endpoint) + "is unknown as far as can be read: " + shown + "; " + unread,
                  "make the file readable, or name another one");
  }
  const bool is_certified = verdict.match == Match::authority;
  const auto authority =
      "is only vouched for by the certificate authority at " + place + ", and host certificates are not supported";
  const bool may_ask = endpoint.host_key_check == HostKeyCheck::ask && questions_->has_judge();
  if (may_ask) {
    UnknownHostKey unknown{.name = endpoint.name,
                           .address = listed_name(endpoint.address, endpoint.port),
                           .type = key.type,
                           .key = key.base64,
                           .fingerprint = fingerprint(key.base64),
                           .remark = is_certified ? authority : ""};
    throw HostKeyInQuestion(whose(endpoint) + "is unknown: " + shown, std::move(unknown));
  }
  if (is_certified) {
    throw Refused(whose(endpoint) + authority + ": " + shown,
                  "check the fingerprint, then " + how_to_add(endpoint, key, user_file(endpoint)));
  }
  if (endpoint.host_key_check == HostKeyCheck::accept_new) return accept(endpoint, key.type, key.base64);
  const bool is_asked = endpoint.host_key_check == HostKeyCheck::ask;
  throw Refused(whose(endpoint) + "is unknown: " + shown +
                    (is_asked ? "; nobody can be asked without a terminal" : "") +
                    (endpoint.has_known_hosts_command ? "; KnownHostsCommand is not supported" : ""),
                "check the fingerprint, then accept it with --host-key-check accept-new, or " +
                    how_to_add(endpoint, key, user_file(endpoint)));
}

void HostKeys::accept(const Endpoint& endpoint, const std::string& type, const std::string& key) {
  const auto name = name_to_list(endpoint);
  const auto file = user_file(endpoint);
  if (file.empty()) {
    return accept_in_memory(endpoint, name, type, key, "no file takes them", "name one with --known-hosts");
  }
  try {
    files_.open(file)->append(name, type, key, endpoint.hash_known_hosts);
  } catch (const NotWritten& error) {
    accept_in_memory(endpoint, name, type, key, error.what(), error.hint());
  }
}

void HostKeys::accept_in_memory(const Endpoint& endpoint, const std::string& name, const std::string& type,
                                const std::string& key, const std::string& why, const std::string& hint) {
  if (!notice_) throw Refused(whose(endpoint) + "is not accepted: " + why, hint);
  memory_->append(name, type, key, false);
  std::unique_lock lock(mutex_);
  const bool is_new = noticed_.insert(why).second;
  lock.unlock();
  if (is_new) notice_("host keys are accepted for this run only: " + why, hint);
}

awaitable<void> HostKeys::ask(std::shared_ptr<HostKeys> keys, Endpoint endpoint, UnknownHostKey key) {
  const bool is_accepted = co_await HostKeyQuestions::ask(keys->questions_, key);
  if (!is_accepted) {
    throw Refused(whose(endpoint) + "is not accepted: " + key.type + " " + key.fingerprint,
                  "run again to be asked again");
  }
  keys->accept(endpoint, key.type, key.key);
}

}  // namespace espresso

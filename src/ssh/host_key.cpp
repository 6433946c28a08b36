#include "ssh/host_key.h"

#include "core/error.h"
#include "core/text.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <unistd.h>

namespace espresso {
namespace {

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

KnownHosts::Verdict look_up(const KnownHosts& known_hosts, const Endpoint& endpoint, const HostKey& key) {
  auto verdict = known_hosts.check(endpoint.address, endpoint.port, key.type, key.base64);
  if (verdict.match == KnownHosts::Match::unknown && !endpoint.name.empty() && endpoint.name != endpoint.address) {
    verdict = known_hosts.check(endpoint.name, endpoint.port, key.type, key.base64);
  }
  return verdict;
}

std::string scan_command(const Endpoint& endpoint) {
  const std::string port = endpoint.port == 22 ? "" : "-p " + std::to_string(endpoint.port) + " ";
  return "ssh-keyscan -H " + port + endpoint.address + " >> ~/.ssh/known_hosts";
}

}  // namespace

std::string host_key_algorithms(const KnownHosts& known_hosts, const Endpoint& endpoint) {
  std::vector<std::string> algorithms;
  const auto add = [&algorithms](const std::string& name) {
    if (std::find(algorithms.begin(), algorithms.end(), name) == algorithms.end()) algorithms.push_back(name);
  };
  const std::vector<std::string> supported = {"ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                              "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};
  auto types = known_hosts.types(endpoint.address, endpoint.port);
  if (types.empty() && !endpoint.name.empty()) types = known_hosts.types(endpoint.name, endpoint.port);
  for (const auto& type : types) {
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

void verify_host_key(ssh_session session, const Endpoint& endpoint, KnownHosts& known_hosts, const std::string& file) {
  if (endpoint.host_key_check == HostKeyCheck::off) return;
  const auto key = key_of(session);
  const auto verdict = look_up(known_hosts, endpoint, key);
  const auto whose = "host key of '" + endpoint.name + "' (" + address_of(endpoint) + ") ";
  const auto shown = key.type + " " + fingerprint(key.base64);
  const auto place = verdict.file + ":" + std::to_string(verdict.line);
  switch (verdict.match) {
    case KnownHosts::Match::known:
      return;
    case KnownHosts::Match::unknown:
      if (endpoint.host_key_check == HostKeyCheck::accept_new) {
        known_hosts.remember(file, endpoint.address, endpoint.port, key.type, key.base64);
        return;
      }
      throw Unreachable(whose + "is unknown: " + shown,
                        "check the fingerprint, then accept it with --host-key-check accept-new, or add it with " +
                            scan_command(endpoint));
    case KnownHosts::Match::changed:
      throw Unreachable(whose + "has changed: it is " + shown + ", but " + place + " lists " + verdict.listed_type +
                            " " + verdict.listed_fingerprint,
                        "find out why: someone may be listening in; if the host was installed anew, remove that line");
    case KnownHosts::Match::revoked:
      throw Unreachable(whose + "is revoked at " + place + ": " + shown, "give the host a new key");
    case KnownHosts::Match::authority:
      throw Unreachable(whose + "is only vouched for by the certificate authority at " + place +
                            ", and host certificates are not supported: " + shown,
                        "check the fingerprint, then add the key with " + scan_command(endpoint));
  }
}

}  // namespace espresso

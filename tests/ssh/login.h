#pragma once

#include "sshd.h"

#include <string>
#include <vector>

namespace espresso::testing {

/// "connected", or what was thrown, with its hint on a line of its own.
std::string login(const Sshd& server, const Endpoint& endpoint, const std::string& agent_socket = "");
/// The same with all of a Connector's options, and for several hosts at once: what most of them answered with is
/// counted, "connected" × 20.
std::vector<std::string> log_in_at_once(const std::vector<Endpoint>& endpoints, const Connector::Options& options);

/// An ssh-agent of this test alone.
class SshAgent {
 public:
  explicit SshAgent(const TemporaryFolder& folder, const std::vector<std::string>& options = {});
  void add(const KeyFile& key) const { ssh_add({"-q", key.path}); }
  std::string ssh_add(const std::vector<std::string>& options, bool may_fail = false) const;
  const std::string& socket() const { return socket_; }
  void kill() { process_.kill(); }

 private:
  std::string socket_;
  BackgroundProcess process_;
};

/// As messages show the key: "ED25519 SHA256:47DEQpj8HB…". `file` is a public key or a certificate.
std::string shown(const std::string& file);
std::string shown(const KeyFile& key);

/// "login denied for user 'me': …; the host accepts publickey" and the hint.
std::string denied(const std::string& what, const std::string& hint =
                                                "check the user, and that its authorized_keys at the host holds one of "
                                                "these keys");

}  // namespace espresso::testing

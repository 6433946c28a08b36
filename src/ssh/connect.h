#pragma once

#include "core/async.h"
#include "ssh/known_hosts.h"
#include "ssh/session.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// Where and how to connect.
struct Endpoint {
  std::string name;     ///< the host's name, for messages
  std::string address;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 22;
  std::string user;
  /// Private key files to try, in order. Empty: ~/.ssh/id_ed25519, id_ecdsa, id_rsa, as far as they exist.
  std::vector<std::string> identities = {};
  bool use_agent = true;
  std::string password = {};  ///< for password and keyboard-interactive authentication; empty: neither is tried
  HostKeyCheck host_key_check = HostKeyCheck::strict;
  bool compression = false;       ///< asked for; the server may have none
  std::uint64_t rekey_limit = 0;  ///< bytes after which new keys are exchanged; 0: as the cipher needs
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  ///< for all up to a usable session
};

/// Opens sessions: what all connections of a run share (parsed known_hosts, parsed keys, the agent, a pool for
/// what blocks: names, agent, encrypted keys) is done once here.
class Connector {
 public:
  struct Options {
    std::vector<std::string>
        known_hosts_files;     ///< the first takes accepted keys; empty: ~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts
    std::string agent_socket;  ///< empty: $SSH_AUTH_SOCK
    unsigned handshakes_at_once = 64;  ///< unauthenticated connections under way at the same time
    unsigned pool_threads = 4;
  };
  Connector(asio::any_io_executor executor, Options options);
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  /// An unreadable, missing or malformed key file that the user named is a mistake: call before any host is touched.
  /// Throws Error with the file's name and what to do.
  void load_identity(const std::string& file);

  /// Connects, verifies the host key before anything secret is sent, authenticates.
  /// Throws Unreachable: "connection refused", "no answer within 10s", "host key is unknown" with fingerprint and the
  /// ways to accept it, "host key has changed" with both fingerprints and the line of the file, "login denied" with
  /// what was tried and what the server accepts.
  awaitable<std::unique_ptr<Session>> connect(Endpoint endpoint);

  /// From now on there are no new sessions: each connect() that is under way or comes later throws Unreachable at once.
  /// For interrupts, when nobody wants to wait for hosts that may be dead.
  void abandon();

 private:
  struct Shared;
  struct Patience;
  std::shared_ptr<Shared> shared_;
};

}  // namespace espresso

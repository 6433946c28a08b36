#pragma once

#include "core/async.h"
#include "ssh/config.h"
#include "ssh/host_key_questions.h"
#include "ssh/known_hosts.h"
#include "ssh/session.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// Where and how to connect.
struct Endpoint {
  std::string name;     ///< the host's name, for messages
  std::string address;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 22;
  std::string user;
  /// Key files to try, in order; one that cannot be read is passed over and told when the login fails.
  /// Empty: ~/.ssh/id_rsa, id_ecdsa, id_ecdsa_sk, id_ed25519, id_ed25519_sk, as far as they exist. "none": no file.
  std::vector<std::string> identities = {};
  bool identities_only = false;                ///< of the agent's keys, only those that identities or certificates name
  std::vector<std::string> certificates = {};  ///< files; empty: what lies beside identities as NAME-cert.pub
  bool use_agent = true;
  /// As IdentityAgent of ssh_config(5): a path, "none", "SSH_AUTH_SOCK" or "$NAME"; empty: the Connector's.
  std::string agent_socket = {};
  /// As PreferredAuthentications of ssh_config(5); empty: publickey, keyboard-interactive, password.
  std::vector<std::string> preferred_authentications = {};
  std::string public_key_algorithms = {};  ///< as PubkeyAcceptedAlgorithms of ssh_config(5); empty: all we know
  bool publickey_authentication = true;
  bool password_authentication = true;
  bool keyboard_interactive_authentication = true;
  std::string password = {};  ///< for password and keyboard-interactive authentication; empty: neither is tried
  HostKeyCheck host_key_check = HostKeyCheck::strict;
  /// Files of host keys; the first takes accepted ones. Empty: the Connector's. "none" names no file.
  std::vector<std::string> known_hosts_files = {};
  std::vector<std::string> global_known_hosts_files = {};
  std::string host_key_alias = {};  ///< listed under this name instead of address and port (ssh_config(5))
  bool hash_known_hosts = false;    ///< accepted keys are listed under a hash of the name
  /// A file of keys that no host may have, whatever else is said of them (ssh_config(5), RevokedHostKeys); empty: none.
  std::string revoked_host_keys = {};
  unsigned required_rsa_size = 1024;     ///< bits below which an RSA key of a host is refused
  bool trusts_this_machine = false;      ///< as NoHostAuthenticationForLocalhost of ssh_config(5)
  bool has_known_hosts_command = false;  ///< KnownHostsCommand of ssh_config(5), which is only told to be unsupported
  /// Lists of algorithms as ssh_config(5) has them, perhaps with `+`, `-` or `^` in front; empty: ours.
  std::string ciphers = {}, key_exchanges = {}, macs = {}, host_key_algorithms = {};
  bool compression = false;       ///< asked for; the server may have none
  std::uint64_t rekey_limit = 0;  ///< bytes after which new keys are exchanged; 0: as the cipher needs
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  ///< for all up to a usable session
  unsigned connection_attempts = 1;  ///< how often a connection is tried that nobody takes, within connect_timeout
  /// How often a host that says nothing is asked for a sign of life, and how often in vain until the session is lost
  /// (ssh_config(5), ServerAliveInterval, ServerAliveCountMax); 0: never.
  std::chrono::seconds alive_interval{0};
  unsigned alive_count = 3;
  AddressFamily address_family = AddressFamily::any;
  std::string bind_address = {};    ///< this machine's address to connect from; empty: any
  std::string bind_interface = {};  ///< "eth0": from its first address; bind_address stands above it
  /// The jump host through which it is reached, with its own way there; none: straight.
  std::shared_ptr<const Endpoint> through = {};
  std::string proxy_command = {};  ///< for the shell: its standard streams are the connection; empty: none
};

/// Key files as read and unlocked once for a run; Connectors can share them.
class Identities;
std::shared_ptr<Identities> make_identities();

/// Asks the user for the passphrase of a key file, for the first, second, third time. Nothing when nobody can be asked.
using AskPassphrase = std::function<std::optional<std::string>(const std::string& file, unsigned attempt)>;

/// Opens sessions: what all connections of a run share (parsed known_hosts, parsed keys, the agent, a pool for
/// what blocks: names, agent, encrypted keys) is done once here.
/// Its executor is where connect() is called and sessions are used.
class Connector {
 public:
  struct Options {
    /// The first takes accepted keys. Empty: known_hosts and known_hosts2 in ~/.ssh, ssh_known_hosts and
    /// ssh_known_hosts2 in /etc/ssh.
    std::vector<std::string> known_hosts_files;
    std::string agent_socket;          ///< empty: $SSH_AUTH_SOCK
    unsigned handshakes_at_once = 64;  ///< unauthenticated connections under way at the same time
    unsigned pool_threads = 4;
    unsigned threads = 0;                         ///< on which sessions live, each on one of them; 0: one a core
    AskPassphrase ask_passphrase = {};            ///< called by load_identity() alone
    std::shared_ptr<Identities> identities = {};  ///< none: its own
    /// For HostKeyCheck::ask. None: nobody can be asked, unknown keys are refused.
    std::shared_ptr<HostKeyJudge> host_key_judge = {};
    /// Told that accepted keys are not recorded, with what to do; on the thread of the connection. None: such keys are
    /// refused.
    std::function<void(const std::string& message, const std::string& hint)> notice = {};
  };
  Connector(asio::any_io_executor executor, Options options);
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  /// An unreadable, missing or malformed key file that the user named is a mistake: call before any host is touched.
  /// Asks for the passphrase of one that is encrypted, unless the Connector's agent holds the key. Blocks.
  /// Throws Error with the file's name and what to do.
  void load_identity(const std::string& file);
  /// The same for a file of ssh_config, which ssh passes over when it is not there, no key, or not unlocked: whether
  /// it can be used.
  bool try_identity(const std::string& file);

  /// Connects, verifies the host key before anything secret is sent, authenticates.
  /// Throws Unreachable: "connection refused", "no answer within 10s", "host key is unknown" with fingerprint and the
  /// ways to accept it, "host key has changed" with both fingerprints and the line of the file, "login denied" with
  /// what was tried and what the server accepts.
  awaitable<std::unique_ptr<Session>> connect(Endpoint endpoint);

  /// Ends the sessions to jump hosts, at the end of a run: until then they keep the executor at work. Afterwards
  /// connect() opens them anew.
  awaitable<void> close(Deadline deadline);

  /// From now on there are no new sessions: each connect() that is under way or comes later throws Unreachable at once.
  /// For interrupts, when nobody wants to wait for hosts that may be dead.
  void abandon();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace espresso

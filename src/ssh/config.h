#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace espresso {

enum class StrictHostKey { yes, ask, accept_new, no };
enum class AddressFamily { any, inet, inet6 };

/// One host to jump through: "[user@]host[:port]" or "ssh://[user@]host[:port]".
struct JumpHop {
  std::string host;  ///< without brackets
  std::optional<std::string> user = {};
  std::optional<std::uint16_t> port = {};
  bool operator==(const JumpHop&) const = default;
};

/// The hops of ProxyJump or `ssh -J`, in the order they are passed: "a,user@b:2222". "none" has no hops.
/// Nothing when the text is no such list.
std::optional<std::vector<JumpHop>> parse_jump_hops(std::string_view text);

/// What ssh_config(5) says of one host. What is unset stays unset. Tokens, environment variables and ~ are expanded.
struct SshOptions {
  /// Where to connect to, in lower case. SshConfig::resolve always sets it.
  std::optional<std::string> host_name;
  std::optional<std::string> user;
  std::optional<std::uint16_t> port;
  /// Never empty, and never set together with proxy_command; "none" leaves both unset.
  std::optional<std::vector<JumpHop>> proxy_jump;
  /// For `$SHELL -c "exec …"`, as ssh runs it.
  std::optional<std::string> proxy_command;
  std::optional<std::string> host_key_alias;  ///< in lower case
  /// A path, "none" (use no agent) or "SSH_AUTH_SOCK" (the one of the environment).
  std::optional<std::string> identity_agent;
  std::optional<std::string> bind_address, bind_interface;
  /// Lists of algorithms as written, perhaps with `+`, `-` or `^` in front: see apply_algorithm_list.
  std::optional<std::string> ciphers, kex_algorithms, macs, host_key_algorithms, pubkey_accepted_algorithms;
  std::optional<std::string> preferred_authentications, revoked_host_keys;
  std::optional<std::string> known_hosts_command;  ///< as written: what its tokens mean depends on the key
  std::optional<std::string> log_level;            ///< in upper case, as `ssh -G` tells it
  /// Unset: the default files. Empty: none at all.
  std::optional<std::vector<std::string>> identity_files;
  std::vector<std::string> certificate_files;
  /// Unset: the default files. Empty ("none"): no file.
  std::optional<std::vector<std::string>> user_known_hosts_files, global_known_hosts_files;
  std::vector<std::string> send_env;  ///< patterns of names
  std::vector<std::string> set_env;   ///< "NAME=value"
  std::optional<bool> identities_only, hash_known_hosts, compression, tcp_keep_alive, password_authentication,
      kbd_interactive_authentication, pubkey_authentication, batch_mode, check_host_ip,
      no_host_authentication_for_localhost;
  std::optional<std::chrono::seconds> connect_timeout, server_alive_interval;
  std::optional<unsigned> connection_attempts;  ///< at least 1
  std::optional<unsigned> server_alive_count_max, number_of_password_prompts, required_rsa_size;
  std::optional<StrictHostKey> strict_host_key_checking;
  std::optional<AddressFamily> address_family;
  std::optional<std::uint64_t> rekey_limit;  ///< bytes; 0: the default of the cipher
  std::optional<std::chrono::seconds> rekey_interval;
};

/// The algorithms that `written` asks for: a list replaces `defaults`, "+list" adds to them, "-patterns" takes away,
/// "^list" puts in front. Of an empty `written`, the defaults. With `supported`, names and patterns stand for what
/// matches in it, as in ssh; without it they are kept as they are.
std::string apply_algorithm_list(std::string_view written, std::string_view defaults, std::string_view supported = {});

/// Who runs this and where: what ssh_config's tokens and default places depend on.
struct LocalUser {
  std::string name;
  std::string home;  ///< by the password database, as ssh takes it, not by $HOME
  uid_t id = 0;
  std::string host;  ///< gethostname(2)
  std::string system_folder = "/etc/ssh";
};
/// Throws Mistakes when the password database does not know this user.
LocalUser local_user();

/// The canonical name of a host (getaddrinfo(3), AI_CANONNAME), or nothing when it has no address. Blocks.
using HostLookup = std::function<std::optional<std::string>(const std::string& name, AddressFamily family)>;
std::optional<std::string> look_up_host(const std::string& name, AddressFamily family);

/// The files of ssh_config(5), as OpenSSH 9.2 reads them. Read once; asked for thousands of hosts.
class SshConfig {
 public:
  /// `file` as `ssh -F` takes it; "none": no file; empty: ~/.ssh/config, then /etc/ssh/ssh_config, each where it
  /// exists. `options` as `ssh -o` takes them, "Key=Value" or "Key Value": they stand before the files. Throws Mistakes
  /// with all bad lines at once.
  static SshConfig load(const std::string& file, const std::vector<std::string>& options,
                        const LocalUser& user = local_user(), HostLookup lookup = look_up_host);

  /// A host as the user named it, and what the command line or the inventory says of it already: that stands first,
  /// and takes part in Match and in tokens.
  struct Query {
    std::string host;
    std::optional<std::string> user = {};
    std::optional<std::uint16_t> port = {};
  };
  /// May be called by several threads. `Match exec` runs a command (once for each text, up to 30 seconds) and
  /// CanonicalizeHostname looks names up: with these it blocks.
  /// Throws Mistakes when a value that counts for this host holds a token or a variable that cannot be expanded, and
  /// when the name of the host or user could do harm in a command.
  SshOptions resolve(const Query& query) const;

 private:
  struct Content;
  explicit SshConfig(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

}  // namespace espresso

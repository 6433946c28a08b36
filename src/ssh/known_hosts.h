#pragma once

#include "ssh/known_hosts_file.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espresso {

/// What to do with host keys: strict (only known ones), ask (unknown ones are asked about, all of a run together),
/// accept_new (unknown ones are added), off (nothing is verified; every run says so). Changed ones are refused by all
/// but off.
enum class HostKeyCheck { strict, ask, accept_new, off };

/// The keys of known hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) that several files list: plain and hashed names,
/// `[host]:port`, wildcards and negation, several keys a host, `@revoked`. For any number of threads.
class KnownHosts {
 public:
  enum class Match {
    known,      ///< this key is listed
    unknown,    ///< no key of this host is listed
    changed,    ///< keys are listed, but not this one
    revoked,    ///< the key is listed as @revoked
    authority,  ///< only an @cert-authority line covers the host; libssh 0.10 cannot negotiate host certificates
  };
  struct Verdict {
    Match match = Match::unknown;
    std::string file = {};  ///< where the deciding line stands
    std::size_t line = 0;
    std::string listed_type = {};         ///< changed: type of the key that is listed
    std::string listed_fingerprint = {};  ///< changed: "SHA256:…"
  };
  /// What a host may be listed as. A HostKeyAlias is a host at port 22, which stands for none.
  struct Name {
    std::string host;
    std::uint16_t port = 22;
  };

  using Files = std::vector<std::shared_ptr<KnownHostsFile>>;
  KnownHosts() = default;
  explicit KnownHosts(Files files) : files_(std::move(files)) {}

  const Files& files() const { return files_; }

  /// `type` as "ssh-ed25519", `key` in base64. The first name decides that any line covers; a revocation counts for
  /// each. Lines whose key cannot be read count for nothing, as with OpenSSH.
  Verdict check(const std::vector<Name>& names, std::string_view type, std::string_view key) const;
  /// Types of the keys listed for the host, so that the server is asked for one of these and not for another type that
  /// would look changed.
  std::vector<std::string> types(const std::vector<Name>& names) const;

 private:
  struct Listed;
  /// Those that need no search among hashes.
  std::vector<Listed> cheap_lines(const std::string& name) const;
  void add_hashed(std::vector<Listed>& lines, const std::string& name) const;
  static Verdict judge(const std::vector<Listed>& lines, std::string_view type, std::string_view key);
  Verdict check_listed(const std::string& name, std::string_view type, std::string_view key) const;
  Verdict check_name(const Name& name, std::string_view type, std::string_view key) const;
  std::vector<std::string> types_of(const std::string& name) const;

  Files files_;
};

/// The known_hosts files of a process: each is read once, whoever names it. For any number of threads.
class KnownHostsFiles {
 public:
  /// `~/` is the home directory.
  std::shared_ptr<KnownHostsFile> open(const std::string& path);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<KnownHostsFile>> files_;
};

}  // namespace espresso

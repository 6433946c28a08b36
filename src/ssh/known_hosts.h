#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What to do with host keys: strict (only known ones), accept_new (unknown ones are added, changed ones refused),
/// off (nothing is verified; every run says so).
enum class HostKeyCheck { strict, accept_new, off };

/// The keys of known hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and hashed names, `[host]:port`, wildcards and
/// negation, several keys a host, `@revoked`, several files. Parsed once a process. Not for several threads at once:
/// what was found among hashed names is remembered.
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

  /// Missing files are as empty ones; lines that make no sense are passed over, as OpenSSH does.
  static KnownHosts load(const std::vector<std::string>& files);
  void add_text(std::string_view text, const std::string& file);

  /// `type` as "ssh-ed25519", `key` in base64.
  Verdict check(std::string_view host, std::uint16_t port, std::string_view type, std::string_view key) const;
  /// Types of the keys listed for the host, so that the server is asked for one of these and not for another type that
  /// would look changed.
  std::vector<std::string> types(std::string_view host, std::uint16_t port) const;

  /// Appends a line to the first file (created 0600, its folder 0700) under a lock, and to this index.
  void remember(const std::string& file, std::string_view host, std::uint16_t port, std::string_view type,
                std::string_view key);

 private:
  struct Line {
    std::string patterns;  ///< as written: "a,b,*.c,!d" or "|1|salt|hash"
    std::string type;
    std::string key;
    enum class Marker { none, revoked, authority } marker = Marker::none;
    std::size_t file = 0;
    std::size_t number = 0;
  };
  struct HashedLine {
    std::string salt;
    std::string digest;
    std::size_t line = 0;
  };
  using LineNumbers = std::vector<std::size_t>;

  std::size_t file_number(const std::string& file);
  void add_line(std::string_view text, std::size_t file, std::size_t number);
  LineNumbers listed(const std::string& name) const;
  const LineNumbers& hashed_lines(const std::string& name) const;
  Verdict judge(const LineNumbers& lines, std::string_view type, std::string_view key) const;
  Verdict check_name(const std::string& name, std::string_view type, std::string_view key) const;

  std::vector<std::string> files_;
  std::vector<Line> lines_;
  std::multimap<std::string, std::size_t, std::less<>> plain_;  ///< exact name to line
  std::vector<HashedLine> hashed_;
  LineNumbers patterns_;  ///< lines with wildcards or negation
  // One HMAC a line and name is what makes hashed files slow; types() and check() ask for the same name.
  mutable std::map<std::string, LineNumbers> hashed_found_;
};

/// "SHA256:…" of a key blob in base64 (RFC 4255 uses the same blob; OpenSSH's FingerprintHash sha256).
std::string fingerprint(std::string_view key_base64);

}  // namespace espresso

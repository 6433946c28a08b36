#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// A line of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT); views of the file's text.
struct KnownHostsLine {
  enum class Marker { none, revoked, authority };
  Marker marker = Marker::none;
  std::string_view names;  ///< as written: "a,b,*.c,!d" or "|1|salt|hash"
  std::string_view type;
  std::string_view key;    ///< base64; what it holds is not looked at
  std::size_t number = 0;  ///< from 1
  bool is_hashed() const { return names.starts_with('|'); }
};

/// Nothing for comments and lines that make no sense, which OpenSSH passes over, too.
std::optional<KnownHostsLine> parse_known_hosts_line(std::string_view text);

/// The salt and the hash of "|1|salt|hash", 20 bytes each. Nothing when they are not as OpenSSH writes them.
struct SaltedHash {
  std::string salt;
  std::string hash;
};
std::optional<SaltedHash> parse_hashed_name(std::string_view text);
/// "|1|salt|hash" under a new salt, as ssh-keygen -H writes it.
std::string render_hashed_name(std::string_view name);

/// Whether a list such as "*.example.com,!db?.example.com" covers the name; both in lower case. A negated pattern that
/// matches excludes the whole list (ssh_config(5), PATTERNS).
bool covers(std::string_view patterns, std::string_view name);

/// How known_hosts names a host: in lower case, "[name]:port" where the port is not 22.
std::string listed_name(std::string_view host, std::uint16_t port);

/// Whether the blob in base64 looks like a key of this type (RFC 4253, 6.6; RFC 5656; RFC 8709), as far as can be told
/// without arithmetic. OpenSSH passes over lines where it does not.
bool is_shaped_as_key(std::string_view type, std::string_view base64);
/// The same with arithmetic: the points of ECDSA keys are on their curves. Takes some 50 µs.
bool is_key(std::string_view type, std::string_view base64);

/// Bits of the modulus of an RSA key in base64 (RFC 4253, 6.6); 0: it is none.
unsigned rsa_bits(std::string_view base64);

/// "SHA256:…" of a key blob in base64 (RFC 4255 uses the same blob; OpenSSH's FingerprintHash sha256).
std::string fingerprint(std::string_view key_base64);

}  // namespace espresso

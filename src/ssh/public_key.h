#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A public key or a certificate, as SSH writes it on the wire (RFC 4253, 6.6).
struct PublicKey {
  std::string blob;
  std::string comment = {};

  /// "ssh-ed25519", "ssh-rsa-cert-v01@openssh.com"; empty when the blob is none.
  std::string type() const;
  bool is_certificate() const;
  /// Lives in a piece of hardware (a type "sk-…"): only an agent can sign with it.
  bool is_security_key() const;
  /// For messages: "ED25519 SHA256:47DEQpj8HB…".
  std::string describe() const;
  /// As in a file: "ssh-ed25519 AAAA…".
  std::string line() const;
};

/// The first line of a file that ssh-keygen wrote: "ssh-ed25519 AAAA… comment".
std::optional<PublicKey> parse_public_key(std::string_view text);
/// From a private key file in OpenSSH's own format, where it stands in plain text even if the rest is encrypted
/// (PROTOCOL.key of OpenSSH).
std::optional<PublicKey> public_part_of(std::string_view private_key_file);

/// A certificate of OpenSSH (PROTOCOL.certkeys).
struct Certificate {
  PublicKey key;           ///< the whole of it
  PublicKey subject = {};  ///< the key it vouches for
  bool is_for_users = false;
  std::string id = {};                       ///< as its authority named it
  std::vector<std::string> principals = {};  ///< empty: anybody
  std::uint64_t valid_after = 0;             ///< seconds since 1970
  std::uint64_t valid_before = 0;            ///< the first second when it no longer is

  /// Why a host is bound to refuse it ("has expired on 2024-02-29 12:00:00 UTC"), as far as it can be told from here;
  /// else empty.
  std::string flaw(std::string_view user, std::uint64_t now) const;
};

/// Nothing when it is no certificate.
std::optional<Certificate> parse_certificate(const PublicKey& key);

}  // namespace espresso

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace espresso {

// Espresso's own encrypted files: one line that says how the key is made, then base64 in lines. The content is a stream
// of XChaCha20-Poly1305 (libsodium's secretstream), which the first line is authenticated with. The only door to
// libsodium.
//   $ESPRESSO_SECRET;1;argon2id;3;268435456;SALT        the key comes of a passphrase (RFC 9106): passes, bytes, salt
//   $ESPRESSO_SECRET;1;key                              the key is one of 32 bytes

/// What opens a file.
struct SealingKey {
  enum class Kind { passphrase, key };
  Kind kind = Kind::passphrase;
  std::string secret;  ///< a passphrase, or 32 bytes
};

/// How hard guessing a passphrase is made.
struct SealingCost {
  std::uint64_t passes = 3;
  std::size_t memory = std::size_t{256} << 20U;  ///< bytes
};

constexpr std::size_t sealing_key_size = 32;

/// Whether the text begins as one.
bool is_sealed(std::string_view text);

/// Which kind of key opens it. Throws Error when it is of a version that is not known, or its first line is broken or
/// asks for more than a gigabyte or 100 passes.
SealingKey::Kind kind_of_key(std::string_view text);

/// Throws Error.
std::string seal(std::string_view plain, const SealingKey& key, const SealingCost& cost = {});
/// Throws Error: of the wrong key (which cannot be told from changed text), cut short, changed.
std::string unseal(std::string_view text, const SealingKey& key);

}  // namespace espresso

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace espresso {

/// SHA-256 (FIPS 180-4) of what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void add(std::string_view data);
  /// In lower-case hexadecimal; once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 in lower-case hexadecimal.
std::string sha256(std::string_view data);
/// The 32 bytes of HMAC-SHA256 (RFC 2104), not in hexadecimal.
std::string hmac_sha256(std::string_view key, std::string_view data);
/// Of a file, read in pieces. Throws std::system_error when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

/// Cryptographically random bytes in lower-case hexadecimal, 2 × `bytes` characters.
std::string random_hex(std::size_t bytes);

/// Bytes in lower-case hexadecimal.
std::string hex(std::string_view bytes);
std::string base64(std::string_view data);

}  // namespace espresso

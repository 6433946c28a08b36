#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace espresso {

/// SHA-256 (FIPS 180-4) in lower-case hexadecimal.
std::string sha256(std::string_view data);
/// Of a file, read in pieces. Throws std::system_error when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

/// Cryptographically random bytes in lower-case hexadecimal, 2 × `bytes` characters.
std::string random_hex(std::size_t bytes);

std::string base64(std::string_view data);

}  // namespace espresso

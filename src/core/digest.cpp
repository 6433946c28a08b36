#include "core/digest.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace espresso {

namespace {

const EVP_MD* algorithm_of(std::string_view name) {
  if (name == "md5") return EVP_md5();
  if (name == "sha1") return EVP_sha1();
  if (name == "sha224") return EVP_sha224();
  if (name == "sha256") return EVP_sha256();
  if (name == "sha384") return EVP_sha384();
  if (name == "sha512") return EVP_sha512();
  return nullptr;
}

int value_of_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::optional<std::string> digest(std::string_view algorithm, std::string_view data) {
  const EVP_MD* const type = algorithm_of(algorithm);
  if (!type) return std::nullopt;
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), bytes.data(), &size, type, nullptr) != 1)
    throw std::runtime_error("a digest is not available from OpenSSL");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 15U];
  }
  return text;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
  std::string bytes;
  unsigned int bits = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = value_of_digit(c);
    if (value < 0 || padding > 0) return std::nullopt;
    bits = (bits << 6U | static_cast<unsigned int>(value)) & 0xFFFFFFU;
    const std::size_t position = digits++ % 4;
    if (position > 0) bytes += static_cast<char>(bits >> (6U - 2U * position) & 0xFFU);
  }
  const bool is_whole = padding == 0 ? digits % 4 == 0 : padding < 3 && (digits + padding) % 4 == 0;
  if (!is_whole || digits % 4 == 1) return std::nullopt;
  return bytes;
}

}  // namespace espresso

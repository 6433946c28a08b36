#include "model/vault.h"

#include "core/error.h"
#include "core/text.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace espresso {

namespace {

constexpr std::string_view magic = "$ANSIBLE_VAULT;";
constexpr int rounds = 10'000;
constexpr std::size_t key_size = 32, iv_size = 16, block_size = 16;

Error broken() {
  return Error("this Ansible Vault text is broken: it was cut short or changed", "restore it from where it came from");
}

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::string unhexed(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) throw broken();
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit(text[i]), low = digit(text[i + 1]);
    if (!high || !low) throw broken();
    bytes += static_cast<char>(*high * 16 + *low);
  }
  return bytes;
}

// Fields of the first line: ["$ANSIBLE_VAULT", "1.2", "AES256", "label"].
std::vector<std::string> header_of(std::string_view text) {
  auto fields = split(trim(text.substr(0, text.find('\n'))), ';');
  const bool is_known = fields.size() >= 3 && (fields[1] == "1.1" || fields[1] == "1.2") && trim(fields[2]) == "AES256";
  if (!is_known)
    throw Error("this is no Ansible Vault text of format 1.1 or 1.2 with AES256",
                "write it anew with 'ansible-vault rekey'");
  return fields;
}

// Salt, HMAC and ciphertext.
std::array<std::string, 3> parts_of(std::string_view text) {
  std::string body;
  const std::size_t first_end = text.find('\n');
  if (first_end == std::string_view::npos) throw broken();
  for (const auto& line : split(text.substr(first_end + 1), '\n')) body += trim(line);
  const auto lines = split(unhexed(body), '\n');
  if (lines.size() != 3) throw broken();
  return {unhexed(lines[0]), unhexed(lines[1]), unhexed(lines[2])};
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// AES-256-CTR (NIST SP 800-38A, 6.5).
std::string decrypted(const std::string& ciphertext, const unsigned char* key, const unsigned char* iv) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  std::string plain = ciphertext;  // as long in counter mode
  int size = 0, more = 0;
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  if (!context || EVP_DecryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key, iv) != 1 ||
      EVP_DecryptUpdate(context.get(), out, &size, bytes_of(ciphertext), static_cast<int>(ciphertext.size())) != 1 ||
      EVP_DecryptFinal_ex(context.get(), out + size, &more) != 1)
    throw Error("libcrypto cannot decrypt with AES-256-CTR");
  plain.resize(static_cast<std::size_t>(size + more));
  return plain;
}

// PKCS #7 (RFC 5652, 6.3).
void remove_padding(std::string& plain) {
  const std::size_t count = plain.empty() ? 0 : static_cast<unsigned char>(plain.back());
  if (count == 0 || count > block_size || count > plain.size()) throw broken();
  plain.erase(plain.size() - count);
}

}  // namespace

bool is_vault(std::string_view text) { return text.starts_with(magic); }

std::string vault_label(std::string_view text) {
  const auto fields = header_of(text);
  return fields[1] == "1.2" && fields.size() > 3 ? std::string(trim(fields[3])) : std::string();
}

VaultOutcome open_vault(std::string_view text, std::string_view password, std::string& plain) {
  header_of(text);
  const auto [salt, expected, ciphertext] = parts_of(text);
  constexpr std::size_t largest = std::size_t{1} << 30U;  // libcrypto counts in int
  if (expected.size() != 32 || ciphertext.empty() || ciphertext.size() > largest) throw broken();
  std::array<unsigned char, 2 * key_size + iv_size> derived{};
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                        static_cast<int>(salt.size()), rounds, EVP_sha256(), derived.size(), derived.data()) != 1)
    throw Error("libcrypto cannot derive a key with PBKDF2");
  std::array<unsigned char, 32> hmac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), derived.data() + key_size, key_size, bytes_of(ciphertext), ciphertext.size(), hmac.data(), &size);
  const bool is_right = size == hmac.size() && CRYPTO_memcmp(hmac.data(), expected.data(), hmac.size()) == 0;
  if (is_right) plain = decrypted(ciphertext, derived.data(), derived.data() + 2 * key_size);
  OPENSSL_cleanse(derived.data(), derived.size());
  if (!is_right) return VaultOutcome::wrong_password;
  remove_padding(plain);
  return VaultOutcome::opened;
}

}  // namespace espresso

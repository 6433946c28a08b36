#include "ssh/known_hosts_line.h"

#include "core/hash.h"
#include "core/text.h"
#include "ssh/hashed_names.h"

#include <libssh/libssh.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace espresso {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

constexpr std::array<signed char, 256> base64_values() {
  std::array<signed char, 256> values{};
  for (auto& value : values) value = -1;
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  }
  return values;
}

/// Empty when it is not base64 (RFC 4648, 4), padding and unused bits and all: OpenSSL takes more than OpenSSH.
std::string decode_base64(std::string_view text) {
  static constexpr auto values = base64_values();
  if (text.empty() || text.size() % 4 != 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  std::string result;
  result.reserve(text.size() / 4 * 3);
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value < 0) return {};
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    result += static_cast<char>(bits >> held & 0xffU);
  }
  return (bits & ((1U << held) - 1)) == 0 ? result : std::string();
}

/// `*` and `?` only: brackets are ordinary characters here ("[host]:22"), other than in shell globs.
bool matches_wildcards(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::optional<std::size_t> star;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star) {
      p = *star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view take_word(std::string_view& text) {
  const auto start = text.find_first_not_of(" \t");
  text.remove_prefix(start == std::string_view::npos ? text.size() : start);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

/// Takes a length of four bytes and as many bytes (RFC 4251, 5, "string").
std::optional<std::string_view> take_string(std::string_view& blob) {
  if (blob.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(blob[static_cast<std::size_t>(i)]);
  if (size > blob.size() - 4) return std::nullopt;
  const auto text = blob.substr(4, size);
  blob.remove_prefix(4 + size);
  return text;
}

struct Curve {
  std::string_view name;
  std::size_t point_size;
};
constexpr std::array<Curve, 3> curves = {{{"nistp256", 65}, {"nistp384", 97}, {"nistp521", 133}}};

bool is_shaped_as_ecdsa(std::string_view type, std::string_view rest) {
  const auto curve = take_string(rest);
  const auto point = take_string(rest);
  if (!curve || !point || !rest.empty() || !type.ends_with(*curve)) return false;
  return std::any_of(curves.begin(), curves.end(), [&](const Curve& known) {
    return known.name == *curve && point->size() == known.point_size && point->front() == 4;
  });
}

bool is_shaped_as_rsa(std::string_view rest) {
  // What OpenSSH demands of a modulus: 1024 bits and more (sshkey.c checks it when it reads a key).
  constexpr std::size_t least_bytes = 128;
  const auto exponent = take_string(rest);
  const auto modulus = take_string(rest);
  return exponent && modulus && rest.empty() && !exponent->empty() && modulus->size() >= least_bytes;
}

}  // namespace

std::string listed_name(std::string_view host, std::uint16_t port) {
  const auto name = lower(host);
  return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

bool covers(std::string_view patterns, std::string_view name) {
  bool found = false;
  while (true) {
    const auto end = std::min(patterns.find(','), patterns.size());
    auto part = patterns.substr(0, end);
    const bool negated = part.starts_with('!');
    if (negated) part.remove_prefix(1);
    if (matches_wildcards(part, name)) {
      if (negated) return false;
      found = true;
    }
    if (end == patterns.size()) return found;
    patterns.remove_prefix(end + 1);
  }
}

std::optional<KnownHostsLine> parse_known_hosts_line(std::string_view text) {
  text = text.substr(0, text.find('\0'));  // where OpenSSH stops reading
  if (text.ends_with('\r')) text.remove_suffix(1);
  KnownHostsLine line;
  auto word = take_word(text);
  if (word.empty() || word.front() == '#') return std::nullopt;
  if (word.front() == '@') {
    if (word == "@revoked")
      line.marker = KnownHostsLine::Marker::revoked;
    else if (word == "@cert-authority")
      line.marker = KnownHostsLine::Marker::authority;
    else
      return std::nullopt;
    word = take_word(text);
    if (word.starts_with('@')) return std::nullopt;  // one marker a line
  }
  line.names = word;
  line.type = take_word(text);
  line.key = take_word(text);
  if (line.key.empty()) return std::nullopt;
  return line;
}

std::optional<SaltedHash> parse_hashed_name(std::string_view text) {
  const auto parts = split(text, '|');  // "", "1", salt, hash
  if (parts.size() != 4 || !parts[0].empty() || parts[1] != "1") return std::nullopt;
  // Not made in one piece: GCC 12 sees strings moved out of bounds then.
  std::optional<SaltedHash> result(std::in_place);
  result->salt = decode_base64(parts[2]);
  result->hash = decode_base64(parts[3]);
  const bool fits = result->salt.size() == HashedNames::hash_size && result->hash.size() == HashedNames::hash_size;
  if (!fits) result.reset();
  return result;
}

std::string render_hashed_name(std::string_view name) {
  std::string salt(HashedNames::hash_size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size())) != 1) {
    throw std::runtime_error("no random bytes");
  }
  return "|1|" + base64(salt) + "|" + base64(hash_of_name(salt, name));
}

bool is_shaped_as_key(std::string_view type, std::string_view base64) {
  const auto blob = decode_base64(base64);
  std::string_view rest = blob;
  const auto inner_type = take_string(rest);
  if (type == "rsa-sha2-256" || type == "rsa-sha2-512") type = "ssh-rsa";  // signatures' names; OpenSSH takes them
  if (!inner_type || *inner_type != type) return false;
  if (type == "ssh-ed25519") {
    const auto key = take_string(rest);
    return key && key->size() == 32 && rest.empty();
  }
  if (type == "ssh-rsa") return is_shaped_as_rsa(rest);
  if (type.starts_with("ecdsa-sha2-")) return is_shaped_as_ecdsa(type, rest);
  // No key that can be verified here: it is enough that it is another one.
  return type == "ssh-dss" || type.ends_with("@openssh.com");
}

bool is_key(std::string_view type, std::string_view base64) {
  if (!is_shaped_as_key(type, base64)) return false;
  if (!type.starts_with("ecdsa-sha2-")) return true;
  const std::string name(type);
  const std::string text(base64);
  ssh_key key = nullptr;
  if (ssh_pki_import_pubkey_base64(text.c_str(), ssh_key_type_from_name(name.c_str()), &key) != SSH_OK) return false;
  ssh_key_free(key);
  return true;
}

unsigned rsa_bits(std::string_view base64) {
  const auto blob = decode_base64(base64);
  std::string_view rest = blob;
  const auto type = take_string(rest);
  const auto exponent = take_string(rest);
  const auto modulus = take_string(rest);
  if (!type || *type != "ssh-rsa" || !exponent || !modulus) return 0;
  // A leading zero keeps it positive (RFC 4251, 5, "mpint").
  const auto start = modulus->find_first_not_of('\0');
  if (start == std::string_view::npos) return 0;
  const auto bytes = modulus->substr(start);
  const auto first = static_cast<unsigned char>(bytes.front());
  return static_cast<unsigned>((bytes.size() - 1) * 8) + static_cast<unsigned>(std::bit_width(first));
}

std::string fingerprint(std::string_view key_base64) {
  const auto blob = decode_base64(key_base64);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(blob.data(), blob.size(), digest, &length, EVP_sha256(), nullptr);
  std::string text = base64(std::string_view(reinterpret_cast<const char*>(digest), length));
  while (!text.empty() && text.back() == '=') text.pop_back();
  return "SHA256:" + text;
}

}  // namespace espresso

#include "ssh/public_key.h"

#include "core/hash.h"
#include "core/text.h"
#include "ssh/fields.h"
#include "ssh/known_hosts.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <ctime>
#include <limits>

namespace espresso {
namespace {

constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com";
constexpr std::size_t shown_of_fingerprint = 17;  // "SHA256:" and ten characters

/// Empty when it is not base64.
std::string decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string result(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  const auto padding = static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '='));
  result.resize(static_cast<std::size_t>(length) - padding);
  return result;
}

/// How many strings make up the public key of a certificate of this type, after the nonce.
std::optional<int> fields_of_key(std::string_view plain_type) {
  if (plain_type == "ssh-ed25519") return 1;
  if (plain_type == "ssh-rsa") return 2;
  if (plain_type.starts_with("ecdsa-sha2-")) return 2;
  if (plain_type == "sk-ssh-ed25519@openssh.com") return 2;
  if (plain_type == "sk-ecdsa-sha2-nistp256@openssh.com") return 3;
  if (plain_type == "ssh-dss") return 4;
  return std::nullopt;
}

/// "sk-ssh-ed25519-cert-v01@openssh.com" to "sk-ssh-ed25519@openssh.com", "ssh-rsa-cert-v01@openssh.com" to "ssh-rsa".
std::string plain_type_of(std::string type) {
  if (!type.ends_with(certificate_suffix)) return type;
  type.resize(type.size() - certificate_suffix.size());
  return type.starts_with("sk-") ? type + "@openssh.com" : type;
}

std::string render_time(std::uint64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (seconds > std::numeric_limits<std::int32_t>::max() * 4ULL || !::gmtime_r(&time, &parts)) return "a far day";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string PublicKey::type() const { return std::string(FieldReader(blob).string()); }

bool PublicKey::is_certificate() const { return type().ends_with(certificate_suffix); }

bool PublicKey::is_security_key() const { return type().starts_with("sk-"); }

std::string PublicKey::describe() const {
  const auto plain = plain_type_of(type());
  std::string name = plain;
  if (plain == "ssh-ed25519") name = "ED25519";
  if (plain == "ssh-rsa") name = "RSA";
  if (plain == "ssh-dss") name = "DSA";
  if (plain.starts_with("ecdsa-sha2-")) name = "ECDSA";
  if (plain == "sk-ssh-ed25519@openssh.com") name = "ED25519-SK";
  if (plain == "sk-ecdsa-sha2-nistp256@openssh.com") name = "ECDSA-SK";
  const auto certificate = parse_certificate(*this);
  if (certificate) name += "-CERT";
  // A certificate goes by the fingerprint of its key, as ssh-keygen -l has it.
  const auto& shown = certificate ? certificate->subject.blob : blob;
  return name + " " + fingerprint(base64(shown)).substr(0, shown_of_fingerprint) + "…";
}

std::string PublicKey::line() const { return type() + " " + base64(blob); }

std::optional<PublicKey> parse_public_key(std::string_view text) {
  const auto line = trim(text.substr(0, text.find('\n')));
  const auto parts = split(line, ' ');
  if (parts.size() < 2) return std::nullopt;
  PublicKey key{.blob = decode_base64(parts[1])};
  if (key.blob.empty() || key.type() != parts[0]) return std::nullopt;
  if (parts.size() > 2) key.comment = std::string(line.substr(parts[0].size() + parts[1].size() + 2));
  return key;
}

std::optional<PublicKey> public_part_of(std::string_view private_key_file) {
  constexpr std::string_view begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
  constexpr std::string_view end = "-----END OPENSSH PRIVATE KEY-----";
  const auto from = private_key_file.find(begin);
  const auto to = private_key_file.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return std::nullopt;
  std::string body(private_key_file.substr(from + begin.size(), to - from - begin.size()));
  std::erase_if(body, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  const auto binary = decode_base64(body);
  constexpr std::string_view magic("openssh-key-v1\0", 15);
  if (!std::string_view(binary).starts_with(magic)) return std::nullopt;
  FieldReader fields(std::string_view(binary).substr(magic.size()));
  fields.string();  // cipher
  fields.string();  // key derivation
  fields.string();  // its options
  if (fields.uint32() != 1) return std::nullopt;
  PublicKey key{.blob = std::string(fields.string())};
  if (fields.has_failed() || key.type().empty()) return std::nullopt;
  return key;
}

std::optional<Certificate> parse_certificate(const PublicKey& key) {
  if (!key.is_certificate()) return std::nullopt;
  FieldReader fields(key.blob);
  const auto plain_type = plain_type_of(std::string(fields.string()));
  const auto count = fields_of_key(plain_type);
  if (!count) return std::nullopt;
  fields.string();  // nonce
  Certificate result{.key = key};
  append_string(result.subject.blob, plain_type);
  for (int i = 0; i < *count; ++i) append_string(result.subject.blob, fields.string());
  fields.uint64();  // serial
  result.is_for_users = fields.uint32() == 1;
  result.id = std::string(fields.string());
  FieldReader principals(fields.string());
  while (!principals.is_at_end()) result.principals.emplace_back(principals.string());
  result.valid_after = fields.uint64();
  result.valid_before = fields.uint64();
  if (fields.has_failed() || principals.has_failed()) return std::nullopt;
  return result;
}

std::string Certificate::flaw(std::string_view user, std::uint64_t now) const {
  if (!is_for_users) return "is for hosts, not for users";
  if (now < valid_after) return "is not valid before " + render_time(valid_after);
  if (now >= valid_before) return "has expired on " + render_time(valid_before);
  // A server may map principals to users by its own lists, so this is no reason not to try.
  if (!principals.empty() && std::find(principals.begin(), principals.end(), user) == principals.end()) {
    std::vector<std::string> names;
    for (const auto& name : principals) names.push_back("'" + printable(name) + "'");
    return "is for " + enumerate(names);
  }
  return {};
}

}  // namespace espresso

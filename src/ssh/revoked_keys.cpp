#include "ssh/revoked_keys.h"

#include "core/diagnostic.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"
#include "ssh/fields.h"
#include "ssh/known_hosts_line.h"
#include "ssh/public_key.h"

namespace espresso {
namespace {

constexpr std::string_view magic("SSHKRL\n\0", 8);

// PROTOCOL.krl, section types. Certificates of hosts are not supported, so those that are revoked do not matter.
enum Section : std::uint8_t {
  certificates = 1,
  explicit_keys = 2,
  sha1_fingerprints = 3,
  signature = 4,
  sha256_fingerprints = 5
};

std::string as_fingerprint(std::string_view hash) {
  std::string text = base64(hash);
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

}  // namespace

bool RevokedKeys::lists(const std::string& file, std::string_view key) {
  const std::lock_guard lock(mutex_);
  auto found = files_.find(file);
  if (found == files_.end()) found = files_.emplace(file, read(file)).first;
  const Content& content = found->second;
  if (!content.trouble.empty()) throw Error(content.trouble);
  return content.keys.contains(key) || content.fingerprints.contains(fingerprint(key));
}

RevokedKeys::Content RevokedKeys::read(const std::string& file) {
  Content content;
  std::string all;
  try {
    all = load_source(file)->text;
  } catch (const Mistakes& mistakes) {
    content.trouble = mistakes.diagnostics().front().message;
    return content;
  }
  if (all.starts_with(magic)) {
    read_list(std::string_view(all).substr(magic.size()), content);
    return content;
  }
  std::size_t number = 0;
  for (const auto& whole : split(all, '\n')) {
    ++number;
    const auto line = trim(whole);
    if (line.empty() || line.starts_with('#')) continue;
    const auto key = parse_public_key(line);
    // As with ssh: who knows which key was meant.
    if (!key) content.trouble = "line " + std::to_string(number) + " of '" + file + "' is no public key";
    if (key) content.keys.insert(base64(key->blob));
  }
  return content;
}

void RevokedKeys::read_list(std::string_view text, Content& content) {
  FieldReader fields(text);
  const bool is_known_format = fields.uint32() == 1;
  for (int i = 0; i < 3; ++i) fields.uint64();  // its version, its date, flags
  for (int i = 0; i < 2; ++i) fields.string();  // reserved, a comment
  while (is_known_format && !fields.is_at_end() && !fields.has_failed()) {
    const auto section = fields.byte();
    FieldReader entries(fields.string());
    if (section == certificates) continue;
    // Behind the first signature only signatures may come.
    if (section == signature) return;
    if (section == sha1_fingerprints) content.trouble = "it holds SHA-1 hashes, which are not supported";
    if (section < certificates || section > sha256_fingerprints) content.trouble = "it holds what is not supported";
    while (content.trouble.empty() && !entries.is_at_end()) {
      const auto entry = entries.string();
      if (section == explicit_keys) content.keys.insert(base64(entry));
      if (section == sha256_fingerprints) content.fingerprints.insert(as_fingerprint(entry));
      if (entries.has_failed()) content.trouble = "it is damaged";
    }
  }
  if (!is_known_format || fields.has_failed()) content.trouble = "it is damaged, or of a format that is not supported";
}

}  // namespace espresso

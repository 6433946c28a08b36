#include "model/storage_s3_answers.h"

#include "core/error.h"
#include "model/http_client.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace espresso {

namespace {

// Of XML these answers use elements, text and a few entities, which is all that is read here: a general parser would
// bring what nobody wants from a server (entities that grow, files that are fetched).
class Elements {
 public:
  explicit Elements(std::string_view xml) : rest_(xml) {}

  /// The text of the next element of this name that holds text only; nothing when there is no more.
  std::optional<std::string_view> next(std::string_view name) {
    for (std::size_t begin = 0; (begin = rest_.find('<', begin)) != std::string_view::npos; ++begin) {
      const std::string_view tag = rest_.substr(begin + 1);
      if (!tag.starts_with(name) || tag.substr(name.size(), 1) != ">") continue;
      const std::string_view text = tag.substr(name.size() + 1);
      const std::size_t end = text.find('<');
      if (end == std::string_view::npos) return std::nullopt;
      rest_ = text.substr(end);
      return text.substr(0, end);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::string character_of(std::string_view entity) {
  if (entity == "amp") return "&";
  if (entity == "lt") return "<";
  if (entity == "gt") return ">";
  if (entity == "quot") return "\"";
  if (entity == "apos") return "'";
  // Tokens and messages are ASCII; keys come percent-encoded.
  const bool is_hexadecimal = entity.starts_with("#x");
  const std::string_view digits = entity.substr(entity.empty() ? 0 : is_hexadecimal ? 2 : 1);
  unsigned code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hexadecimal ? 16 : 10);
  const bool is_right = entity.starts_with('#') && error == std::errc() && end == digits.data() + digits.size();
  return is_right && code > 0 && code < 0x80 ? std::string(1, static_cast<char>(code)) : "?";
}

std::string text_of(std::string_view xml) {
  std::string text;
  while (!xml.empty()) {
    const std::size_t begin = xml.find('&');
    text += xml.substr(0, begin);
    const std::size_t end = begin == std::string_view::npos ? begin : xml.find(';', begin);
    if (end == std::string_view::npos) break;
    text += character_of(xml.substr(begin + 1, end - begin - 1));
    xml.remove_prefix(end + 1);
  }
  return text;
}

std::string first(std::string_view xml, std::string_view name) {
  const auto text = Elements(xml).next(name);
  return text ? text_of(*text) : std::string();
}

}  // namespace

S3Listing parse_s3_listing(std::string_view xml) {
  if (xml.find("<ListBucketResult") == std::string_view::npos || xml.find("</ListBucketResult>") == xml.npos)
    throw Error("the server's answer is no list of objects", "check 'endpoint': it must be a server that speaks S3");
  S3Listing listing;
  const bool is_encoded = first(xml, "EncodingType") == "url";
  Elements elements(xml);
  while (const auto key = elements.next("Key")) {
    const std::string text = text_of(*key);
    listing.keys.push_back(is_encoded ? decode_word(text) : text);
  }
  if (first(xml, "IsTruncated") == "true") {
    listing.next = first(xml, "NextContinuationToken");
    if (listing.next.empty()) throw Error("the server's list of objects does not say how to go on");
  }
  return listing;
}

S3Refusal parse_s3_refusal(std::string_view xml) {
  if (xml.find("<Error") == std::string_view::npos) return {};
  return {.code = first(xml, "Code"), .message = first(xml, "Message"), .region = first(xml, "Region")};
}

}  // namespace espresso

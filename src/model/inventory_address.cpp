#include "model/inventory_address.h"

#include "core/text.h"

#include <algorithm>
#include <charconv>

namespace espresso {

Address parse_address(std::string_view text) {
  Address address;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    address.user = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  const std::size_t close = text.find(']');
  if (text.starts_with('[') && close != std::string_view::npos) {
    const std::string_view inner = text.substr(1, close - 1), rest = text.substr(close + 1);
    const bool is_ipv6 = std::count(inner.begin(), inner.end(), ':') > 1 &&
                         inner.find_first_of("abcdefABCDEF:") != std::string_view::npos;
    if (is_ipv6 && (rest.empty() || rest[0] == ':')) {
      address.host = inner;
      address.is_literal = true;
      if (!rest.empty()) address.port = rest.substr(1);
      return address;
    }
  }
  std::size_t colons = 0, last = 0, depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[') ++depth;
    if (text[at] == ']' && depth > 0) --depth;
    if (text[at] != ':' || depth > 0) continue;
    ++colons;
    last = at;
  }
  address.host = text;
  if (colons == 1) {
    address.host = text.substr(0, last);
    address.port = text.substr(last + 1);
  }
  return address;
}

std::optional<std::int64_t> parse_port(std::string_view text) {
  std::int64_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

std::vector<Word> split_words(std::string_view text, char separator) {
  std::vector<Word> words;
  std::size_t start = 0, depth = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size()) {
      if (text[at] == '[') ++depth;
      if (text[at] == ']' && depth > 0) --depth;
      if (text[at] != separator || depth > 0) continue;
    }
    const std::string_view word = text.substr(start, at - start);
    const std::string_view trimmed = trim(word);
    words.push_back({trimmed, trimmed.empty() ? start : static_cast<std::size_t>(trimmed.data() - text.data())});
    start = at + 1;
  }
  return words;
}

}  // namespace espresso

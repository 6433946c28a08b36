#include "ssh/config_words.h"

#include "core/text.h"

#include <algorithm>

namespace espresso {

namespace {

constexpr std::string_view white = " \t\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_escaped(std::string_view line, std::size_t at, char quote) {
  if (line[at] != '\\' || at + 1 >= line.size()) return false;
  const char next = line[at + 1];
  return next == '\'' || next == '"' || next == '\\' || (quote == 0 && next == ' ');
}

}  // namespace

std::optional<ConfigWord> DelimitedWords::next() {
  if (offset_ > line_.size()) return std::nullopt;
  const std::size_t start = offset_;
  auto skip_white = [&] { offset_ = std::min(line_.find_first_not_of(white, offset_), line_.size()); };
  const std::size_t end = line_.find_first_of(" \t\r\n\"=", start);
  if (end == std::string_view::npos) {
    offset_ = line_.size() + 1;
    return ConfigWord{std::string(line_.substr(start)), start, line_.size() - start};
  }
  if (line_[end] == '"') {
    const std::size_t close = line_.find('"', end + 1);
    open_quote_ = close == std::string_view::npos;
    offset_ = open_quote_ ? line_.size() + 1 : close + 1;
    if (open_quote_) return std::nullopt;
    // What stands before the quote belongs to the word.
    std::string text(line_.substr(start, end - start));
    text += line_.substr(end + 1, close - end - 1);
    skip_white();
    return ConfigWord{std::move(text), start, close + 1 - start};
  }
  offset_ = end + 1;
  skip_white();
  if (line_[end] != '=' && offset_ < line_.size() && line_[offset_] == '=') {
    ++offset_;
    skip_white();
  }
  return ConfigWord{std::string(line_.substr(start, end - start)), start, end - start};
}

std::vector<ConfigWord> split_values(std::string_view line, std::size_t offset,
                                     std::optional<std::size_t>& open_quote) {
  std::vector<ConfigWord> words;
  std::size_t at = offset;
  while (true) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos || line[at] == '#') return words;
    ConfigWord word{.text = {}, .offset = at};
    char quote = 0;
    std::size_t quoted_at = at;
    for (; at < line.size(); ++at) {
      const char c = line[at];
      if (is_escaped(line, at, quote)) {
        word.text += line[++at];
      } else if (quote == 0 && (c == ' ' || c == '\t')) {
        break;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        quoted_at = at;
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else {
        word.text += c;
      }
    }
    if (quote != 0) {
      open_quote = quoted_at;
      return words;
    }
    word.length = at - word.offset;
    words.push_back(std::move(word));
  }
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool matches_ssh_pattern(std::string_view text, std::string_view pattern) {
  // After a star has matched too little, only the last star need take more.
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_at = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_at = at;
    } else if (in_pattern < pattern.size() && (pattern[in_pattern] == '?' || pattern[in_pattern] == text[at])) {
      ++at;
      ++in_pattern;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

ListMatch match_ssh_patterns(std::string_view text, std::string_view list, bool lower) {
  if (list.empty()) return ListMatch::none;
  auto result = ListMatch::none;
  // Nothing stands behind a comma at the end.
  if (list.ends_with(',')) list.remove_suffix(1);
  for (const auto& part : split(list, ',')) {
    std::string_view pattern = part;
    const bool is_negated = pattern.starts_with('!');
    if (is_negated) pattern.remove_prefix(1);
    if (!matches_ssh_pattern(text, lower ? to_lower(pattern) : std::string(pattern))) continue;
    if (is_negated) return ListMatch::negative;
    result = ListMatch::positive;
  }
  return result;
}

}  // namespace espresso

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A word of a line of ssh_config, without its quotes, and where it stands in the line.
struct ConfigWord {
  std::string text;
  std::size_t offset = 0;
  std::size_t length = 0;  ///< as written, quotes included
};

/// Keywords and the criteria of Match: words end at white space, at one `=` or after a double quote; there are no
/// escapes.
class DelimitedWords {
 public:
  DelimitedWords(std::string_view line, std::size_t offset) : line_(line), offset_(offset) {}
  /// Nothing at the end of the line; an empty word where white space or `=` begins it. A quote left open ends the line.
  std::optional<ConfigWord> next();
  bool has_open_quote() const { return open_quote_; }
  bool at_end() const { return offset_ >= line_.size(); }
  std::size_t offset() const { return offset_; }

 private:
  std::string_view line_;
  std::size_t offset_;
  bool open_quote_ = false;
};

/// Values: words end at blanks; single and double quotes, backslash before quotes, backslashes and blanks; `#` in front
/// of a word begins a comment. `open_quote` is set where a quote is left open.
std::vector<ConfigWord> split_values(std::string_view line, std::size_t offset, std::optional<std::size_t>& open_quote);

std::string to_lower(std::string_view text);
bool equal_but_for_case(std::string_view a, std::string_view b);

/// ssh_config(5), PATTERNS: `*` and `?`. Case counts.
bool matches_ssh_pattern(std::string_view text, std::string_view pattern);
enum class ListMatch { none, positive, negative };
/// A pattern-list: "a*,!ab". `lower`: the list is taken in lower case.
ListMatch match_ssh_patterns(std::string_view text, std::string_view list, bool lower = false);

}  // namespace espresso

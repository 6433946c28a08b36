#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A word of a line as a shell splits it, quotes and backslashes resolved.
struct ShellWord {
  std::string text;
  std::size_t offset = 0;  ///< where it begins in the line
  std::size_t length = 0;  ///< as it is written
  /// Whether it is written as it reads, so that a place in the text is a place in the line.
  bool is_plain = true;
};

/// Splits as Python's shlex.split(line, comments=True): quotes '…' and "…" (in which \" and \\ are escapes), a
/// backslash before any character, and `#`, even inside a word, begins a comment. Throws std::invalid_argument for what
/// does not end.
std::vector<ShellWord> split_shell_words(std::string_view line);

}  // namespace espresso

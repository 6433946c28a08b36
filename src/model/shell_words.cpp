#include "model/shell_words.h"

#include <stdexcept>

namespace espresso {

namespace {

constexpr std::string_view blanks = " \t\r\n";

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::vector<ShellWord> split() {
    std::vector<ShellWord> words;
    for (;;) {
      at_ = line_.find_first_not_of(blanks, at_);
      if (at_ == std::string_view::npos || line_[at_] == '#') return words;
      words.push_back(read_word());
    }
  }

 private:
  ShellWord read_word() {
    ShellWord word;
    word.offset = at_;
    while (at_ < line_.size() && blanks.find(line_[at_]) == std::string_view::npos && line_[at_] != '#') {
      const char c = line_[at_++];
      if (c == '\'' || c == '"') {
        word.is_plain = false;
        read_quoted(word.text, c);
      } else if (c == '\\') {
        word.is_plain = false;
        if (at_ == line_.size()) throw std::invalid_argument("nothing follows the backslash at the end");
        word.text += line_[at_++];
      } else {
        word.text += c;
      }
    }
    word.length = at_ - word.offset;
    if (at_ < line_.size() && line_[at_] == '#') at_ = line_.size();
    return word;
  }

  void read_quoted(std::string& text, char quote) {
    while (at_ < line_.size() && line_[at_] != quote) {
      if (quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size() &&
          (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\'))
        ++at_;
      text += line_[at_++];
    }
    if (at_ == line_.size()) throw std::invalid_argument("the quotes do not end");
    ++at_;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<ShellWord> split_shell_words(std::string_view line) { return Splitter(line).split(); }

}  // namespace espresso

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espresso {

/// A text for people. What form it takes, a terminal or Markdown, is chosen when it is shown.
class Page {
 public:
  struct Item {
    std::string name;
    std::string traits;  ///< "string, required"; may be empty
    std::string text;
  };

  /// What it is about, and one sentence about it; may be empty.
  Page& title(std::string name, std::string summary);
  Page& heading(std::string text);
  /// Paragraphs that may be filled anew. Lines that are indented or begin with a dash stay as they are.
  Page& prose(std::string text);
  /// Stays as it is.
  Page& code(std::string text);
  Page& items(std::vector<Item> items);
  /// Names with a line or two about each, under the headings of their columns.
  Page& table(std::pair<std::string, std::string> columns, std::vector<std::pair<std::string, std::string>> rows);

  /// For a terminal: lines no longer than `width`, where words allow it.
  std::string text(std::size_t width, bool color) const;
  std::string markdown() const;

 private:
  enum class Kind { title, heading, prose, code, items, table };
  struct Block {
    Kind kind;
    std::string name = {};
    std::string text = {};
    std::vector<Item> items = {};
  };
  std::vector<Block> blocks_;
};

/// One paragraph in lines of at most `width` columns, all but the first indented by `margin`; ends in a newline.
std::string filled(std::string_view text, std::size_t margin, std::size_t width);

}  // namespace espresso

#include "cli/page.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace espresso {

namespace {

constexpr std::size_t widest = 110;
constexpr std::size_t narrowest = 60;
constexpr std::size_t most_column = 30;  // names that are longer stand on a line of their own

struct Style {
  std::size_t width;
  bool color;

  std::string bold(const std::string& text) const { return color ? "\x1b[1m" + text + "\x1b[0m" : text; }
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool stays_as_it_is(const std::string& line) { return line.starts_with(' ') || line.starts_with("- "); }

/// Each paragraph on one line, empty lines between them; lines that stay as they are on their own.
std::vector<std::string> paragraphs(std::string_view text) {
  std::vector<std::string> found;
  bool goes_on = false;
  for (const auto& line : split(trim(text), '\n')) {
    if (line.empty() || stays_as_it_is(line)) {
      found.push_back(line);
      goes_on = false;
    } else if (goes_on) {
      found.back() += " " + line;
    } else {
      found.push_back(line);
      goes_on = true;
    }
  }
  return found;
}

std::string prose_text(std::string_view text, std::size_t margin, const Style& style) {
  const std::string indent(margin, ' ');
  std::string result;
  if (trim(text).empty()) return result;
  for (const auto& paragraph : paragraphs(text)) {
    if (paragraph.empty())
      result += "\n";
    else if (stays_as_it_is(paragraph))
      result += indent + paragraph + "\n";
    else
      result += indent + filled(paragraph, margin, style.width);
  }
  return result;
}

std::string code_text(std::string_view text) {
  std::string result;
  for (const auto& line : split(trim(text), '\n')) result += line.empty() ? "\n" : "  " + line + "\n";
  return result;
}

std::string items_text(const std::vector<Page::Item>& items, const Style& style) {
  std::string result;
  for (const auto& item : items) {
    result += "  " + style.bold(item.name) + (item.traits.empty() ? "" : fmt::format(" ({})", item.traits)) + "\n";
    result += prose_text(item.text, 6, style);
  }
  return result;
}

std::string table_text(const std::vector<Page::Item>& rows, const Style& style) {
  std::size_t column = 0;
  for (const auto& row : rows) column = std::max(column, std::min(most_column, display_width(row.name)) + 4);
  std::string result;
  for (const auto& row : rows) {
    const std::size_t used = display_width(row.name) + 2;
    result += "  " + style.bold(row.name);
    if (row.text.empty()) {
      result += "\n";
      continue;
    }
    result += used + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - used, ' ');
    result += filled(row.text, column, style.width);
  }
  return result;
}

std::string cell(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

}  // namespace

std::string filled(std::string_view text, std::size_t margin, std::size_t width) {
  const std::size_t room = std::clamp(width, narrowest, widest) - margin;
  std::string result, line;
  for (const auto& word : split(text, ' ')) {
    if (!line.empty() && display_width(line) + 1 + display_width(word) > room) {
      result += line + "\n" + std::string(margin, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + line + "\n";
}

Page& Page::title(std::string name, std::string summary) {
  blocks_.push_back({.kind = Kind::title, .name = std::move(name), .text = std::move(summary)});
  return *this;
}

Page& Page::heading(std::string text) {
  blocks_.push_back({.kind = Kind::heading, .text = std::move(text)});
  return *this;
}

Page& Page::prose(std::string text) {
  if (!trim(text).empty()) blocks_.push_back({.kind = Kind::prose, .text = std::move(text)});
  return *this;
}

Page& Page::code(std::string text) {
  blocks_.push_back({.kind = Kind::code, .text = std::move(text)});
  return *this;
}

Page& Page::items(std::vector<Item> items) {
  blocks_.push_back({.kind = Kind::items, .items = std::move(items)});
  return *this;
}

Page& Page::table(std::pair<std::string, std::string> columns, std::vector<std::pair<std::string, std::string>> rows) {
  Block block{.kind = Kind::table, .name = std::move(columns.first), .text = std::move(columns.second)};
  for (auto& [name, text] : rows)
    block.items.push_back({.name = std::move(name), .traits = {}, .text = std::move(text)});
  blocks_.push_back(std::move(block));
  return *this;
}

std::string Page::text(std::size_t width, bool color) const {
  const Style style{.width = width, .color = color};
  std::string result;
  Kind before = Kind::heading;  // what follows one needs no empty line
  std::size_t margin = 0;       // of what stands below a heading
  for (const auto& block : blocks_) {
    if (!result.empty() && before != Kind::heading) result += "\n";
    before = block.kind;
    if (block.kind == Kind::title) {
      const std::string line = filled(block.name + (block.text.empty() ? "" : ": " + block.text), 0, width);
      result += line.starts_with(block.name) ? style.bold(block.name) + line.substr(block.name.size()) : line;
    } else if (block.kind == Kind::heading) {
      result += style.bold(upper(block.text)) + "\n";
      margin = 2;
    } else if (block.kind == Kind::prose) {
      result += prose_text(block.text, margin, style);
    } else if (block.kind == Kind::code) {
      result += code_text(block.text);
    } else if (block.kind == Kind::items) {
      result += items_text(block.items, style);
    } else {
      result += table_text(block.items, style);
    }
  }
  return result;
}

std::string Page::markdown() const {
  std::string result;
  for (const auto& block : blocks_) {
    if (!result.empty()) result += "\n";
    if (block.kind == Kind::title) {
      result += fmt::format("# {}\n", block.name) + (block.text.empty() ? "" : fmt::format("\n{}\n", block.text));
    } else if (block.kind == Kind::heading) {
      result += fmt::format("## {}\n", block.text);
    } else if (block.kind == Kind::prose) {
      result += std::string(trim(block.text)) + "\n";
    } else if (block.kind == Kind::code) {
      result += fmt::format("```\n{}\n```\n", trim(block.text));
    } else if (block.kind == Kind::items) {
      for (const auto& item : block.items)
        result += fmt::format("- `{}`{}{}\n", item.name, item.traits.empty() ? "" : fmt::format(" ({})", item.traits),
                              item.text.empty() ? "" : ": " + cell(item.text));
    } else {
      result += fmt::format("| {} | {} |\n|---|---|\n", block.name, block.text);
      for (const auto& row : block.items) result += fmt::format("| `{}` | {} |\n", cell(row.name), cell(row.text));
    }
  }
  return result;
}

}  // namespace espresso

#include "model/ini.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace espresso {

namespace {

constexpr std::size_t deepest_section = 100;
// Settings for all sections are copied to each: a few kilobytes of both could stand for gigabytes.
constexpr std::size_t most_defaults = 100'000;

class IniReader {
 public:
  IniReader(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {
    root_.kind = Node::Kind::map;
    root_.span = {.source = source, .line = 1, .column = 1};
  }

  Node read() {
    std::string_view rest = source_->text;
    const std::size_t mark = rest.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      line_start_ = rest.data();
      read_line(rest.substr(0, end).substr(++line_number_ == 1 ? mark : 0));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    finish_value();
    lay_defaults(root_, {});
    return std::move(root_);
  }

 private:
  // Of a part of the line that is read.
  Span place(std::string_view part) const {
    return {source_, line_number_, static_cast<std::size_t>(part.data() - line_start_) + 1,
            std::max<std::size_t>(1, part.size())};
  }

  Node scalar(std::string_view text) const {
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = text;
    node.span = place(text);
    node.text_column = node.span.column;
    return node;
  }

  void read_line(std::string_view line) {
    const std::string_view words = trim(line);
    if (words.empty()) return void(blank_lines_ += value_ ? 1 : 0);
    if (words.front() == '#' || words.front() == ';') return;
    const auto indent = static_cast<std::size_t>(words.data() - line.data());
    if (value_ && indent > value_indent_) return continue_value(words);
    finish_value();
    if (words.front() == '[') return read_section(words);
    read_setting(words, indent);
  }

  // configparser keeps an empty line within a value.
  void continue_value(std::string_view words) {
    value_->text += std::string(blank_lines_ + 1, '\n') + std::string(words);
    value_->text_column = 0;
    blank_lines_ = 0;
  }

  void read_section(std::string_view words) {
    section_ = nullptr;
    const std::size_t end = words.find(']');
    const std::string_view name = trim(words.substr(1, end == std::string_view::npos ? end : end - 1));
    if (end == std::string_view::npos)
      return diagnostics_.add(place(words), fmt::format("'{}' is no section", words), "end its name with ']'");
    const std::string_view behind = trim(words.substr(end + 1));
    if (!behind.empty() && behind.front() != '#' && behind.front() != ';')
      return diagnostics_.add(place(behind), fmt::format("'{}' follows a section's name", behind),
                              "write it on a line of its own");
    if (name.empty()) return diagnostics_.add(place(words), "a section needs a name");
    if (name == "DEFAULT") {
      section_ = &defaults_;
      section_path_ = default_path;
      return;
    }
    if (static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) >= deepest_section)
      return diagnostics_.add(place(name), fmt::format("nested deeper than {} sections", deepest_section));
    Node* section = &root_;
    section_path_.clear();
    for (std::string_view rest = name; section;) {
      const std::size_t dot = rest.find('.');
      section = enter(*section, trim(rest.substr(0, dot)), name);
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    section_ = section;
  }

  // A name cannot hold a newline, so that one keeps the parts of a path apart.
  static std::string path_of(const std::string& section, std::string_view name) {
    return fmt::format("{}\n{}", section, name);
  }

  Node* enter(Node& outer, std::string_view name, std::string_view whole) {
    if (name.empty()) {
      diagnostics_.add(place(whole), fmt::format("'{}' has an empty part", whole), "write [section.part]");
      return nullptr;
    }
    section_path_ = path_of(section_path_, name);
    const auto [known, is_new] = names_.try_emplace(section_path_, place(name));
    if (!is_new) {
      const auto entry = std::find_if(outer.entries.begin(), outer.entries.end(),
                                      [&](const auto& other) { return other.key.text == name; });
      if (entry->value.is_map()) return &entry->value;
      twice(name, place(name), known->second);
      return nullptr;
    }
    Node inner;
    inner.kind = Node::Kind::map;
    inner.span = place(name);
    outer.entries.push_back({.key = scalar(name), .value = std::move(inner)});
    return &outer.entries.back().value;
  }

  void twice(std::string_view name, const Span& span, const Span& before) {
    diagnostics_.add(Diagnostic{.span = span,
                                .message = fmt::format("'{}' is written twice", name),
                                .hint = "keep one of them",
                                .notes = {{before, "it is here, too"}}});
  }

  void read_setting(std::string_view words, std::size_t indent) {
    const std::size_t separator = words.find_first_of("=:");
    const std::string_view name = trim(words.substr(0, separator));
    if (separator == std::string_view::npos || name.empty()) {
      return diagnostics_.add(place(words), fmt::format("'{}' is neither a section nor a setting", words),
                              "write [section] or name = value");
    }
    const std::string_view text = trim(words.substr(separator + 1));
    value_ = scalar(text.empty() ? words.substr(words.size()) : text);
    value_indent_ = indent;
    name_ = scalar(name);
    target_ = section_;
    target_path_ = section_path_;
  }

  void finish_value() {
    blank_lines_ = 0;
    if (!value_) return;
    Node value = std::move(*value_);
    value_.reset();
    refuse_insertions(value);
    unquote(value);
    if (!target_) return;  // below what is no section: told already
    const auto [known, is_new] = names_.try_emplace(path_of(target_path_, name_.text), name_.span);
    if (is_new)
      target_->entries.push_back({.key = std::move(name_), .value = std::move(value)});
    else
      twice(name_.text, name_.span, known->second);
  }

  void refuse_insertions(const Node& value) {
    const std::size_t begin = value.text.find("%(");
    const std::size_t end = begin == std::string::npos ? begin : value.text.find(")s", begin);
    if (end == std::string::npos) return;
    const std::string part = value.text.substr(begin, end + 2 - begin);
    Span span = value.span;
    if (value.text_column != 0) {
      span.column = value.text_column + begin;
      span.length = part.size();
    }
    diagnostics_.add(span, fmt::format("'{}' would insert another setting, which is not done here", part),
                     "write the value out, or put both together where they are used");
  }

  static void unquote(Node& value) {
    const std::string& text = value.text;
    if (text.size() < 2 || text.front() != text.back() || (text.front() != '"' && text.front() != '\'')) return;
    value.text = text.substr(1, text.size() - 2);
    value.quoted = true;
    if (value.text_column != 0) ++value.text_column;
  }

  void lay_defaults(Node& section, const std::string& path) {
    if (defaults_.entries.empty()) return;
    for (auto& entry : section.entries) {
      if (entry.value.is_map()) lay_defaults(entry.value, path_of(path, entry.key.text));
    }
    if (path.empty() || copied_ > most_defaults) return;
    for (const auto& entry : defaults_.entries) {
      if (names_.contains(path_of(path, entry.key.text))) continue;
      if (++copied_ > most_defaults)
        return diagnostics_.add(entry.key.span,
                                fmt::format("[DEFAULT] stands for more than {} settings", most_defaults),
                                "write them in the sections that need them");
      section.entries.push_back(entry);
    }
  }

  const std::shared_ptr<const Source>& source_;
  Diagnostics& diagnostics_;
  Node root_;
  Node defaults_ = [] {
    Node map;
    map.kind = Node::Kind::map;
    return map;
  }();
  Node* section_ = &root_;
  static constexpr std::string_view default_path = "DEFAULT";
  std::string section_path_;
  std::unordered_map<std::string, Span> names_;  ///< by path, where each is written first
  std::size_t copied_ = 0;
  std::size_t line_number_ = 0;
  const char* line_start_ = nullptr;
  // The setting whose value may go on in the next line.
  Node name_;
  std::optional<Node> value_;
  Node* target_ = nullptr;
  std::string target_path_;
  std::size_t value_indent_ = 0;
  std::size_t blank_lines_ = 0;
};

}  // namespace

Node parse_ini(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics) {
  if (!is_valid_utf8(source->text)) {
    diagnostics.add({.source = source}, "the file is not UTF-8", "save it as UTF-8");
    Node empty;
    empty.kind = Node::Kind::map;
    return empty;
  }
  return IniReader(source, diagnostics).read();
}

}  // namespace espresso

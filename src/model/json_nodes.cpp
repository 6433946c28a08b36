#include "model/json_nodes.h"

#include "model/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace espresso {

namespace {

constexpr std::size_t deepest_nesting = 100;

class Reader {
 public:
  Reader(std::shared_ptr<const Source> source, Diagnostics& diagnostics)
      : source_(std::move(source)), text_(source_->text), diagnostics_(diagnostics) {}

  Node read() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    Node node = read_value();
    skip_blanks();
    if (at_ != text_.size()) fail("something follows the end of the JSON value");
    return node;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Span place(std::size_t from, std::size_t length) const {
    return {source_, line_, from - line_start_ + 1, std::max<std::size_t>(1, length)};
  }
  [[noreturn]] void fail(const std::string& message, std::string hint = {}) const {
    throw Mistakes(Diagnostic{.span = place(at_, 1), .message = message, .hint = std::move(hint)});
  }
  [[noreturn]] void fail_at(const char* expected) const {
    if (at_ == text_.size()) fail(fmt::format("the JSON ends where {} should follow", expected));
    fail(fmt::format("{} should stand here", expected));
  }

  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  Node read_value() {
    skip_blanks();
    const char c = peek();
    if (c == '{' || c == '[') {
      if (++depth_ > deepest_nesting) fail(fmt::format("nested deeper than {} levels", deepest_nesting));
      Node node = c == '{' ? read_object() : read_array();
      --depth_;
      return node;
    }
    return c == '"' ? read_string() : read_word();
  }

  Node read_object() {
    Node node;
    node.kind = Node::Kind::map;
    node.span = place(at_++, 1);
    skip_blanks();
    if (take('}')) return node;
    std::unordered_map<std::string, Span> seen;
    do {
      skip_blanks();
      if (peek() != '"') fail_at("a key in double quotes");
      Node key = read_string();
      skip_blanks();
      if (!take(':')) fail_at("':'");
      Node value = read_value();
      const auto [first, is_new] = seen.emplace(key.text, key.span);
      if (is_new)
        node.entries.push_back({std::move(key), std::move(value)});
      else
        diagnostics_.add({.span = key.span,
                          .message = fmt::format("the key '{}' is written twice", key.text),
                          .notes = {{first->second, "it is first written here"}}});
      skip_blanks();
    } while (take(','));
    if (!take('}')) fail_at("',' or '}'");
    return node;
  }

  Node read_array() {
    Node node;
    node.kind = Node::Kind::list;
    node.span = place(at_++, 1);
    skip_blanks();
    if (take(']')) return node;
    do {
      node.items.push_back(read_value());
      skip_blanks();
    } while (take(','));
    if (!take(']')) fail_at("',' or ']'");
    return node;
  }

  bool take(char c) {
    if (at_ == text_.size() || peek() != c) return false;
    ++at_;
    return true;
  }

  // true, false, null or a number, in the words of YAML's core schema, which are the same.
  Node read_word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view(" \t\r\n,:[]{}\"").find(text_[at_]) == std::string_view::npos) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    Node node;
    node.span = place(start, word.size());
    if (word == "null") return node;
    if (word != "true" && word != "false" && !is_number(word)) {
      at_ = start;
      if (word.empty()) fail_at("a value");
      throw Mistakes(Diagnostic{.span = node.span,
                                .message = fmt::format("'{}' is no JSON value", word),
                                .hint = "write texts in double quotes"});
    }
    node.kind = Node::Kind::scalar;
    node.text = word;
    node.text_column = node.span.column;
    return node;
  }

  // -? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][-+]?[0-9]+)?   (RFC 8259, 6)
  static bool is_number(std::string_view word) {
    const auto digits = [&] {
      const std::size_t size = std::min(word.find_first_not_of("0123456789"), word.size());
      word.remove_prefix(size);
      return size;
    };
    if (word.starts_with('-')) word.remove_prefix(1);
    const bool is_zero = word.starts_with('0');
    const std::size_t whole = digits();
    if (whole == 0 || (is_zero && whole > 1)) return false;
    if (word.starts_with('.')) {
      word.remove_prefix(1);
      if (digits() == 0) return false;
    }
    if (word.starts_with('e') || word.starts_with('E')) {
      word.remove_prefix(1);
      if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
      if (digits() == 0) return false;
    }
    return word.empty();
  }

  Node read_string() {
    Node node;
    node.kind = Node::Kind::scalar;
    node.quoted = true;
    const std::size_t start = at_++;
    bool is_plain = true;
    for (;;) {
      const std::size_t end = text_.find_first_of("\"\\", at_);
      const std::string_view part = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
      check_part(part, start);
      node.text += part;
      at_ += part.size();
      if (end == std::string_view::npos) {
        at_ = start;
        fail("the text that starts here does not end", "close the quotes");
      }
      if (text_[at_++] == '"') break;
      is_plain = false;
      read_escape(node.text);
    }
    node.span = place(start, at_ - start);
    if (is_plain) node.text_column = node.span.column + 1;
    return node;
  }

  void check_part(std::string_view part, std::size_t start) {
    const auto bad =
        std::find_if(part.begin(), part.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (bad != part.end()) {
      if (*bad == '\n') {
        at_ = start;
        fail("the text that starts here does not end on its line", "close the quotes, or write \\n");
      }
      at_ += static_cast<std::size_t>(bad - part.begin());
      fail("a control character stands in a text", "write it as an escape such as \\t");
    }
  }

  std::optional<std::uint32_t> read_hex() {
    std::uint32_t code = 0;
    if (at_ + 4 > text_.size()) return std::nullopt;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, first + 4, code, 16);
    if (error != std::errc() || end != first + 4) return std::nullopt;
    at_ += 4;
    return code;
  }

  void read_escape(std::string& text) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t start = at_ - 1;
    const char c = peek();
    ++at_;
    if (const std::size_t found = names.find(c); c != '\0' && found != std::string_view::npos) {
      text += meanings[found];
      return;
    }
    auto code = c == 'u' ? read_hex() : std::nullopt;
    if (code && *code >= 0xD800 && *code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const auto low = read_hex();
      if (low && *low >= 0xDC00 && *low < 0xE000) code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
    if (!code || (*code >= 0xD800 && *code < 0xE000)) {
      at_ = start;
      fail("this is no escape of JSON", "write a backslash as \\\\");
    }
    append_utf8(text, *code);
  }

  std::shared_ptr<const Source> source_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

Node parse_json_nodes(std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  if (const std::size_t broken = find_broken_utf8(source->text); broken != std::string::npos)
    throw Mistakes(Diagnostic{
        .span = span_at(source, broken, 1), .message = "the text is not UTF-8", .hint = "write it in UTF-8"});
  return Reader(std::move(source), diagnostics).read();
}

}  // namespace espresso

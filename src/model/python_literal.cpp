#include "model/python_literal.h"

#include "model/utf8.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>

namespace espresso {

namespace {

constexpr int deepest = 50;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0; }

// What is no literal.
struct Nothing {};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Value read() {
    while (peek() == ' ' || peek() == '\t') ++at_;
    Value value = read_list_of_values();
    skip_blanks();
    if (at_ != text_.size()) throw Nothing();
    return value;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) throw Nothing();
  }

  // Comments end the line; lines end inside brackets only.
  void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\f' || (c == '\n' && depth_ > 0)) {
        ++at_;
      } else {
        return;
      }
    }
  }

  // "1", or a tuple without brackets: "1, 2".
  Value read_list_of_values() {
    Value first = read_value();
    if (!take(',')) return first;
    List items{std::move(first)};
    for (skip_blanks(); at_ != text_.size(); skip_blanks()) {
      items.push_back(read_value());
      if (!take(',')) break;
    }
    return items;
  }

  Value read_value() {
    skip_blanks();
    const char c = peek();
    if (c == '[') return read_items(']');
    if (c == '(') return read_tuple();
    if (c == '{') return read_dict();
    if (c == '+' || c == '-' || c == '.' || is_digit(c)) return read_number();
    if (c == '\'' || c == '"' || is_letter(c)) return read_word();
    throw Nothing();
  }

  List read_rest(List items, char end) {
    while (!take(end)) {
      if (!items.empty()) expect(',');
      if (!items.empty() && take(end)) break;
      items.push_back(read_value());
    }
    return items;
  }

  void enter() {
    ++at_;
    if (++depth_ > deepest) throw Nothing();
  }

  Value read_items(char end) {
    enter();
    List items = read_rest({}, end);
    --depth_;
    return items;
  }

  // "(1)" is no tuple, "(1,)" and "()" are.
  Value read_tuple() {
    enter();
    if (take(')')) {
      --depth_;
      return List();
    }
    Value first = read_value();
    if (take(')')) {
      --depth_;
      return first;
    }
    List items = read_rest({std::move(first)}, ')');
    --depth_;
    return items;
  }

  // As JSON has them: keys are texts.
  static std::string key_of(const Value& key) {
    if (key.is_null()) return "null";
    if (!key.is_scalar()) throw Nothing();
    return key.to_text();
  }

  Value read_dict() {
    enter();
    Map map;
    while (!take('}')) {
      if (!map.empty()) expect(',');
      if (!map.empty() && take('}')) break;
      const Value key = read_value();
      expect(':');
      map.set(key_of(key), read_value());
    }
    --depth_;
    return map;
  }

  Value read_number() {
    const bool negative = peek() == '-';
    if (peek() == '-' || peek() == '+') {
      ++at_;
      skip_blanks();
    }
    const std::size_t start = at_;
    while (is_digit(peek()) || is_letter(peek()) || peek() == '.' ||
           ((peek() == '+' || peek() == '-') && at_ > start && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') &&
            !is_based(text_.substr(start, at_ - start))))
      ++at_;
    const std::string digits = without_underscores(text_.substr(start, at_ - start));
    return digits.find_first_of(".eE") != std::string::npos && !is_based(digits) ? read_float(digits, negative)
                                                                                 : read_integer(digits, negative);
  }

  static bool is_based(std::string_view digits) {
    return digits.size() > 1 && digits[0] == '0' && std::string_view("xXoObB").find(digits[1]) != std::string::npos;
  }

  // Between digits, one at a time.
  static std::string without_underscores(std::string_view text) {
    std::string digits;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] != '_') {
        digits += text[at];
        continue;
      }
      const bool fits = at > 0 && at + 1 < text.size() && std::isxdigit(static_cast<unsigned char>(text[at + 1]));
      if (!fits || text[at - 1] == '_' || text[at - 1] == '.') throw Nothing();
    }
    return digits;
  }

  static Value read_integer(std::string_view digits, bool negative) {
    int base = 10;
    if (is_based(digits)) {
      base = digits[1] == 'x' || digits[1] == 'X' ? 16 : digits[1] == 'o' || digits[1] == 'O' ? 8 : 2;
      digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string_view::npos) {
      throw Nothing();
    }
    const std::string text = (negative ? "-" : "") + std::string(digits);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size() || digits.empty()) throw Nothing();
    return number;
  }

  static Value read_float(std::string_view digits, bool negative) {
    if (digits == ".") throw Nothing();
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) throw Nothing();
    return negative ? -number : number;
  }

  // A name, or strings side by side.
  Value read_word() {
    std::string text;
    bool any = false;
    for (skip_blanks(); at_ < text_.size() && (peek() == '\'' || peek() == '"' || is_letter(peek())); skip_blanks()) {
      const std::size_t start = at_;
      while (is_letter(peek()) || is_digit(peek())) ++at_;
      const std::string_view word = text_.substr(start, at_ - start);
      if (peek() != '\'' && peek() != '"') {
        if (any) throw Nothing();
        return name(word);
      }
      any = true;
      text += read_string(word);
    }
    return text;
  }

  static Value name(std::string_view word) {
    if (word == "True") return true;
    if (word == "False") return false;
    if (word == "None") return {};
    throw Nothing();
  }

  std::string read_string(std::string_view prefix) {
    std::string lower(prefix);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    const bool raw = lower == "r" || lower == "rb" || lower == "br";
    if (!raw && !lower.empty() && lower != "u" && lower != "b") throw Nothing();
    const char quote = peek();
    const bool is_long = peek(1) == quote && peek(2) == quote;
    at_ += is_long ? 3 : 1;
    std::string text;
    for (;;) {
      if (at_ >= text_.size() || (!is_long && peek() == '\n')) throw Nothing();
      if (peek() == quote && (!is_long || (peek(1) == quote && peek(2) == quote))) {
        at_ += is_long ? 3 : 1;
        return text;
      }
      if (peek() != '\\') {
        text += text_[at_++];
      } else if (raw) {
        text += text_[at_++];
        if (at_ < text_.size()) text += text_[at_++];
      } else {
        ++at_;
        read_escape(text);
      }
    }
  }

  void read_escape(std::string& text) {
    constexpr std::string_view names = "abfnrtv\\'\"\n";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";
    if (at_ == text_.size()) throw Nothing();
    const char c = text_[at_++];
    if (c >= '0' && c <= '7') {
      --at_;
      append_utf8(text, read_code(3, 8));
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const std::size_t size = c == 'x' ? 2 : c == 'u' ? 4 : 8, start = at_;
      const std::uint32_t code = read_code(size, 16);
      if (at_ - start != size || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) throw Nothing();
      append_utf8(text, code);
    } else if (c == 'N') {
      throw Nothing();
    } else if (const std::size_t found = names.find(c); found == std::string_view::npos) {
      text += '\\';
      text += c;
    } else if (found < meanings.size()) {
      text += meanings[found];
    }
  }

  std::uint32_t read_code(std::size_t most_digits, int base) {
    std::uint32_t code = 0;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, first + std::min(most_digits, text_.size() - at_), code, base);
    if (error != std::errc()) throw Nothing();
    at_ += static_cast<std::size_t>(end - first);
    return code;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

// Most values are words and addresses; they are told apart without an exception, which would cost more than all the
// rest.
bool is_plain_word(std::string_view text) {
  if (text == "True" || text == "False" || text == "None") return false;
  const auto is_part = [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/'; };
  if (!std::all_of(text.begin(), text.end(), is_part)) return false;
  return is_letter(text[0]) || text[0] == '/' || std::count(text.begin(), text.end(), '.') > 1;
}

}  // namespace

std::optional<Value> parse_python_literal(std::string_view text) {
  if (text.empty() || is_plain_word(text)) return std::nullopt;
  try {
    return Reader(text).read();
  } catch (const Nothing&) {
    return std::nullopt;
  }
}

}  // namespace espresso

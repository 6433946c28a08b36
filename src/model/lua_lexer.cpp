#include "model/lua_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

void append_utf8(std::string& out, unsigned long code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

constexpr std::array<std::string_view, 11> long_symbols = {
    "...", "..", "==", "~=", "!=", "<=", ">=", "//", "**", "<<", ">>"};
constexpr std::string_view symbols = "+-*/%^#&~|<>=(){}[];:,.";

}  // namespace

bool is_lua_keyword(std::string_view word) {
  static constexpr std::array<std::string_view, 22> keywords = {
      "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
      "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
  return std::find(keywords.begin(), keywords.end(), word) != keywords.end();
}

std::string lua_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F')
      out += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

Token Lexer::next() {
  skip_space();
  Token token{.offset = at_};
  if (close(token)) return token;
  if (at_ >= text_.size()) {
    if (closer_ == Closer::none) return token;
    throw SyntaxMistake{.offset = at_, .message = "the text ends before the expression does"};
  }
  const char c = peek();
  if (is_name_start(c)) {
    while (is_name(peek())) ++at_;
    token.kind = Token::Kind::name;
  } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    return number();
  } else if (c == '"' || c == '\'') {
    return quoted_string();
  } else if (const std::size_t level = c == '[' ? long_bracket(at_) : 0; level > 1) {
    return long_string(level - 1);  // `[[1, 2], [3]]` is a list of lists
  } else {
    token.kind = Token::Kind::symbol;
    const auto longer = std::find_if(long_symbols.begin(), long_symbols.end(),
                                     [&](std::string_view symbol) { return text_.substr(at_).starts_with(symbol); });
    if (longer != long_symbols.end())
      at_ += longer->size();
    else if (symbols.find(c) != std::string_view::npos)
      ++at_;
    else
      throw SyntaxMistake{.offset = at_, .message = fmt::format("'{}' has no meaning in an expression", c)};
    if (c == '{') ++depth_;
    if (c == '}' && depth_ > 0) --depth_;
  }
  token.length = at_ - token.offset;
  token.text = text_.substr(token.offset, token.length);
  return token;
}

bool Lexer::close(Token& token) const {
  if (closer_ == Closer::none || depth_ > 0) return false;
  const std::string_view closer = closer_ == Closer::template_tag ? "%}" : "}}";
  const std::string_view rest = text_.substr(std::min(at_, text_.size()));
  const bool has_dash = closer_ != Closer::braces && rest.starts_with('-');
  const std::size_t dash = has_dash || (closer_ == Closer::template_tag && rest.starts_with('+')) ? 1 : 0;
  if (!rest.substr(dash).starts_with(closer)) return false;
  token.length = dash + closer.size();
  token.text = rest.substr(0, token.length);
  return true;
}

void Lexer::skip_space() {
  for (;;) {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (!text_.substr(std::min(at_, text_.size())).starts_with("--")) return;
    Token ignored;
    if (close(ignored)) return;
    if (text_.substr(at_ + 1).starts_with("-}}") || text_.substr(at_ + 1).starts_with("-%}")) return;
    at_ += 2;
    if (const std::size_t level = peek() == '[' ? long_bracket(at_) : 0) {
      long_string(level - 1);
      continue;
    }
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }
}

Token Lexer::number() {
  Token token{.kind = Token::Kind::number, .offset = at_};
  const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  if (hex) at_ += 2;
  std::size_t digits = 0;
  const auto take_digits = [&] {
    for (; hex ? is_hex(peek()) : is_digit(peek()); ++at_) ++digits;
  };
  take_digits();
  if (peek() == '.' && peek(1) != '.') {
    ++at_;
    take_digits();
  }
  bool whole = digits > 0;
  if (const char c = static_cast<char>(peek() | 0x20); c == (hex ? 'p' : 'e')) {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    whole = whole && is_digit(peek());
    while (is_digit(peek())) ++at_;
  }
  if (is_name(peek())) whole = false;
  while (is_name(peek())) ++at_;
  token.length = at_ - token.offset;
  token.text = text_.substr(token.offset, token.length);
  if (!whole) throw SyntaxMistake{token.offset, token.length, fmt::format("'{}' is not a number", token.text)};
  return token;
}

Token Lexer::quoted_string() {
  Token token{.kind = Token::Kind::string, .offset = at_};
  const char quote = text_[at_++];
  for (;;) {
    if (at_ >= text_.size() || text_[at_] == '\n') {
      throw SyntaxMistake{token.offset, 1, "this string is never closed"};
    }
    const char c = text_[at_++];
    if (c == quote) break;
    if (c == '\\')
      escape(token.text);
    else
      token.text += c;
  }
  token.length = at_ - token.offset;
  return token;
}

void Lexer::escape(std::string& out) {
  static constexpr std::string_view letters = "abfnrtv\\\"'\n", meanings = "\a\b\f\n\r\t\v\\\"'\n";
  const std::size_t start = at_ - 1;
  const char c = peek();
  ++at_;
  const auto fail = [&] {
    const std::size_t end = std::min(at_, text_.size());
    throw SyntaxMistake{start, end - start,
                        fmt::format("'{}' is not an escape sequence", text_.substr(start, end - start)),
                        "write '\\\\' for a backslash"};
  };
  if (const std::size_t known = letters.find(c); known != std::string_view::npos && c != '\0') {
    out += meanings[known];
  } else if (c == 'z') {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  } else if (c == 'x') {
    if (!is_hex(peek()) || !is_hex(peek(1))) fail();
    out += static_cast<char>(hex_value(peek()) * 16 + hex_value(peek(1)));
    at_ += 2;
  } else if (is_digit(c)) {
    unsigned code = static_cast<unsigned>(c - '0');
    for (int more = 0; more < 2 && is_digit(peek()); ++more)
      code = code * 10 + static_cast<unsigned>(text_[at_++] - '0');
    if (code > 255) fail();
    out += static_cast<char>(code);
  } else if (c == 'u' && is_hex(peek()) && is_hex(peek(1)) && is_hex(peek(2)) && is_hex(peek(3))) {
    unsigned long code = 0;
    for (int digit = 0; digit < 4; ++digit) code = code * 16 + hex_value(text_[at_++]);
    append_utf8(out, code);
  } else if (c == 'u' && peek() == '{') {
    ++at_;
    unsigned long code = 0;
    std::size_t digits = 0;
    for (; is_hex(peek()) && code <= 0x10FFFF; ++digits) code = code * 16 + hex_value(text_[at_++]);
    if (digits == 0 || peek() != '}' || code > 0x10FFFF) fail();
    ++at_;
    append_utf8(out, code);
  } else if (start + 1 < text_.size() && c != 'x' && c != 'u') {
    (out += '\\') += c;  // as in Python: '\d' of a pattern is what it looks like
  } else {
    fail();
  }
}

std::size_t Lexer::long_bracket(std::size_t at) const {
  std::size_t level = 0;
  while (at + 1 + level < text_.size() && text_[at + 1 + level] == '=') ++level;
  return at + 1 + level < text_.size() && text_[at + 1 + level] == '[' ? level + 1 : 0;
}

Token Lexer::long_string(std::size_t level) {
  Token token{.kind = Token::Kind::string, .offset = at_};
  at_ += level + 2;
  const std::size_t end = text_.find("]" + std::string(level, '=') + "]", at_);
  if (end == std::string_view::npos) {
    throw SyntaxMistake{token.offset, level + 2, fmt::format("this '[{}[' is never closed", std::string(level, '='))};
  }
  if (peek() == '\r') ++at_;
  if (peek() == '\n') ++at_;  // Lua 5.4, 3.1: a newline right after the opening is not part of the string
  if (at_ < end) token.text = text_.substr(at_, end - at_);
  at_ = end + level + 2;
  token.length = at_ - token.offset;
  return token;
}

}  // namespace espresso

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace espresso {

/// A mistake in an expression or template, at bytes of its text.
struct SyntaxMistake {
  std::size_t offset = 0;
  std::size_t length = 1;
  std::string message;
  std::string hint = {};
};

struct Token {
  enum class Kind { end, name, number, string, symbol };
  Kind kind = Kind::end;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text = {};  ///< of a string: what it stands for

  bool is(std::string_view word) const { return (kind == Kind::name || kind == Kind::symbol) && text == word; }
};

/// Splits Lua text into tokens. Throws SyntaxMistake.
class Lexer {
 public:
  /// What ends the expression: nothing but the end of the text, `}}`, or the tags of templates (with `-` before them).
  enum class Closer { none, braces, template_braces, template_tag };

  Lexer(std::string_view text, std::size_t offset, Closer closer) : text_(text), at_(offset), closer_(closer) {}

  /// At the closer: an `end` token whose text is the closer.
  Token next();

 private:
  void skip_space();
  bool close(Token& token) const;
  Token number();
  Token quoted_string();
  Token long_string(std::size_t level);
  std::size_t long_bracket(std::size_t at) const;  // its level + 1, or 0
  void escape(std::string& out);
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  std::string_view text_;
  std::size_t at_;
  Closer closer_;
  std::size_t depth_ = 0;
};

bool is_lua_keyword(std::string_view word);
/// As a Lua string literal on one line.
std::string lua_string(std::string_view text);

}  // namespace espresso

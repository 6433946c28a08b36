#pragma once

#include "model/lua_lexer.h"
#include "model/lua_syntax.h"

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Reads one expression of Lua 5.4 with the additions of expression.h. Throws SyntaxMistake.
class LuaParser {
 public:
  LuaParser(std::string_view text, std::size_t offset, Lexer::Closer closer);

  Syntax::Pointer parse_expression();
  /// The token not yet taken: at the end of an expression its closer.
  const Token& token() const { return token_; }
  Token take();
  /// Whether nothing was read since that token.
  bool is_behind(const Token& token) const { return last_end_ == token.offset + token.length; }
  bool take_if(std::string_view word);
  /// A name that is no keyword; `what` for the message.
  Token take_name(std::string_view what);
  void expect(std::string_view word, const Token& opening);
  /// Mistake unless the expression's end was reached.
  void expect_end();
  [[noreturn]] void fail(std::string message, std::string hint = {}) const;

 private:
  struct Depth;

  Syntax::Pointer parse_operators(int limit, bool filters = true);
  Syntax::Pointer parse_operand(bool filters);
  Syntax::Pointer parse_simple();
  Syntax::Pointer parse_suffixes(Syntax::Pointer left);
  Syntax::Pointer parse_filters(Syntax::Pointer left);
  Syntax::Pointer parse_test(Syntax::Pointer left);
  Syntax::Pointer parse_call(Syntax::Pointer callee, std::string method, const Token& place);
  Syntax::Pointer parse_table();
  void parse_field(Syntax& table);
  Syntax::Pointer parse_function(const Token& opening, Syntax::Pointer self);
  Syntax::Pointer parse_name();

  // lua_statements.cpp: the bodies of functions
  Syntax::Pointer parse_block();
  Syntax::Pointer parse_statement();
  Syntax::Pointer parse_if();
  Syntax::Pointer parse_for();
  Syntax::Pointer parse_local();
  Syntax::Pointer parse_assignment();
  void parse_list(Syntax& into);

  std::string_view text_;
  Lexer lexer_;
  Token token_;
  std::size_t last_end_ = 0;
  std::vector<std::string> locals_;
  int depth_ = 0;
};

/// Translates all of `chunk.text`, one expression, into `chunk.lua` as "return (…)". Throws SyntaxMistake.
void translate_expression(LuaChunk& chunk);

Syntax::Pointer raw_syntax(std::string lua, std::size_t offset = 0, std::size_t length = 0);

template <typename... Children>
Syntax::Pointer sequence_of(Children... children) {
  auto syntax = std::make_unique<Syntax>();
  (syntax->children.push_back(std::move(children)), ...);
  return syntax;
}

}  // namespace espresso

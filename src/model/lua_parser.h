#pragma once

#include "model/lua_lexer.h"
#include "model/lua_syntax.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Reads one expression of Lua 5.4 with the additions of expression.h. Throws SyntaxMistake.
class LuaParser {
 public:
  LuaParser(std::string_view text, std::size_t offset, Lexer::Closer closer);

  Syntax::Pointer parse_expression();
  /// Without `… if …` behind it: the list of a loop.
  Syntax::Pointer parse_unconditional() { return parse_operators(0); }
  /// `name(…)` of `value | name(…)`.
  Syntax::Pointer parse_filter(Syntax::Pointer left);
  Syntax::Pointer parse_filters(Syntax::Pointer left);
  /// `a, b` after its first, as a list.
  Syntax::Pointer parse_list_of(Syntax::Pointer first);
  /// Names that may be called although no function of the library has them: macros. Must outlive the parser.
  void allow(const std::set<std::string, std::less<>>* macros) { macros_ = macros; }
  /// In templates, what is empty is false, as in Jinja.
  Syntax::Pointer truth_of(Syntax::Pointer value) const;
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
  /// Lua's own limit of nested syntax is 200; each of our levels is at most one of its.
  struct Depth {
    explicit Depth(LuaParser& parser) : parser_(parser) {
      if (++parser_.depth_ > 150) parser_.fail("this is nested too deeply");
    }
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    LuaParser& parser_;
  };

  /// Before each operator, key, call or filter is laid upon what stands before it.
  void link();

  Syntax::Pointer parse_operators(int limit, bool filters = true);
  Syntax::Pointer parse_operand(bool filters);
  Syntax::Pointer parse_simple();
  Syntax::Pointer parse_suffixes(Syntax::Pointer left);
  Syntax::Pointer parse_test(Syntax::Pointer left);
  Syntax::Pointer parse_call(Syntax::Pointer callee, std::string method, const Token& place);
  Syntax::Pointer parse_method(Syntax::Pointer value, const Token& name);
  Syntax::Pointer parse_index(Syntax::Pointer value);
  Syntax::Pointer binary(std::string_view word, Syntax::Pointer left, Syntax::Pointer right) const;
  bool is_macro(const Syntax& callee) const;
  Token peek(int ahead = 1) const;  ///< a token behind the next one; `end` where there is none
  bool is_method_ahead() const;
  bool is_library(const Syntax& syntax) const;

  // lua_literals.cpp: lists, mappings, and the arguments of calls
  void parse_arguments(Syntax& call, std::string_view function);
  void place_named(Syntax& call, const struct FunctionEntry& function,
                   std::vector<std::pair<Token, Syntax::Pointer>> named);
  Syntax::Pointer parse_array();
  Syntax::Pointer parse_tuple(Syntax::Pointer first, const Token& opening);
  static Syntax::Pointer array_of(Syntax::Pointer items);
  Syntax::Pointer parse_mapping_entries(const Token& opening);
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
  const std::set<std::string, std::less<>>* macros_ = nullptr;
  bool is_template_ = false;
  int statements_ = 0;  ///< function bodies around the token: there, `if` begins a statement
  int depth_ = 0;
  int links_ = 0;
  int conditions_ = 0;
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

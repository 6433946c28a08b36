#include "model/lua_parser.h"

#include "model/lua_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

// `a + b + c` nests to the left without any bracket; what goes through it calls itself that often.
constexpr int max_links = 2000;
// Each is a function of Lua within the one before it.
constexpr int max_conditions = 25;

struct Operator {
  std::string_view word;
  int left;
  int right;
};

// Lua 5.4, 3.4.8. `|` is not among them: it is the filter, as in Jinja.
constexpr std::array operators = {
    Operator{"or", 1, 1},   Operator{"and", 2, 2}, Operator{"<", 3, 3},   Operator{">", 3, 3},   Operator{"<=", 3, 3},
    Operator{">=", 3, 3},   Operator{"~=", 3, 3},  Operator{"!=", 3, 3},  Operator{"==", 3, 3},  Operator{"in", 3, 3},
    Operator{"not", 3, 3},  Operator{"~", 5, 5},   Operator{"&", 6, 6},   Operator{"<<", 7, 7},  Operator{">>", 7, 7},
    Operator{"..", 9, 8},   Operator{"+", 10, 10}, Operator{"-", 10, 10}, Operator{"*", 11, 11}, Operator{"/", 11, 11},
    Operator{"//", 11, 11}, Operator{"%", 11, 11}, Operator{"^", 14, 13}, Operator{"**", 14, 13}};
constexpr int comparison_level = 3;
constexpr int unary_level = 12;

const Operator* find_operator(const Token& token) {
  const auto found =
      std::find_if(operators.begin(), operators.end(), [&](const Operator& op) { return token.is(op.word); });
  return found == operators.end() ? nullptr : &*found;
}

Syntax::Pointer call_of(std::string function, Syntax::Pointer a, Syntax::Pointer b = nullptr) {
  auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call});
  call->children.push_back(raw_syntax(std::move(function)));
  call->children.push_back(std::move(a));
  if (b) call->children.push_back(std::move(b));
  return call;
}

bool is_table(const Syntax& syntax) { return syntax.kind == Syntax::Kind::table || syntax.kind == Syntax::Kind::list; }

}  // namespace

Syntax::Pointer raw_syntax(std::string lua, std::size_t offset, std::size_t length) {
  return std::make_unique<Syntax>(
      Syntax{.kind = Syntax::Kind::raw, .text = std::move(lua), .offset = offset, .length = length, .start = offset});
}

LuaParser::LuaParser(std::string_view text, std::size_t offset, Lexer::Closer closer)
    : text_(text),
      lexer_(text, offset, closer),
      token_(lexer_.next()),
      is_template_(closer == Lexer::Closer::template_tag || closer == Lexer::Closer::template_braces) {}

Token LuaParser::peek(int ahead) const {
  Lexer lexer = lexer_;
  Token token;
  try {
    while (ahead-- > 0) token = lexer.next();
  } catch (const SyntaxMistake&) {
    return {};
  }
  return token;
}

void LuaParser::link() {
  if (++links_ > max_links) fail(fmt::format("this expression has more than {} operators, keys and calls", max_links));
}

Token LuaParser::take() {
  last_end_ = token_.offset + token_.length;
  Token next = token_.kind == Token::Kind::end ? token_ : lexer_.next();
  return std::exchange(token_, std::move(next));
}

bool LuaParser::take_if(std::string_view word) {
  if (!token_.is(word)) return false;
  take();
  return true;
}

Token LuaParser::take_name(std::string_view what) {
  if (token_.kind != Token::Kind::name || is_lua_keyword(token_.text)) fail(fmt::format("{} must be a name", what));
  if (token_.text.starts_with("__espresso") || token_.text == "_ENV") {
    fail(fmt::format("the name '{}' is reserved", token_.text));
  }
  return take();
}

void LuaParser::expect(std::string_view word, const Token& opening) {
  if (take_if(word)) return;
  if (token_.kind == Token::Kind::end) {
    throw SyntaxMistake{opening.offset, opening.length, fmt::format("this '{}' is never closed", opening.text),
                        fmt::format("add '{}'", word)};
  }
  fail(fmt::format("expected '{}' instead of '{}'", word, text_.substr(token_.offset, token_.length)));
}

void LuaParser::expect_end() {
  if (token_.kind == Token::Kind::end) return;
  if (token_.is("=")) fail("'=' does not compare", "write '=='");
  fail(fmt::format("'{}' is one too many here", text_.substr(token_.offset, token_.length)));
}

void LuaParser::fail(std::string message, std::string hint) const {
  throw SyntaxMistake{token_.offset, std::max<std::size_t>(1, token_.length), std::move(message), std::move(hint)};
}

Syntax::Pointer LuaParser::binary(std::string_view word, Syntax::Pointer left, Syntax::Pointer right) const {
  if (word == "~") return call_of("__espresso_concat", std::move(left), std::move(right));
  if (word == "**") return call_of("__espresso_power", std::move(left), std::move(right));
  if (word == "in") return call_of("__espresso_in", std::move(left), std::move(right));
  if (word == "not in")
    return sequence_of(raw_syntax("not "), call_of("__espresso_in", std::move(left), std::move(right)));
  if (word == "or" || word == "and") {
    auto syntax = std::make_unique<Syntax>(
        Syntax{.kind = word == "or" ? Syntax::Kind::binary_or : Syntax::Kind::binary_and, .start = left->start});
    if (word == "or") make_optional(*left);
    syntax->children.push_back(truth_of(std::move(left)));
    syntax->children.push_back(std::move(right));
    return syntax;
  }
  if (word == "==" && (is_table(*left) || is_table(*right)))
    return call_of("__espresso_equal", std::move(left), std::move(right));
  if ((word == "~=" || word == "!=") && (is_table(*left) || is_table(*right))) {
    return sequence_of(raw_syntax("not "), call_of("__espresso_equal", std::move(left), std::move(right)));
  }
  return sequence_of(std::move(left), raw_syntax(fmt::format(" {} ", word == "!=" ? "~=" : word)), std::move(right));
}

Syntax::Pointer LuaParser::truth_of(Syntax::Pointer value) const {
  if (!is_template_) return value;
  auto truth = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::truth, .start = value->start});
  truth->children.push_back(std::move(value));
  return truth;
}

// `a if c else b`; without else, null.
Syntax::Pointer LuaParser::parse_expression() {
  auto value = parse_operators(0);
  if (statements_ > 0 || !token_.is("if")) return value;
  if (++conditions_ > max_conditions) fail(fmt::format("this is more than {} choices", max_conditions));
  take();
  auto condition = truth_of(parse_operators(0));
  auto otherwise = take_if("else") ? parse_expression() : raw_syntax("nil");
  // A function, so that only one of the two is evaluated; in parentheses, so that its place is not lost.
  return sequence_of(raw_syntax("(function() if "), std::move(condition), raw_syntax(" then return ("),
                     std::move(value), raw_syntax(") else return ("), std::move(otherwise), raw_syntax(") end end)()"));
}

Syntax::Pointer LuaParser::parse_operators(int limit, bool filters) {
  const Depth depth(*this);
  Syntax::Pointer left = parse_operand(filters);
  while (const Operator* op = find_operator(token_)) {
    if (op->left <= limit) break;
    link();
    const Token word = take();
    std::string name = word.text;
    if (name == "not") {
      expect("in", word);
      name = "not in";
    }
    left = binary(name, std::move(left), parse_operators(op->right, filters));
  }
  return left;
}

Syntax::Pointer LuaParser::parse_operand(bool filters) {
  if (token_.is("not")) {
    take();
    Syntax::Pointer operand = parse_operators(unary_level, filters);
    // `not x in y` would be `(not x) in y` by Lua's rules, which nobody means.
    while (token_.is("in") || token_.is("not")) {
      link();
      const Token word = take();
      if (word.text == "not") expect("in", word);
      operand =
          binary(word.text == "in" ? "in" : "not in", std::move(operand), parse_operators(comparison_level, filters));
    }
    return sequence_of(raw_syntax("not "), truth_of(std::move(operand)));
  }
  if (token_.is("-") || token_.is("#") || token_.is("~")) {
    const Token word = take();
    // As in Jinja, `-x | abs` is `abs(-x)`.
    auto syntax = sequence_of(raw_syntax(word.text + " "), parse_operators(unary_level, false));
    return filters ? parse_filters(std::move(syntax)) : std::move(syntax);
  }
  Syntax::Pointer simple = parse_simple();
  return filters ? parse_filters(std::move(simple)) : std::move(simple);
}

Syntax::Pointer LuaParser::parse_simple() {
  const Token first = token_;
  const auto constant = [&](std::string lua) {
    take();
    return raw_syntax(std::move(lua), first.offset, first.length);
  };
  if (first.kind == Token::Kind::number) return constant(first.text);
  if (first.kind == Token::Kind::string) return parse_suffixes(constant("(" + lua_string(first.text) + ")"));
  if (first.is("true") || first.is("True")) return constant("true");
  if (first.is("false") || first.is("False")) return constant("false");
  if (first.is("nil") || first.is("null") || first.is("none") || first.is("None")) return constant("nil");
  if (first.is("{")) return parse_suffixes(parse_table());
  if (first.is("[")) return parse_suffixes(parse_array());
  if (first.is("function")) {
    take();
    return parse_function(first, nullptr);
  }
  if (first.is("(")) {
    take();
    auto paren = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::paren, .start = first.offset});
    paren->children.push_back(parse_expression());
    if (token_.is(",")) return parse_suffixes(parse_tuple(std::move(paren->children[0]), first));
    expect(")", first);
    paren->offset = first.offset;
    paren->length = last_end_ - first.offset;
    return parse_suffixes(std::move(paren));
  }
  if (first.kind == Token::Kind::name && !is_lua_keyword(first.text)) return parse_suffixes(parse_name());
  if (first.kind == Token::Kind::end)
    fail(first.offset == 0 ? "there is no expression" : "the expression ends too early");
  fail(fmt::format("'{}' cannot begin a value", text_.substr(first.offset, first.length)));
}

Syntax::Pointer LuaParser::parse_name() {
  const Token name = take_name("a variable");
  const bool local = std::find(locals_.begin(), locals_.end(), name.text) != locals_.end();
  const bool called = token_.is("(") || token_.is("{") || token_.kind == Token::Kind::string;
  const bool is_known = is_expression_function(name.text) || (macros_ && macros_->contains(name.text));
  if (!local && called && !is_known) {
    throw SyntaxMistake{name.offset, name.length, fmt::format("no function '{}'", name.text),
                        did_you_mean(name.text, expression_function_names())};
  }
  return std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::name,
                                         .text = name.text,
                                         .offset = name.offset,
                                         .length = name.length,
                                         .start = name.offset,
                                         .local = local});
}

// `name: (`, as opposed to the colon of a mapping or a slice.
bool LuaParser::is_method_ahead() const {
  const Token after = peek(2);
  return peek().kind == Token::Kind::name && (after.is("(") || after.is("{") || after.kind == Token::Kind::string);
}

bool LuaParser::is_library(const Syntax& syntax) const {
  return syntax.kind == Syntax::Kind::name && (syntax.local || syntax.text == "string" || syntax.text == "table" ||
                                               syntax.text == "math" || syntax.text == "utf8");
}

bool LuaParser::is_macro(const Syntax& callee) const {
  return callee.kind != Syntax::Kind::name || callee.local || (macros_ && macros_->contains(callee.text));
}

Syntax::Pointer LuaParser::parse_suffixes(Syntax::Pointer left) {
  const Depth depth(*this);
  for (;;) {
    const Token word = token_;
    if (word.kind == Token::Kind::string || word.is("{") || word.is("(")) {
      if (left->kind == Syntax::Kind::raw || left->kind == Syntax::Kind::table || left->kind == Syntax::Kind::list)
        return left;
      link();
      left = parse_call(std::move(left), {}, word);
    } else if (word.is(".") && peek(2).is("(") && !is_library(*left)) {
      link();
      take();
      const Token name = token_;
      if (name.kind != Token::Kind::name) fail("a key must follow '.'");
      take();
      left = parse_method(std::move(left), name);
    } else if (word.is(".") || word.is("[")) {
      link();
      left = parse_index(std::move(left));
    } else if (word.is(":") && is_method_ahead()) {
      link();
      take();
      const Token method = take_name("a method");
      left = parse_call(std::move(left), method.text, method);
    } else {
      return left;
    }
  }
}

// `value.name(…)`; of a loop, `cycle` and `changed` stand for functions (lua_rendering.cpp).
Syntax::Pointer LuaParser::parse_method(Syntax::Pointer value, const Token& name) {
  auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = value->start});
  const bool is_loop = is_template_ && value->kind == Syntax::Kind::name && value->text == "loop" && !value->local;
  if (is_loop && (name.text == "cycle" || name.text == "changed")) {
    call->children.push_back(raw_syntax("__espresso_" + name.text, name.offset, name.length));
    call->children.push_back(std::move(value));
    if (name.text == "changed") call->children.push_back(raw_syntax("__espresso_xs"));
  } else {
    call->children.push_back(raw_syntax("__espresso_method", name.offset, name.length));
    call->children.push_back(std::move(value));
    call->children.push_back(raw_syntax(lua_string(name.text)));
  }
  parse_arguments(*call, {});
  return call;
}

Syntax::Pointer LuaParser::parse_index(Syntax::Pointer value) {
  const Token opening = take();
  auto index = std::make_unique<Syntax>(
      Syntax{.kind = Syntax::Kind::index, .offset = token_.offset, .length = token_.length, .start = value->start});
  index->path_end = opening.offset;
  index->children.push_back(std::move(value));
  if (opening.text == ".") {
    if (token_.kind != Token::Kind::name) fail("a key must follow '.'");
    index->text = take().text;
    index->children.push_back(raw_syntax(lua_string(index->text)));
    return index;
  }
  const Token key = token_;
  auto first = token_.is(":") ? raw_syntax("nil") : parse_expression();
  if (token_.is(":")) {  // a slice
    auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = index->start});
    call->children.push_back(raw_syntax("__espresso_slice", opening.offset, 1));
    call->children.push_back(std::move(index->children[0]));
    call->children.push_back(std::move(first));
    while (call->children.size() < 5 && take_if(":"))
      call->children.push_back(token_.is(":") || token_.is("]") ? raw_syntax("nil") : parse_expression());
    expect("]", opening);
    return call;
  }
  index->children.push_back(std::move(first));
  index->length = last_end_ - index->offset;
  if (key.kind == Token::Kind::string && key.length == index->length) index->text = key.text;
  expect("]", opening);
  return index;
}

Syntax::Pointer LuaParser::parse_call(Syntax::Pointer callee, std::string method, const Token& place) {
  const Depth depth(*this);
  const bool macro = !method.empty() || is_macro(*callee);
  const std::string function = macro ? "" : callee->text;
  auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call,
                                              .text = std::move(method),
                                              .offset = place.offset,
                                              .length = place.length,
                                              .start = callee->start});
  call->children.push_back(std::move(callee));
  if (token_.kind == Token::Kind::string) {
    const Token argument = take();
    call->children.push_back(raw_syntax(lua_string(argument.text), argument.offset, argument.length));
  } else if (token_.is("{")) {
    call->children.push_back(parse_table());
  } else {
    parse_arguments(*call, function);
  }
  if (function == "default" && call->children.size() > 1) make_optional(*call->children[1]);
  return call;
}

void translate_expression(LuaChunk& chunk) {
  LuaParser parser(chunk.text, 0, Lexer::Closer::none);
  LuaWriter writer(chunk);
  writer.raw("return (");
  const Syntax::Pointer syntax = parser.parse_expression();
  parser.expect_end();
  writer.write(*syntax);
  writer.raw(")");
}

}  // namespace espresso

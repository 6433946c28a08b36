#include "model/lua_parser.h"

#include "model/lua_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

// Lua's own limit of nested syntax is 200; each of our levels is at most one of its.
constexpr int max_depth = 150;

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
    Operator{"//", 11, 11}, Operator{"%", 11, 11}, Operator{"^", 14, 13}};
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

Syntax::Pointer binary(std::string_view word, Syntax::Pointer left, Syntax::Pointer right) {
  if (word == "in") return call_of("__espresso_in", std::move(left), std::move(right));
  if (word == "not in")
    return sequence_of(raw_syntax("not "), call_of("__espresso_in", std::move(left), std::move(right)));
  if (word == "or" || word == "and") {
    auto syntax = std::make_unique<Syntax>(
        Syntax{.kind = word == "or" ? Syntax::Kind::binary_or : Syntax::Kind::binary_and, .start = left->start});
    if (word == "or") make_optional(*left);
    syntax->children.push_back(std::move(left));
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

}  // namespace

Syntax::Pointer raw_syntax(std::string lua, std::size_t offset, std::size_t length) {
  return std::make_unique<Syntax>(
      Syntax{.kind = Syntax::Kind::raw, .text = std::move(lua), .offset = offset, .length = length, .start = offset});
}

struct LuaParser::Depth {
  explicit Depth(LuaParser& parser) : parser_(parser) {
    if (++parser_.depth_ > max_depth) parser_.fail("this is nested too deeply");
  }
  ~Depth() { --parser_.depth_; }
  LuaParser& parser_;
};

LuaParser::LuaParser(std::string_view text, std::size_t offset, Lexer::Closer closer)
    : text_(text), lexer_(text, offset, closer), token_(lexer_.next()) {}

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

Syntax::Pointer LuaParser::parse_expression() { return parse_operators(0); }

Syntax::Pointer LuaParser::parse_operators(int limit, bool filters) {
  const Depth depth(*this);
  Syntax::Pointer left = parse_operand(filters);
  while (const Operator* op = find_operator(token_)) {
    if (op->left <= limit) break;
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
      const Token word = take();
      if (word.text == "not") expect("in", word);
      operand =
          binary(word.text == "in" ? "in" : "not in", std::move(operand), parse_operators(comparison_level, filters));
    }
    return sequence_of(raw_syntax("not "), std::move(operand));
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
  if (first.is("{")) return parse_table();
  if (first.is("[")) fail("'[' cannot begin a value", "write a list as {1, 2}");
  if (first.is("function")) {
    take();
    return parse_function(first, nullptr);
  }
  if (first.is("(")) {
    take();
    auto paren = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::paren, .start = first.offset});
    paren->children.push_back(parse_expression());
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
  if (!local && called && !is_expression_function(name.text)) {
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

Syntax::Pointer LuaParser::parse_suffixes(Syntax::Pointer left) {
  for (;;) {
    const Token word = token_;
    if (word.kind == Token::Kind::string || word.is("{") || word.is("(")) {
      if (left->kind == Syntax::Kind::raw) return left;
      left = parse_call(std::move(left), {}, word);
    } else if (word.is(".") || word.is("[")) {
      take();
      auto index = std::make_unique<Syntax>(
          Syntax{.kind = Syntax::Kind::index, .offset = token_.offset, .length = token_.length, .start = left->start});
      index->path_end = word.offset;
      index->children.push_back(std::move(left));
      if (word.text == ".") {
        if (token_.kind != Token::Kind::name) fail("a key must follow '.'");
        index->text = take().text;
        index->children.push_back(raw_syntax(lua_string(index->text)));
      } else {
        const Token key = token_;
        index->children.push_back(parse_expression());
        index->length = last_end_ - index->offset;
        if (key.kind == Token::Kind::string && key.length == index->length) index->text = key.text;
        expect("]", word);
      }
      left = std::move(index);
    } else if (word.is(":")) {
      take();
      const Token method = take_name("a method");
      if (token_.kind != Token::Kind::string && !token_.is("{") && !token_.is("("))
        fail("'(' must follow a method's name");
      left = parse_call(std::move(left), method.text, method);
    } else {
      return left;
    }
  }
}

Syntax::Pointer LuaParser::parse_call(Syntax::Pointer callee, std::string method, const Token& place) {
  const Depth depth(*this);
  auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call,
                                              .text = std::move(method),
                                              .offset = place.offset,
                                              .length = place.length,
                                              .start = callee->start});
  const bool defaults = callee->kind == Syntax::Kind::name && callee->text == "default" && !callee->local;
  call->children.push_back(std::move(callee));
  if (token_.kind == Token::Kind::string) {
    const Token argument = take();
    call->children.push_back(raw_syntax(lua_string(argument.text), argument.offset, argument.length));
  } else if (token_.is("{")) {
    call->children.push_back(parse_table());
  } else {
    const Token opening = take();
    if (!token_.is(")")) parse_list(*call);
    expect(")", opening);
  }
  if (defaults && call->children.size() > 1) make_optional(*call->children[1]);
  return call;
}

Syntax::Pointer LuaParser::parse_filters(Syntax::Pointer left) {
  for (;;) {
    if (token_.is("is")) {
      left = parse_test(std::move(left));
      continue;
    }
    if (!take_if("|")) return left;
    const Token name = take_name("a filter");
    const bool local = std::find(locals_.begin(), locals_.end(), name.text) != locals_.end();
    if (!local && !is_expression_function(name.text)) {
      throw SyntaxMistake{name.offset, name.length, fmt::format("no function '{}'", name.text),
                          did_you_mean(name.text, expression_function_names())};
    }
    auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = left->start});
    if (name.text == "default" && !local) make_optional(*left);
    call->children.push_back(raw_syntax(local ? name.text : "__espresso_f." + name.text, name.offset, name.length));
    call->children.push_back(std::move(left));
    if (token_.is("(")) {
      const Token opening = take();
      if (!token_.is(")")) parse_list(*call);
      expect(")", opening);
    }
    left = std::move(call);
  }
}

Syntax::Pointer LuaParser::parse_test(Syntax::Pointer left) {
  static const std::vector<std::string> tests = {"defined", "undefined", "none",     "null", "string", "number",
                                                 "boolean", "list",      "sequence", "map",  "mapping"};
  take();
  const bool negated = take_if("not");
  if (token_.kind != Token::Kind::name || std::find(tests.begin(), tests.end(), token_.text) == tests.end()) {
    fail(fmt::format("'is' knows no test '{}'", text_.substr(token_.offset, token_.length)),
         did_you_mean(token_.text, tests));
  }
  const std::string test = take().text;
  const bool existence = test == "defined" || test == "undefined";
  if (existence) make_optional(*left);
  auto call = existence ? call_of("__espresso_defined", std::move(left))
                        : call_of("__espresso_is", std::move(left), raw_syntax(lua_string(test)));
  return negated != (test == "undefined") ? sequence_of(raw_syntax("not "), std::move(call)) : std::move(call);
}

void LuaParser::parse_field(Syntax& table) {
  const Token first = token_;
  if (take_if("[")) {
    auto key = parse_expression();
    expect("]", first);
    if (!take_if("=")) fail("'=' must follow a key");
    table.kind = Syntax::Kind::table;
    table.children.push_back(sequence_of(raw_syntax("["), std::move(key), raw_syntax("] = "), parse_expression()));
    return;
  }
  auto value = parse_expression();
  if (value->kind == Syntax::Kind::name && take_if("=")) {
    table.kind = Syntax::Kind::table;
    value = sequence_of(raw_syntax(value->text + " = "), parse_expression());
  }
  table.children.push_back(std::move(value));
}

Syntax::Pointer LuaParser::parse_table() {
  const Depth depth(*this);
  const Token opening = take();
  auto table = std::make_unique<Syntax>(
      Syntax{.kind = Syntax::Kind::list, .offset = opening.offset, .length = 1, .start = opening.offset});
  while (!token_.is("}")) {
    parse_field(*table);
    if (!take_if(",") && !take_if(";")) break;
  }
  expect("}", opening);
  table->length = last_end_ - opening.offset;
  // Items that are null keep their place only when the list is built by a call; a call takes some 250 of them.
  if (table->children.empty() || table->children.size() > 100) table->kind = Syntax::Kind::table;
  return table;
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

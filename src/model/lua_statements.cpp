#include "model/lua_parser.h"

#include <fmt/format.h>

#include <algorithm>

// The bodies of functions inside expressions: Lua's statements, without goto and without assignment to globals.

namespace espresso {

namespace {

void add(Syntax& into, Syntax::Pointer child) { into.children.push_back(std::move(child)); }
void add(Syntax& into, std::string lua) { into.children.push_back(raw_syntax(std::move(lua))); }

}  // namespace

Syntax::Pointer LuaParser::parse_function(const Token& opening, Syntax::Pointer self) {
  auto function = std::make_unique<Syntax>();
  const std::size_t outer = locals_.size();
  if (!token_.is("(")) fail("'(' must follow 'function'");
  const Token parenthesis = take();
  std::string parameters;
  while (!token_.is(")")) {
    locals_.push_back(take_name("a parameter").text);
    parameters += (parameters.empty() ? "" : ", ") + locals_.back();
    if (!take_if(",")) break;
  }
  expect(")", parenthesis);
  if (self) add(*function, std::move(self));
  add(*function, fmt::format("function({}) ", parameters));
  add(*function, parse_block());
  expect("end", opening);
  add(*function, " end");
  locals_.resize(outer);
  return function;
}

Syntax::Pointer LuaParser::parse_block() {
  ++statements_;
  const std::size_t outer = locals_.size();
  auto block = std::make_unique<Syntax>();
  const auto ends = [&] {
    return token_.kind == Token::Kind::end || token_.is("end") || token_.is("else") || token_.is("elseif") ||
           token_.is("until");
  };
  while (!ends()) {
    const bool last = token_.is("return");
    add(*block, parse_statement());
    add(*block, "; ");
    if (last) {
      if (!ends()) fail("'return' must be the last statement of its block");
      break;
    }
  }
  locals_.resize(outer);
  --statements_;
  return block;
}

Syntax::Pointer LuaParser::parse_statement() {
  if (++depth_ > 100) fail("this is nested too deeply");
  Syntax::Pointer statement;
  const Token word = token_;
  if (take_if(";")) {
    statement = raw_syntax("");
  } else if (word.is("if")) {
    statement = parse_if();
  } else if (word.is("for")) {
    statement = parse_for();
  } else if (word.is("local")) {
    statement = parse_local();
  } else if (take_if("while")) {
    auto condition = parse_expression();
    expect("do", word);
    auto body = parse_block();
    expect("end", word);
    statement = sequence_of(raw_syntax("while "), std::move(condition), raw_syntax(" do "), std::move(body),
                            raw_syntax(" end"));
  } else if (take_if("repeat")) {
    auto body = parse_block();
    expect("until", word);
    statement = sequence_of(raw_syntax("repeat "), std::move(body), raw_syntax(" until "), parse_expression());
  } else if (take_if("do")) {
    auto body = parse_block();
    expect("end", word);
    statement = sequence_of(raw_syntax("do "), std::move(body), raw_syntax(" end"));
  } else if (take_if("break")) {
    statement = raw_syntax("break");
  } else if (take_if("return")) {
    auto values = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::paren});
    if (!token_.is("end") && !token_.is(";") && !token_.is("else") && !token_.is("elseif") && !token_.is("until")) {
      values->children.push_back(parse_expression());
      if (token_.is(",")) fail("a function returns one value here", "return a list: {a, b}");
    } else {
      values->children.push_back(raw_syntax("nil"));
    }
    take_if(";");
    statement = sequence_of(raw_syntax("return "), std::move(values));
  } else {
    statement = parse_assignment();
  }
  --depth_;
  return statement;
}

Syntax::Pointer LuaParser::parse_if() {
  auto statement = std::make_unique<Syntax>();
  const Token opening = take();
  add(*statement, "if ");
  for (;;) {
    add(*statement, parse_expression());
    expect("then", opening);
    add(*statement, " then ");
    add(*statement, parse_block());
    if (!take_if("elseif")) break;
    link();
    add(*statement, " elseif ");
  }
  if (take_if("else")) {
    add(*statement, " else ");
    add(*statement, parse_block());
  }
  expect("end", opening);
  add(*statement, " end");
  return statement;
}

Syntax::Pointer LuaParser::parse_for() {
  auto statement = std::make_unique<Syntax>();
  const Token opening = take();
  std::vector<std::string> names;
  do {
    names.push_back(take_name("a loop variable").text);
  } while (take_if(","));
  add(*statement, fmt::format("for {}", fmt::join(names, ", ")));
  const bool counts = names.size() == 1 && take_if("=");
  if (!counts && !take_if("in")) fail("'in' must follow the loop variables");
  add(*statement, counts ? " = " : " in ");
  for (bool first = true; first || take_if(","); first = false) {
    if (!first) add(*statement, ", ");
    add(*statement, parse_expression());
  }
  expect("do", opening);
  add(*statement, " do ");
  const std::size_t outer = locals_.size();
  locals_.insert(locals_.end(), names.begin(), names.end());
  add(*statement, parse_block());
  locals_.resize(outer);
  expect("end", opening);
  add(*statement, " end");
  return statement;
}

Syntax::Pointer LuaParser::parse_local() {
  take();
  const Token word = token_;
  if (take_if("function")) {
    const std::string name = take_name("a function").text;
    locals_.push_back(name);
    return parse_function(word, raw_syntax(fmt::format("local {0}; {0} = ", name)));
  }
  std::vector<std::string> names;
  do {
    names.push_back(take_name("a variable").text);
  } while (take_if(","));
  auto statement = sequence_of(raw_syntax(fmt::format("local {}", fmt::join(names, ", "))));
  for (bool more = take_if("="), first = true; more; more = take_if(","), first = false) {
    add(*statement, first ? " = " : ", ");
    add(*statement, parse_expression());
  }
  locals_.insert(locals_.end(), names.begin(), names.end());  // not yet visible in their own values
  return statement;
}

Syntax::Pointer LuaParser::parse_assignment() {
  const Token first = token_;
  if (first.kind != Token::Kind::name && !first.is("(")) {
    fail(fmt::format("'{}' cannot begin a statement", text_.substr(first.offset, first.length)));
  }
  auto target = parse_simple();
  if (target->kind == Syntax::Kind::call) return target;
  auto statement = std::make_unique<Syntax>();
  for (;;) {
    if (target->kind == Syntax::Kind::name && !target->local) {
      throw SyntaxMistake{target->offset, target->length, fmt::format("'{}' is not a local variable", target->text),
                          fmt::format("write 'local {}' where it is first set", target->text)};
    }
    if (target->kind != Syntax::Kind::name && target->kind != Syntax::Kind::index) {
      throw SyntaxMistake{first.offset, first.length, "this is neither a call nor an assignment"};
    }
    add(*statement, std::move(target));
    if (!take_if(",")) break;
    add(*statement, ", ");
    target = parse_simple();
  }
  if (!take_if("=")) {
    throw SyntaxMistake{first.offset, first.length, "this is neither a call nor an assignment"};
  }
  add(*statement, " = ");
  for (bool more = true; more; more = take_if(",")) {
    if (statement->children.back()->text != " = ") add(*statement, ", ");
    add(*statement, parse_expression());
  }
  return statement;
}

}  // namespace espresso

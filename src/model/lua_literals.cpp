#include "model/lua_parser.h"

#include "core/diagnostic.h"
#include "model/lua_functions.h"

#include <fmt/format.h>

#include <algorithm>

// Lists, mappings, and the arguments of calls.

namespace espresso {

namespace {

// What one call of Lua's takes is some 250 values.
constexpr std::size_t max_call = 200;

bool is_variadic(const FunctionEntry& function) {
  return std::string_view(function.signature).find("…") != std::string_view::npos;
}

}  // namespace

void LuaParser::parse_list(Syntax& into) {
  do {
    into.children.push_back(parse_expression());
  } while (take_if(","));
}

// `(a, b, key=c)`. `function`: the library's, or empty when only the call itself will know the names.
void LuaParser::parse_arguments(Syntax& call, std::string_view function) {
  const Depth depth(*this);
  const Token opening = take();
  std::vector<std::pair<Token, Syntax::Pointer>> named;
  while (!token_.is(")")) {
    if (token_.kind == Token::Kind::name && peek().is("=")) {
      Token name = take();
      take();
      if (std::any_of(named.begin(), named.end(), [&](const auto& one) { return one.first.text == name.text; }))
        throw SyntaxMistake{name.offset, name.length, fmt::format("'{}' is given twice", name.text)};
      auto value = parse_expression();
      named.emplace_back(std::move(name), std::move(value));
    } else {
      if (!named.empty() && token_.kind != Token::Kind::end) fail("what has no name must come before what has one");
      call.children.push_back(parse_expression());
    }
    if (!take_if(",")) break;
  }
  expect(")", opening);
  if (named.empty()) return;
  const FunctionEntry* entry = function.empty() ? nullptr : find_function(function);
  if (entry && function != "dict" && function != "namespace") return place_named(call, *entry, std::move(named));
  auto table = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::table});
  auto map = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call});
  map->children.push_back(raw_syntax("__espresso_map"));
  map->children.push_back(raw_syntax(lua_string(named_arguments)));
  map->children.push_back(raw_syntax("true"));
  for (auto& [name, value] : named) {
    if (function == "namespace") {
      table->children.push_back(sequence_of(raw_syntax("[" + lua_string(name.text) + "] = "), std::move(value)));
    } else {
      map->children.push_back(raw_syntax(lua_string(name.text)));
      map->children.push_back(std::move(value));
    }
  }
  call.children.push_back(function == "namespace" ? std::move(table) : std::move(map));
}

// To their places among the arguments, or behind them when a function takes any number of those.
void LuaParser::place_named(Syntax& call, const FunctionEntry& function,
                            std::vector<std::pair<Token, Syntax::Pointer>> named) {
  const bool by_attribute = std::string_view(function.name) == "map" && named.front().first.text == "attribute";
  const FunctionEntry& called = by_attribute ? *find_function("map_attribute") : function;
  if (by_attribute) {
    auto& callee = *call.children[0];
    callee = Syntax{.kind = Syntax::Kind::raw,
                    .text = "__espresso_f.map_attribute",
                    .offset = callee.offset,
                    .length = callee.length,
                    .start = callee.start};
  }
  const auto& names = parameters_of(called);
  auto rest = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call});
  rest->children.push_back(raw_syntax("__espresso_map"));
  rest->children.push_back(raw_syntax(lua_string(named_arguments)));
  rest->children.push_back(raw_syntax("true"));
  for (auto& [name, value] : named) {
    const auto found = std::find(names.begin(), names.end(), name.text);
    if (found == names.end())
      throw SyntaxMistake{name.offset, name.length, fmt::format("'{}' has no argument '{}'", called.name, name.text),
                          did_you_mean(name.text, names)};
    if (is_variadic(called)) {
      rest->children.push_back(raw_syntax(lua_string(name.text)));
      rest->children.push_back(std::move(value));
      continue;
    }
    const auto place = static_cast<std::size_t>(found - names.begin()) + 1;
    if (place < call.children.size() &&
        !(call.children[place]->kind == Syntax::Kind::raw && call.children[place]->text == "nil"))
      throw SyntaxMistake{name.offset, name.length, fmt::format("'{}' is given twice", name.text)};
    while (call.children.size() <= place) call.children.push_back(raw_syntax("nil"));
    call.children[place] = std::move(value);
  }
  if (rest->children.size() > 3) call.children.push_back(std::move(rest));
}

// `[a, b]`
Syntax::Pointer LuaParser::parse_array() {
  const Depth depth(*this);
  const Token opening = take();
  auto items = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = opening.offset});
  items->children.push_back(raw_syntax("__espresso_array", opening.offset, 1));
  while (!token_.is("]")) {
    items->children.push_back(parse_expression());
    if (!take_if(",")) break;
  }
  expect("]", opening);
  return array_of(std::move(items));
}

// `(a, b)`: the first is read.
Syntax::Pointer LuaParser::parse_tuple(Syntax::Pointer first, const Token& opening) {
  auto items = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = opening.offset});
  items->children.push_back(raw_syntax("__espresso_array", opening.offset, 1));
  items->children.push_back(std::move(first));
  while (take_if(",") && !token_.is(")")) items->children.push_back(parse_expression());
  expect(")", opening);
  return array_of(std::move(items));
}

Syntax::Pointer LuaParser::parse_list_of(Syntax::Pointer first) {
  auto items = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = first->start});
  items->children.push_back(raw_syntax("__espresso_array"));
  items->children.push_back(std::move(first));
  while (take_if(",")) items->children.push_back(parse_expression());
  return array_of(std::move(items));
}

Syntax::Pointer LuaParser::array_of(Syntax::Pointer items) {
  if (items->children.size() <= max_call) return items;
  auto table = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::table});
  for (std::size_t i = 1; i < items->children.size(); ++i) table->children.push_back(std::move(items->children[i]));
  items->children.resize(1);
  items->children[0]->text = "__espresso_table";
  items->children.push_back(std::move(table));
  return items;
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

// Lua's `{1, 2}` and `{key = 1}`, and Jinja's `{'key': 1}`.
Syntax::Pointer LuaParser::parse_table() {
  const Depth depth(*this);
  const Token opening = take();
  const bool is_mapping = (token_.kind == Token::Kind::string || token_.kind == Token::Kind::number) && peek().is(":");
  if (is_mapping) return parse_mapping_entries(opening);
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

Syntax::Pointer LuaParser::parse_mapping_entries(const Token& opening) {
  auto map = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = opening.offset});
  map->children.push_back(raw_syntax("__espresso_map", opening.offset, 1));
  while (!token_.is("}")) {
    const Token key = take();
    const bool is_key = key.kind == Token::Kind::string || key.kind == Token::Kind::number;
    if (!is_key || !take_if(":")) throw SyntaxMistake{key.offset, key.length, "a key of a mapping is a text, then ':'"};
    map->children.push_back(raw_syntax(lua_string(key.text)));
    map->children.push_back(parse_expression());
    if (map->children.size() > max_call) fail("a mapping written here has at most 100 entries");
    if (!take_if(",")) break;
  }
  expect("}", opening);
  return map;
}

}  // namespace espresso

#include "model/lua_parser.h"

#include "core/diagnostic.h"
#include "model/lua_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

// `x | f(y)` and `x is defined`.

namespace espresso {

Syntax::Pointer LuaParser::parse_filters(Syntax::Pointer left) {
  for (;;) {
    if (!token_.is("is") && !token_.is("|")) return left;
    link();
    if (token_.is("is"))
      left = parse_test(std::move(left));
    else if (take_if("|"))
      left = parse_filter(std::move(left));
  }
}

Syntax::Pointer LuaParser::parse_filter(Syntax::Pointer left) {
  static const std::map<std::string, std::string, std::less<>> aliases = {{"d", "default"}, {"e", "escape"}};
  const Depth depth(*this);
  const Token name = take_name("a filter");
  const auto alias = aliases.find(name.text);
  const std::string function = alias == aliases.end() ? name.text : alias->second;
  const bool local = std::find(locals_.begin(), locals_.end(), name.text) != locals_.end();
  if (!local && !is_expression_function(function)) {
    throw SyntaxMistake{name.offset, name.length, fmt::format("no function '{}'", name.text),
                        did_you_mean(name.text, expression_function_names())};
  }
  auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = left->start});
  if ((function == "default" || function == "mandatory") && !local) make_optional(*left);
  call->children.push_back(raw_syntax(local ? name.text : "__espresso_f." + function, name.offset, name.length));
  call->children.push_back(std::move(left));
  if (token_.is("(")) parse_arguments(*call, local ? "" : function);
  return call;
}

Syntax::Pointer LuaParser::parse_test(Syntax::Pointer left) {
  static const std::set<std::string, std::less<>> with_argument = {
      "contains", "divisibleby", "eq", "equalto", "ge",     "greaterthan", "gt",     "in",       "le",     "lessthan",
      "lt",       "match",       "ne", "regex",   "sameas", "search",      "subset", "superset", "version"};
  const Token is = take();
  const bool negated = take_if("not");
  const auto& tests = test_names();
  if (token_.kind != Token::Kind::name || std::find(tests.begin(), tests.end(), token_.text) == tests.end()) {
    fail(fmt::format("'is' knows no test '{}'", text_.substr(token_.offset, token_.length)),
         did_you_mean(token_.text, tests));
  }
  const std::string test = take().text;
  const bool existence = test == "defined" || test == "undefined";
  if (existence) make_optional(*left);
  auto call = std::make_unique<Syntax>(Syntax{.kind = Syntax::Kind::call, .start = left->start});
  call->children.push_back(raw_syntax(existence ? "__espresso_defined" : "__espresso_is"));
  call->children.push_back(std::move(left));
  if (!existence) call->children.push_back(raw_syntax(lua_string(test)));
  call->children[0]->offset = is.offset;
  call->children[0]->length = last_end_ - is.offset;
  if (token_.is("(") && (with_argument.contains(test) || existence))
    parse_arguments(*call, {});
  else if (with_argument.contains(test))
    call->children.push_back(parse_simple());
  return negated != (test == "undefined") ? sequence_of(raw_syntax("not "), std::move(call)) : std::move(call);
}

}  // namespace espresso

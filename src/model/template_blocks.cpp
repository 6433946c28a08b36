#include "core/text.h"
#include "model/template_translator.h"

#include <fmt/format.h>

#include <algorithm>

// What each tag becomes in Lua; the functions that it calls are in lua_rendering.cpp and lua_macros.cpp.

namespace espresso {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// `mapping.items()` as in Python: with two names that is what a mapping does by itself.
void unwrap_items(Syntax::Pointer& items) {
  const bool is_method = items->kind == Syntax::Kind::call && items->children.size() == 3 &&
                         items->children[0]->text == "__espresso_method" && items->children[2]->text == "\"items\"";
  if (!is_method) return;
  auto mapping = std::move(items->children[1]);
  items = std::move(mapping);
}

}  // namespace

void TemplateTranslator::begin_loop(LuaParser& parser) {
  std::vector<std::string> names;
  const Token opening = parser.token();
  const bool in_parentheses = parser.take_if("(");
  do {
    names.push_back(lua_string(parser.take_name("a loop variable").text));
  } while (parser.take_if(","));
  if (in_parentheses) parser.expect(")", opening);
  if (!parser.take_if("in")) parser.fail("'in' must follow the loop variables");
  auto items = parser.parse_unconditional();
  Syntax::Pointer condition;
  if (parser.take_if("if")) condition = parser.truth_of(parser.parse_expression());
  if (parser.token().is("recursive")) parser.fail("loops are not recursive here", "use a macro that calls itself");
  parser.expect_end();
  if (names.size() == 2) unwrap_items(items);
  const std::string all_names = join(names, ", ");
  writer_.raw("do local __espresso_xs, __espresso_n = __espresso_items(");
  writer_.write(*items);
  writer_.raw(fmt::format(", {}) ", names.size()));
  if (condition) {
    writer_.raw("__espresso_xs, __espresso_n = __espresso_select(__espresso_xs, __espresso_n, function() return (");
    writer_.write(*condition);
    writer_.raw(fmt::format(") end, false, {}) ", all_names));
  }
  writer_.raw("for __espresso_i = 1, __espresso_n do __espresso_loop(__espresso_xs, __espresso_i, __espresso_n, ");
  blocks_.back().loop_flag = chunk_.lua.size();
  blocks_.back().mentions = chunk_.mentions.size();
  writer_.raw(fmt::format("false, {}) ", all_names));
}

void TemplateTranslator::end_loop() {
  const Block& block = blocks_.back();
  const bool reads_loop =
      block.includes || std::any_of(chunk_.mentions.begin() + static_cast<std::ptrdiff_t>(block.mentions),
                                    chunk_.mentions.end(), [](const auto& m) { return m.name == "loop"; });
  if (reads_loop && block.loop_flag > 0) chunk_.lua.replace(block.loop_flag, 5, "true ");
  writer_.raw(" __espresso_leave() end end ");
}

// "(a, b=1)" to `"a", "b"`.
std::string TemplateTranslator::read_parameters(LuaParser& parser,
                                                std::vector<std::pair<std::string, Syntax::Pointer>>& defaults) {
  std::vector<std::string> names;
  const Token opening = parser.token();
  parser.take();
  while (!parser.token().is(")")) {
    const std::string name = parser.take_name("a parameter").text;
    names.push_back(lua_string(name));
    if (parser.take_if("=")) defaults.emplace_back(name, parser.parse_expression());
    if (!parser.take_if(",")) break;
  }
  parser.expect(")", opening);
  return join(names, ", ");
}

void TemplateTranslator::begin_body(const std::string& name, const std::string& parameters,
                                    const std::vector<std::pair<std::string, Syntax::Pointer>>& defaults) {
  writer_.raw(fmt::format("__espresso_macro({}, {{{}}}, function() ", lua_string(name), parameters));
  for (const auto& [parameter, value] : defaults) {
    writer_.raw(fmt::format("if __espresso_missing({0}) then __espresso_set({0}, ", lua_string(parameter)));
    writer_.write(*value);
    writer_.raw(") end ");
  }
}

void TemplateTranslator::begin_macro(LuaParser& parser) {
  const std::string name = parser.take_name("a macro").text;
  if (!parser.token().is("(")) parser.fail("'(' must follow the name of a macro");
  std::vector<std::pair<std::string, Syntax::Pointer>> defaults;
  const std::string parameters = read_parameters(parser, defaults);
  parser.expect_end();
  writer_.raw("__espresso_set(" + lua_string(name) + ", ");
  begin_body(name, parameters, defaults);
}

// The text of the block is what the macro's `caller()` gives.
void TemplateTranslator::begin_call(LuaParser& parser) {
  std::vector<std::pair<std::string, Syntax::Pointer>> defaults;
  const std::string parameters = parser.token().is("(") ? read_parameters(parser, defaults) : "";
  auto call = parser.parse_expression();
  if (call->kind != Syntax::Kind::call) parser.fail("'call' needs the call of a macro");
  parser.expect_end();
  blocks_.back().closing = std::move(call);
  writer_.raw("__espresso_caller(");
  begin_body("caller", parameters, defaults);
}

void TemplateTranslator::begin_filter(LuaParser& parser) {
  auto text = parser.parse_filters(parser.parse_filter(raw_syntax("__espresso_end(__espresso_o)")));
  parser.expect_end();
  blocks_.back().closing = std::move(text);
  writer_.raw("do local __espresso_o = __espresso_begin() __espresso_enter() ");
}

void TemplateTranslator::begin_with(LuaParser& parser) {
  writer_.raw("__espresso_enter() ");
  while (parser.token().kind == Token::Kind::name) {
    const Token name = parser.take_name("what is set");
    if (!parser.take_if("=")) parser.fail("'=' must follow the name");
    writer_.raw("__espresso_set(" + lua_string(name.text) + ", ");
    writer_.write(*parser.parse_expression());
    writer_.raw(") ");
    if (!parser.take_if(",")) break;
  }
}

// `set x = 1`, `set a, b = pair`, `set ns.x = 1`, or a block.
void TemplateTranslator::translate_set(LuaParser& parser) {
  const auto drop_block = [&] { blocks_.pop_back(); };
  std::vector<Token> names;
  try {
    do {
      names.push_back(parser.take_name("what is set"));
    } while (parser.take_if(","));
    if (names.size() == 1 && parser.take_if(".")) {
      const Token key = parser.take_name("what is set");
      if (!parser.take_if("=")) parser.fail("'=' must follow the name");
      writer_.at({.offset = names[0].offset, .length = key.offset + key.length - names[0].offset});
      writer_.raw("__espresso_put(" + lua_string(names[0].text) + ", " + lua_string(key.text) + ", ");
      write_expression(parser);
      writer_.raw(") ");
      return drop_block();
    }
    if (parser.take_if("=")) {
      auto value = parser.parse_expression();
      if (parser.token().is(",")) value = parser.parse_list_of(std::move(value));
      parser.expect_end();
      std::vector<std::string> quoted;
      for (const auto& name : names) quoted.push_back(lua_string(name.text));
      writer_.raw(names.size() == 1 ? "__espresso_set(" + quoted[0] + ", " : "__espresso_unpack(");
      writer_.write(*value);
      if (names.size() > 1) writer_.raw(", " + join(quoted, ", "));
      writer_.raw(") ");
      return drop_block();
    }
    if (names.size() > 1 || (parser.token().kind != Token::Kind::end && !parser.token().is("|")))
      parser.fail("'=' must follow the name");
  } catch (const SyntaxMistake&) {
    drop_block();
    throw;
  }
  auto text = parser.parse_filters(raw_syntax("__espresso_end(__espresso_o)"));
  parser.expect_end();
  blocks_.back().name = names[0].text;
  blocks_.back().closing = std::move(text);
  writer_.raw("do local __espresso_o = __espresso_begin() __espresso_enter() ");
}

// The name of a template: an expression.
void TemplateTranslator::write_file(LuaParser& parser) {
  const Token name = parser.token();
  writer_.write(*parser.parse_expression());
  const bool is_constant = name.kind == Token::Kind::string && parser.is_behind(name);
  chunk_.includes.push_back(is_constant ? name.text : "");
}

// "with context" or "without context".
bool TemplateTranslator::take_context(LuaParser& parser, bool otherwise) {
  const bool with = parser.token().is("with");
  if (!with && !parser.token().is("without")) return otherwise;
  parser.take();
  if (!parser.take_if("context")) parser.fail("'context' must follow");
  return with;
}

void TemplateTranslator::translate_include(LuaParser& parser) {
  for (auto& block : blocks_) block.includes = true;
  writer_.raw("__espresso_include(");
  write_file(parser);
  bool ignore = false;
  if (parser.take_if("ignore")) {
    if (!parser.take_if("missing")) parser.fail("'missing' must follow 'ignore'");
    ignore = true;
  }
  writer_.raw(fmt::format(", {}, {}) ", ignore, take_context(parser, true)));
}

// `import 'file' as name`, `from 'file' import name as other, …`.
void TemplateTranslator::translate_import(const Token& tag, LuaParser& parser) {
  writer_.raw("do local __espresso_m = {} __espresso_m.file = ");
  write_file(parser);
  std::vector<std::pair<Token, std::string>> names;
  if (tag.text == "import") {
    if (!parser.take_if("as")) parser.fail("'as' and a name must follow the file");
    names.emplace_back(Token{}, parser.take_name("what is imported").text);
  } else {
    if (!parser.take_if("import")) parser.fail("'import' and names must follow the file");
    do {
      Token name = parser.take_name("what is imported");
      std::string other = parser.take_if("as") ? parser.take_name("what is imported").text : name.text;
      names.emplace_back(std::move(name), std::move(other));
    } while (parser.take_if(",") && !parser.token().is("with") && !parser.token().is("without"));
  }
  writer_.raw(
      fmt::format(" __espresso_m.names = __espresso_import(__espresso_m.file, {}) ", take_context(parser, false)));
  for (const auto& [name, other] : names) {
    if (tag.text == "import") {
      writer_.raw("__espresso_set(" + lua_string(other) + ", __espresso_m.names) ");
    } else {
      writer_.at({.offset = name.offset, .length = name.length});
      writer_.raw(fmt::format("__espresso_set({}, __espresso_member(__espresso_m.names, {})) ", lua_string(other),
                              lua_string(name.text)));
    }
  }
  writer_.raw("end ");
}

void TemplateTranslator::write_raw(const LuaParser& parser, std::size_t opening) {
  const Token& closer = parser.token();
  if (closer.kind != Token::Kind::end) return;  // told by whoever called
  std::size_t start = closer.offset + closer.length;
  if (closer.text.starts_with('-')) {
    while (start < text_.size() && is_space(text_[start])) ++start;
  }
  for (std::size_t tag = start; (tag = text_.find("{%", tag)) != std::string_view::npos; tag += 2) {
    std::size_t at = tag + 2;
    const bool strip_before = at < text_.size() && text_[at] == '-';
    if (strip_before || (at < text_.size() && text_[at] == '+')) ++at;
    while (at < text_.size() && is_space(text_[at])) ++at;
    if (!text_.substr(at).starts_with("endraw")) continue;
    at += 6;
    while (at < text_.size() && is_space(text_[at])) ++at;
    const bool strip_after = text_.substr(at).starts_with("-%}"), keep_after = text_.substr(at).starts_with("+%}");
    if (!strip_after && !keep_after && !text_.substr(at).starts_with("%}")) continue;
    std::string_view content = text_.substr(start, tag - start);
    while (strip_before && !content.empty() && is_space(content.back())) content.remove_suffix(1);
    writer_.raw("__espresso_out(" + lua_string(content) + ") ");
    at_ = at + (strip_after || keep_after ? 3 : 2);
    strip_next_ = strip_after;
    trim_next_ = trim_blocks_ && !keep_after;
    skipped_ = true;
    return;
  }
  add(opening, 2, "this 'raw' is never closed", "add '{% endraw %}'");
  at_ = text_.size();
  skipped_ = true;
}

}  // namespace espresso

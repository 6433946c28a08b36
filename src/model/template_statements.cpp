#include "core/text.h"
#include "model/template_translator.h"

#include <fmt/format.h>

#include <algorithm>

// {% if %} and the other tags: which is which, and which belong together.

namespace espresso {

namespace {

// Lua has 200 local variables for a chunk; a loop takes six.
constexpr std::size_t deepest_block = 30;
constexpr int most_branches = 500;

const std::vector<std::string> tags = {"call",     "elif",   "else",    "endcall", "endfilter", "endfor", "endif",
                                       "endmacro", "endraw", "endset",  "endwith", "filter",    "for",    "from",
                                       "if",       "import", "include", "macro",   "raw",       "set",    "with"};

std::string tag_hint(std::string_view word) {
  const std::string near = did_you_mean(word, tags);
  if (!near.empty()) return near;
  if (word == "extends" || word == "block" || word == "endblock")
    return "templates do not inherit: use include or macros";
  return "see 'espresso doc templates' for all there are";
}

}  // namespace

void TemplateTranslator::translate_statement(LuaParser& parser, std::size_t opening) {
  if (parser.token().kind != Token::Kind::name) parser.fail("a tag must begin with its name", tag_hint({}));
  const Token tag = parser.take();
  writer_.at({.offset = opening, .length = tag.offset + tag.length - opening});
  const std::string& name = tag.text;
  if (name == "if" || name == "for" || name == "macro" || name == "call" || name == "filter" || name == "with" ||
      name == "set")
    begin_block(tag, opening);
  if (name == "if" || name == "elif" || name == "else") {
    translate_branch(tag, parser);
  } else if (name == "for") {
    begin_loop(parser);
  } else if (name == "macro") {
    begin_macro(parser);
  } else if (name == "call") {
    begin_call(parser);
  } else if (name == "filter") {
    begin_filter(parser);
  } else if (name == "with") {
    begin_with(parser);
  } else if (name == "set") {
    translate_set(parser);
  } else if (name == "include") {
    translate_include(parser);
  } else if (name == "import" || name == "from") {
    translate_import(tag, parser);
  } else if (name == "raw") {
    write_raw(parser, opening);
  } else if (name == "endraw") {
    throw SyntaxMistake{tag.offset, tag.length, "there is no 'raw' for this 'endraw'"};
  } else if (name.starts_with("end") && std::binary_search(tags.begin(), tags.end(), name)) {
    end_block(tag);
  } else {
    throw SyntaxMistake{tag.offset, tag.length, fmt::format("no tag '{}'", name), tag_hint(name)};
  }
  parser.expect_end();
}

void TemplateTranslator::translate_branch(const Token& tag, LuaParser& parser) {
  if (tag.text == "else") {
    inside(tag, "if' or 'for").has_else = true;
    writer_.raw(blocks_.back().tag == "if" ? " else "
                                           : " __espresso_leave() end if __espresso_n == 0 then __espresso_enter() ");
    return;
  }
  if (tag.text == "elif" && ++inside(tag, "if").branches > most_branches)
    throw SyntaxMistake{tag.offset, tag.length, fmt::format("an 'if' of more than {} branches", most_branches)};
  writer_.raw(tag.text == "if" ? "if " : " elseif ");
  write_condition(parser);
  writer_.raw(" then ");
}

void TemplateTranslator::begin_block(const Token& tag, std::size_t opening) {
  if (blocks_.size() == deepest_block)
    throw SyntaxMistake{tag.offset, tag.length, fmt::format("nested deeper than {} blocks", deepest_block)};
  Block block;
  block.tag = tag.text;
  block.offset = opening;
  block.length = tag.offset + tag.length - opening;
  blocks_.push_back(std::move(block));
}

void TemplateTranslator::end_block(const Token& tag) {
  const std::string kind = tag.text.substr(3);
  Block& block = open_block(tag, kind);
  if (kind == "if") {
    writer_.raw(" end ");
  } else if (kind == "for") {
    end_loop();
  } else if (kind == "macro") {
    writer_.raw(" end)) ");
  } else if (kind == "with") {
    writer_.raw(" __espresso_leave() ");
  } else if (kind == "call") {
    writer_.raw(" end)) __espresso_out(");
    if (block.closing) writer_.write(*block.closing);
    writer_.raw(") ");
  } else {  // set, filter: what was written since
    writer_.raw(" __espresso_leave() ");
    writer_.raw(kind == "set" ? "__espresso_set(" + lua_string(block.name) + ", " : "__espresso_out(");
    if (block.closing) writer_.write(*block.closing);
    writer_.raw(") end ");
  }
  blocks_.pop_back();
}

TemplateTranslator::Block& TemplateTranslator::open_block(const Token& tag, std::string_view kind) {
  if (blocks_.empty() || blocks_.back().tag != kind) {
    if (!blocks_.empty()) {
      throw SyntaxMistake{tag.offset, tag.length,
                          fmt::format("'{}' stands inside a '{}'", tag.text, blocks_.back().tag),
                          fmt::format("add '{{% end{} %}}' before it", blocks_.back().tag)};
    }
    throw SyntaxMistake{tag.offset, tag.length, fmt::format("there is no '{}' for this '{}'", kind, tag.text)};
  }
  return blocks_.back();
}

TemplateTranslator::Block& TemplateTranslator::inside(const Token& tag, std::string_view kinds) {
  if (blocks_.empty())
    throw SyntaxMistake{tag.offset, tag.length, fmt::format("there is no '{}' for this '{}'", kinds, tag.text)};
  const bool is_loop = kinds != "if" && blocks_.back().tag == "for";
  Block& block = is_loop ? blocks_.back() : open_block(tag, "if");
  if (block.has_else) throw SyntaxMistake{tag.offset, tag.length, fmt::format("'{}' follows an 'else'", tag.text)};
  return block;
}

void TemplateTranslator::write_expression(LuaParser& parser) {
  const auto syntax = parser.parse_expression();
  parser.expect_end();
  writer_.write(*syntax);
}

void TemplateTranslator::write_condition(LuaParser& parser) {
  const auto syntax = parser.truth_of(parser.parse_expression());
  parser.expect_end();
  writer_.write(*syntax);
}

}  // namespace espresso

#include "model/template.h"

#include "core/text.h"
#include "model/lua_parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

const std::vector<std::string> tags = {"if",     "elif", "else",    "endif", "for",
                                       "endfor", "set",  "include", "raw",   "endraw"};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Goes through the text once and writes Lua as it goes.
class Translator {
 public:
  Translator(LuaChunk& chunk, Diagnostics& diagnostics)
      : chunk_(chunk), text_(chunk.text), diagnostics_(diagnostics), writer_(chunk) {}

  void translate() {
    writer_.raw("__espresso_enter() ");
    while (at_ < text_.size()) {
      const std::size_t opening = find_opening();
      write_text(opening);
      if (at_ < text_.size()) translate_tag();
    }
    writer_.raw("__espresso_leave()");
    for (const auto& block : blocks_)
      add(block.offset, block.length, fmt::format("this '{}' is never closed", block.tag),
          fmt::format("add '{{% end{} %}}'", block.tag));
  }

 private:
  struct Block {
    std::string tag;
    std::size_t offset = 0;
    std::size_t length = 0;
    bool has_else = false;
    std::size_t loop_flag = 0;  ///< where the Lua text says whether `loop` is read
    std::size_t mentions = 0;
    bool includes = false;
  };

  void add(std::size_t offset, std::size_t length, std::string message, std::string hint = {}) {
    diagnostics_.add(chunk_.place({.offset = offset, .length = length}), std::move(message), std::move(hint));
  }

  std::size_t find_opening() const {
    for (std::size_t at = at_; (at = text_.find('{', at)) != std::string_view::npos; ++at) {
      if (at + 1 < text_.size() && std::string_view("{%#").find(text_[at + 1]) != std::string_view::npos) return at;
    }
    return text_.size();
  }

  void write_text(std::size_t end) {
    std::string_view text = text_.substr(at_, end - at_);
    at_ = end;
    if (strip_next_) {
      while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    } else if (trim_next_) {
      if (text.starts_with("\r\n"))
        text.remove_prefix(2);
      else if (text.starts_with('\n'))
        text.remove_prefix(1);
    }
    strip_next_ = trim_next_ = false;
    if (text_.substr(end).size() > 2 && text_[end + 2] == '-') {
      while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    }
    if (!text.empty()) writer_.raw("__espresso_out(" + lua_string(text) + ") ");
  }

  // at_ is on "{{", "{%" or "{#".
  void translate_tag() {
    const std::size_t opening = at_;
    const char kind = text_[at_ + 1];
    if (kind == '#') return skip_comment();
    at_ += 2;
    if (at_ < text_.size() && (text_[at_] == '-' || (kind == '%' && text_[at_] == '+'))) ++at_;
    const std::string_view closer = kind == '%' ? "%}" : "}}";
    try {
      LuaParser parser(text_, at_, kind == '%' ? Lexer::Closer::template_tag : Lexer::Closer::template_braces);
      if (kind == '%')
        translate_statement(parser, opening);
      else
        translate_output(parser, opening);
      finish(parser, kind == '%');
    } catch (const SyntaxMistake& mistake) {
      const std::size_t end = text_.find(closer, opening);
      if (end == std::string_view::npos) {
        add(opening, 2, fmt::format("this '{}' is never closed", text_.substr(opening, 2)),
            fmt::format("add '{}'", closer));
        at_ = text_.size();
        return;
      }
      add(mistake.offset, mistake.length, mistake.message, mistake.hint);
      const std::size_t resume = text_.find(closer, std::min(mistake.offset, text_.size()));
      at_ = std::max(resume == std::string_view::npos ? end : resume, opening) + 2;
      trim_next_ = kind == '%';
    }
  }

  void finish(const LuaParser& parser, bool trim) {
    if (skipped_) {
      skipped_ = false;
      return;
    }
    at_ = parser.token().offset + parser.token().length;
    strip_next_ = parser.token().text.starts_with('-');
    trim_next_ = trim;
  }

  void skip_comment() {
    const std::size_t end = text_.find("#}", at_ + 2);
    if (end == std::string_view::npos) {
      add(at_, 2, "this '{#' is never closed", "add '#}'");
      at_ = text_.size();
      return;
    }
    strip_next_ = end > at_ + 2 && text_[end - 1] == '-';
    trim_next_ = true;
    at_ = end + 2;
  }

  void translate_output(LuaParser& parser, std::size_t opening) {
    const std::size_t first = parser.token().offset;
    if (parser.token().kind == Token::Kind::end) {
      throw SyntaxMistake{opening, 2, "there is no expression between '{{' and '}}'"};
    }
    const auto syntax = parser.parse_expression();
    parser.expect_end();
    writer_.at({.offset = first, .length = trim(text_.substr(first, parser.token().offset - first)).size()});
    writer_.raw("__espresso_out(");
    writer_.write(*syntax);
    writer_.raw(") ");
  }

  void write_expression(LuaParser& parser) {
    const auto syntax = parser.parse_expression();
    parser.expect_end();
    writer_.write(*syntax);
  }

  void translate_statement(LuaParser& parser, std::size_t opening) {
    if (parser.token().kind != Token::Kind::name) parser.fail("a tag must begin with its name", tag_hint({}));
    const Token tag = parser.take();
    writer_.at({.offset = opening, .length = tag.offset + tag.length - opening});
    if (tag.text == "if" || tag.text == "for") {
      blocks_.push_back({.tag = tag.text, .offset = opening, .length = tag.offset + tag.length - opening});
    }
    if (tag.text == "if") {
      writer_.raw("if ");
      write_expression(parser);
      writer_.raw(" then ");
    } else if (tag.text == "elif") {
      inside(tag, "if");
      writer_.raw(" elseif ");
      write_expression(parser);
      writer_.raw(" then ");
    } else if (tag.text == "else") {
      inside(tag, "if' or 'for").has_else = true;
      writer_.raw(blocks_.back().tag == "if" ? " else "
                                             : " __espresso_leave() end if __espresso_n == 0 then __espresso_enter() ");
    } else if (tag.text == "endif") {
      open_block(tag, "if");
      blocks_.pop_back();
      writer_.raw(" end ");
    } else if (tag.text == "for") {
      begin_loop(parser);
    } else if (tag.text == "endfor") {
      end_loop(tag);
    } else if (tag.text == "set") {
      const Token name = parser.take_name("what is set");
      if (!parser.take_if("=")) parser.fail("'=' must follow the name");
      writer_.raw("__espresso_set(" + lua_string(name.text) + ", ");
      write_expression(parser);
      writer_.raw(") ");
    } else if (tag.text == "include") {
      for (auto& block : blocks_) block.includes = true;
      writer_.raw("__espresso_include(");
      const Token name = parser.token();
      write_expression(parser);
      const bool is_constant = name.kind == Token::Kind::string && parser.is_behind(name);
      chunk_.includes.push_back(is_constant ? name.text : "");
      writer_.raw(") ");
    } else if (tag.text == "raw") {
      write_raw(parser, opening);
    } else {
      throw SyntaxMistake{
          tag.offset, tag.length,
          tag.text == "endraw" ? "there is no 'raw' for this 'endraw'" : fmt::format("no tag '{}'", tag.text),
          tag.text == "endraw" ? "" : tag_hint(tag.text)};
    }
    parser.expect_end();
  }

  static std::string tag_hint(std::string_view word) {
    const std::string near = did_you_mean(word, tags);
    return near.empty() ? fmt::format("use one of {}", join(tags, ", ")) : near;
  }

  Block& open_block(const Token& tag, std::string_view kind) {
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

  Block& inside(const Token& tag, std::string_view kinds) {
    if (blocks_.empty())
      throw SyntaxMistake{tag.offset, tag.length, fmt::format("there is no '{}' for this '{}'", kinds, tag.text)};
    Block& block = kinds == "if" ? open_block(tag, "if") : blocks_.back();
    if (block.has_else) throw SyntaxMistake{tag.offset, tag.length, fmt::format("'{}' follows an 'else'", tag.text)};
    return block;
  }

  void begin_loop(LuaParser& parser) {
    std::vector<std::string> names;
    do {
      names.push_back(lua_string(parser.take_name("a loop variable").text));
    } while (parser.take_if(","));
    if (!parser.take_if("in")) parser.fail("'in' must follow the loop variables");
    auto items = parser.parse_expression();
    if (parser.token().is("if")) {
      parser.fail("'for' takes no condition", "use filter(list, function(x) return … end), or an 'if' inside the loop");
    }
    parser.expect_end();
    // `mapping.items()` as in Python: with two names that is what a mapping does by itself.
    if (items->kind == Syntax::Kind::call && items->text.empty() && items->children.size() == 1 &&
        items->children[0]->kind == Syntax::Kind::index && items->children[0]->children[1]->text == "\"items\"") {
      auto mapping = std::move(items->children[0]->children[0]);
      items = std::move(mapping);
    }
    writer_.raw("do local __espresso_xs, __espresso_n = __espresso_items(");
    writer_.write(*items);
    writer_.raw(fmt::format(
        ", {}) for __espresso_i = 1, __espresso_n do __espresso_loop(__espresso_xs, __espresso_i, __espresso_n, ",
        names.size()));
    blocks_.back().loop_flag = chunk_.lua.size();
    blocks_.back().mentions = chunk_.mentions.size();
    writer_.raw(fmt::format("false, {}) ", join(names, ", ")));
  }

  void end_loop(const Token& tag) {
    const Block& block = open_block(tag, "for");
    const bool reads_loop =
        block.includes || std::any_of(chunk_.mentions.begin() + static_cast<std::ptrdiff_t>(block.mentions),
                                      chunk_.mentions.end(), [](const auto& m) { return m.name == "loop"; });
    if (reads_loop && block.loop_flag > 0) chunk_.lua.replace(block.loop_flag, 5, "true ");
    blocks_.pop_back();
    writer_.raw(" __espresso_leave() end end ");
  }

  void write_raw(const LuaParser& parser, std::size_t opening) {
    const Token& closer = parser.token();
    if (closer.kind != Token::Kind::end) return;  // told by whoever called
    std::size_t start = closer.offset + closer.length;
    if (closer.text.starts_with('-')) {
      while (start < text_.size() && is_space(text_[start])) ++start;
    }
    for (std::size_t tag = start; (tag = text_.find("{%", tag)) != std::string_view::npos; tag += 2) {
      std::size_t at = tag + 2;
      const bool strip_before = at < text_.size() && text_[at] == '-';
      if (strip_before) ++at;
      while (at < text_.size() && is_space(text_[at])) ++at;
      if (!text_.substr(at).starts_with("endraw")) continue;
      at += 6;
      while (at < text_.size() && is_space(text_[at])) ++at;
      const bool strip_after = text_.substr(at).starts_with("-%}");
      if (!strip_after && !text_.substr(at).starts_with("%}")) continue;
      std::string_view content = text_.substr(start, tag - start);
      while (strip_before && !content.empty() && is_space(content.back())) content.remove_suffix(1);
      writer_.raw("__espresso_out(" + lua_string(content) + ") ");
      at_ = at + (strip_after ? 3 : 2);
      strip_next_ = strip_after;
      trim_next_ = skipped_ = true;
      return;
    }
    add(opening, 2, "this 'raw' is never closed", "add '{% endraw %}'");
    at_ = text_.size();
    skipped_ = true;
  }

  LuaChunk& chunk_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  LuaWriter writer_;
  std::size_t at_ = 0;
  bool strip_next_ = false;  ///< "-%}": all white space that follows goes
  bool trim_next_ = false;   ///< "%}": one newline that follows goes
  bool skipped_ = false;     ///< the tag has moved on by itself
  std::vector<Block> blocks_;
};

}  // namespace

Template Template::parse(std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  auto chunk = std::make_shared<LuaChunk>();
  chunk->text = source->text;
  chunk->span = {.source = std::move(source), .line = 1, .column = 1};
  Translator(*chunk, diagnostics).translate();
  Template result;
  result.compiled_ = std::move(chunk);
  return result;
}

const Source& Template::source() const { return *compiled_->span.source; }

bool Template::mentions(std::string_view name) const { return compiled_->mentions_name(name); }
void Template::collect(std::string_view name, Mentions& into) const { compiled_->collect(name, into); }
const std::vector<std::string>& Template::includes() const { return compiled_->includes; }

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"
#include "model/lua_parser.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Goes through the text of a template once and writes Lua as it goes.
class TemplateTranslator {
 public:
  TemplateTranslator(LuaChunk& chunk, Diagnostics& diagnostics);

  void translate();

 private:
  struct Block {
    std::string tag;
    std::size_t offset = 0;
    std::size_t length = 0;
    bool has_else = false;
    int branches = 1;
    std::size_t loop_flag = 0;  ///< where the Lua text says whether `loop` is read
    std::size_t mentions = 0;
    bool includes = false;
    std::string name = {};         ///< of a set: what is set
    Syntax::Pointer closing = {};  ///< what is written at its end: the filters of a set or filter, the call of a call
  };

  void add(std::size_t offset, std::size_t length, std::string message, std::string hint = {});
  void read_header();
  void find_macros();

  std::size_t find_opening() const;
  void write_text(std::size_t end);
  void translate_tag();
  void finish(const LuaParser& parser, bool trim);
  void skip_comment();
  void translate_output(LuaParser& parser, std::size_t opening);

  // template_statements.cpp
  void translate_statement(LuaParser& parser, std::size_t opening);
  void translate_branch(const Token& tag, LuaParser& parser);
  void begin_block(const Token& tag, std::size_t opening);
  void end_block(const Token& tag);
  Block& open_block(const Token& tag, std::string_view kind);
  Block& inside(const Token& tag, std::string_view kinds);
  void write_expression(LuaParser& parser);
  void write_condition(LuaParser& parser);

  // template_blocks.cpp
  void begin_loop(LuaParser& parser);
  void end_loop();
  void begin_macro(LuaParser& parser);
  void begin_call(LuaParser& parser);
  std::string read_parameters(LuaParser& parser, std::vector<std::pair<std::string, Syntax::Pointer>>& defaults);
  void begin_body(const std::string& name, const std::string& parameters,
                  const std::vector<std::pair<std::string, Syntax::Pointer>>& defaults);
  void begin_filter(LuaParser& parser);
  void begin_with(LuaParser& parser);
  void translate_set(LuaParser& parser);
  void translate_include(LuaParser& parser);
  void translate_import(const Token& tag, LuaParser& parser);
  void write_file(LuaParser& parser);
  bool take_context(LuaParser& parser, bool otherwise);
  void write_raw(const LuaParser& parser, std::size_t opening);

  LuaChunk& chunk_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  LuaWriter writer_;
  std::size_t at_ = 0;
  bool trim_blocks_ = true;
  bool lstrip_blocks_ = false;
  bool strip_next_ = false;  ///< "-%}": all white space that follows goes
  bool trim_next_ = false;   ///< "%}": one newline that follows goes
  bool skipped_ = false;     ///< the tag has moved on by itself
  std::vector<Block> blocks_;
  std::set<std::string, std::less<>> macros_;
};

}  // namespace espresso

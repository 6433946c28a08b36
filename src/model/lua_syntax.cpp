#include "model/lua_syntax.h"

#include "model/lua_lexer.h"

namespace espresso {

void make_optional(Syntax& syntax) {
  switch (syntax.kind) {
    case Syntax::Kind::name:
    case Syntax::Kind::index:
      syntax.optional = true;
      break;
    case Syntax::Kind::binary_or:
      make_optional(*syntax.children[1]);
      break;
    case Syntax::Kind::binary_and:
    case Syntax::Kind::paren:
    case Syntax::Kind::truth:
      for (const auto& child : syntax.children) make_optional(*child);
      break;
    default:
      break;
  }
}

void LuaWriter::at(LuaChunk::Mark mark) {
  chunk_.lua += '\n';
  chunk_.marks.push_back(mark);
}

void LuaWriter::write_all(const Syntax& syntax, std::size_t first, std::string_view separator) {
  for (std::size_t i = first; i < syntax.children.size(); ++i) {
    if (i > first) raw(separator);
    write(*syntax.children[i]);
  }
}

void LuaWriter::write_name(const Syntax& syntax, const std::string& key) {
  const LuaChunk::Mark mark{.offset = syntax.offset, .length = syntax.length};
  if (!syntax.local)
    chunk_.mentions.push_back({.name = syntax.text, .key = key, .mark = mark, .optional = syntax.optional});
  at(mark);
  if (syntax.local || !syntax.optional)
    raw(syntax.text);
  else
    raw("__espresso_name(" + lua_string(syntax.text) + ")");
}

void LuaWriter::write_index(const Syntax& syntax) {
  const Syntax& indexed = *syntax.children[0];
  if (indexed.kind == Syntax::Kind::name)
    write_name(indexed, syntax.text);
  else
    write(indexed);
  const bool is_of_key = indexed.kind == Syntax::Kind::index && !indexed.optional && !indexed.text.empty() &&
                         indexed.children[0]->kind == Syntax::Kind::name && !indexed.children[0]->local;
  if (is_of_key && !syntax.text.empty()) {  // the last that was mentioned is `name.key`
    chunk_.mentions.back().part = syntax.text;
    chunk_.mentions.back().part_mark = {.offset = syntax.offset, .length = syntax.length};
  }
  raw("[");
  if (syntax.children[1]->kind != Syntax::Kind::raw) write(*syntax.children[1]);
  // The line of the closing bracket is the one Lua reports.
  at({.offset = syntax.offset,
      .length = syntax.length,
      .path_offset = syntax.start,
      .path_length = syntax.path_end - syntax.start});
  if (syntax.children[1]->kind == Syntax::Kind::raw) raw(syntax.children[1]->text);
  raw("]");
}

// a.b[c].d: __espresso_path(a, "b", c, "d")
void LuaWriter::write_path(const Syntax& syntax) {
  std::vector<const Syntax*> keys;
  std::string first;
  const Syntax* root = &syntax;
  for (; root->kind == Syntax::Kind::index; root = root->children[0].get()) {
    keys.push_back(root->children[1].get());
    first = root->text;
  }
  raw("__espresso_path(");
  if (root->kind == Syntax::Kind::name && !root->local) {
    const LuaChunk::Mark mark{.offset = root->offset, .length = root->length};
    chunk_.mentions.push_back({.name = root->text, .key = first, .mark = mark, .optional = true});
    at(mark);
    raw("__espresso_name(" + lua_string(root->text) + ")");
  } else {
    write(*root);
  }
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    raw(", ");
    write(**key);
  }
  raw(")");
}

void LuaWriter::write(const Syntax& syntax) {
  switch (syntax.kind) {
    case Syntax::Kind::sequence:
      write_all(syntax, 0, "");
      break;
    case Syntax::Kind::raw:
      if (syntax.length > 0) at({.offset = syntax.offset, .length = syntax.length});
      raw(syntax.text);
      break;
    case Syntax::Kind::name:
      write_name(syntax);
      break;
    case Syntax::Kind::index:
      if (syntax.optional)
        write_path(syntax);
      else
        write_index(syntax);
      break;
    case Syntax::Kind::call:
      write(*syntax.children[0]);
      if (!syntax.text.empty()) {
        at({.offset = syntax.offset, .length = syntax.length});
        raw(":" + syntax.text);
      }
      raw("(");
      write_all(syntax, 1, ", ");
      raw(")");
      break;
    case Syntax::Kind::binary_or:
      write_all(syntax, 0, " or ");
      break;
    case Syntax::Kind::binary_and:
      write_all(syntax, 0, " and ");
      break;
    case Syntax::Kind::paren:
      raw("(");
      write_all(syntax, 0, "");
      raw(")");
      break;
    case Syntax::Kind::truth:
      raw("__espresso_true(");
      write_all(syntax, 0, "");
      raw(")");
      break;
    case Syntax::Kind::table:
      raw("{");
      write_all(syntax, 0, ", ");
      raw("}");
      break;
    case Syntax::Kind::list:
      raw("__espresso_list(");
      write_all(syntax, 0, ", ");
      raw(")");
      break;
  }
}

}  // namespace espresso

#pragma once

#include "model/lua_chunk.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A piece of an expression between reading it and writing it as Lua.
struct Syntax {
  enum class Kind {
    sequence,   ///< the children, one after the other
    raw,        ///< Lua text as it is
    name,       ///< a variable
    index,      ///< children: what is indexed, key
    call,       ///< children: what is called, arguments; `text`: the method's name, if any
    binary_or,  ///< children: left, right
    binary_and,
    paren,
    truth,  ///< the child, or nil when Jinja takes it for false
    table,  ///< a constructor; children: its fields
    list,   ///< a constructor of list items only
  };
  using Pointer = std::unique_ptr<Syntax>;

  Kind kind = Kind::sequence;
  std::string text = {};     ///< of an index: its key, when that is a constant text
  std::size_t offset = 0;    ///< of the name or key itself, where a mistake is shown
  std::size_t length = 0;    ///< 0: no place of its own
  std::size_t start = 0;     ///< of the whole, with what is indexed or called
  std::size_t path_end = 0;  ///< of an index: where what is indexed ends
  bool local = false;        ///< a name bound inside the expression
  bool optional = false;     ///< names and keys that do not exist are nil here
  std::vector<Pointer> children = {};
};

/// A missing name or key in this piece is nil instead of a mistake, where that is decided by what follows: `x or y`.
void make_optional(Syntax& syntax);

/// Writes syntax as Lua; each Lua line belongs to one place of the user's text.
class LuaWriter {
 public:
  explicit LuaWriter(LuaChunk& chunk) : chunk_(chunk) { chunk_.marks.emplace_back(); }

  void write(const Syntax& syntax);
  void raw(std::string_view lua) { chunk_.lua += lua; }
  /// What is written next stands for this place.
  void at(LuaChunk::Mark mark);

 private:
  void write_all(const Syntax& syntax, std::size_t first, std::string_view separator);
  void write_name(const Syntax& syntax, const std::string& key = {});
  void write_index(const Syntax& syntax);
  void write_path(const Syntax& syntax);

  LuaChunk& chunk_;
};

}  // namespace espresso

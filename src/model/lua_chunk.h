#pragma once

#include "core/diagnostic.h"
#include "model/mentions.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// The span of `length` bytes at `offset` of `text`, which stands at `span` of its source: exact when the text is found
/// there unchanged (also after a quote, or as the lines of a block scalar), else the span as a whole.
Span place_in(std::string_view text, const Span& span, std::size_t offset, std::size_t length);

/// Text of the user's, translated to Lua. Each line of the Lua text stands for one place of the user's text.
struct LuaChunk {
  /// A place: bytes of `text`; and, when the place is the key of `config.web.port`, those of the `config.web` before
  /// it.
  struct Mark {
    std::size_t offset = 0;
    std::size_t length = 1;
    std::size_t path_offset = 0;
    std::size_t path_length = 0;
  };
  /// A name that is neither a local variable nor a function.
  struct Mention {
    std::string name;
    std::string key;  ///< of `name.key`; empty: the whole, or a key that is computed
    Mark mark;
    std::string part = {};  ///< of `name.key.part`, unless it may be missing
    Mark part_mark = {};
    bool optional = false;  ///< it need not exist
  };

  std::string text;
  Span span;
  std::string lua;
  std::vector<Mark> marks;  ///< of the Lua lines, the first line's first
  std::vector<Mention> mentions;
  /// Of a template: the names of those that it includes; "" for one that is computed.
  std::vector<std::string> includes;

  bool mentions_name(std::string_view name) const;
  void collect(std::string_view name, Mentions& into) const;
  Span place(const Mark& mark) const { return place_in(text, span, mark.offset, mark.length); }
  /// Of a Lua line, counted from 1.
  Mark mark(int line) const;
};

}  // namespace espresso

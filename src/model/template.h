#pragma once

#include "core/diagnostic.h"
#include "model/mentions.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

struct LuaChunk;

/// A file in Jinja's shape: {{ }}, if, for with `loop`, set, with, macro, call, filter, include, import, raw, {# #},
/// `-` for white space, as `espresso doc templates` tells them. As in Ansible, the newline after a block tag is dropped
/// (trim_blocks) and the file's last newline is kept. `set` holds to the end of the loop, macro or file it stands in;
/// an included file sees all names and changes none. The expressions inside are those of expression.h, but in
/// conditions what is empty is false. Rendered by Evaluator::render; mistakes while rendering carry the template's own
/// file, line and column, and how it came to be included or called.
class Template {
 public:
  /// Translates the text to one Lua chunk with line numbers kept. Mistakes go to `diagnostics`.
  static Template parse(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

  const Source& source() const;
  /// The Lua text, for who evaluates it.
  const std::shared_ptr<const LuaChunk>& chunk() const { return compiled_; }
  bool mentions(std::string_view name) const;
  /// Adds how it uses this name, without the templates that it includes.
  void collect(std::string_view name, Mentions& into) const;
  /// The names of those; "" for one that is computed.
  const std::vector<std::string>& includes() const;

 private:
  friend class Evaluator;
  std::shared_ptr<const LuaChunk> compiled_;
};

}  // namespace espresso

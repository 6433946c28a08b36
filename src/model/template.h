#pragma once

#include "core/diagnostic.h"

#include <memory>
#include <string>

namespace espresso {

/// A file in Jinja's shape: {{ }}, {% if/elif/else/endif %}, {% for x in xs %} … {% else %} … {% endfor %} with `loop`
/// (index, index0, first, last, length), {% for k, v in map %}, {% set %}, {% include 'name' %}, {% raw %}, {# #}, `-` for
/// white space. As in Ansible, the newline after a block tag is dropped (trim_blocks) and the file's last newline is kept.
/// The expressions inside are those of expression.h. Rendered by Evaluator::render; mistakes while rendering carry the
/// template's own file, line and column.
class Template {
 public:
  /// Translates the text to one Lua chunk with line numbers kept. Mistakes go to `diagnostics`.
  static Template parse(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

  const Source& source() const;
  bool mentions(std::string_view name) const;

 private:
  friend class Evaluator;
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace espresso

#include "targets.h"

#include "model/ini.h"

#include <stdexcept>

namespace espresso {

void read_ini(std::string_view input) {
  Diagnostics diagnostics;
  const Node root = parse_ini(source_of(input), diagnostics);
  const Value value = value_of(root, diagnostics);
  check(diagnostics);
  if (!value.is_map()) throw std::logic_error("the settings are no mapping");
}

}  // namespace espresso

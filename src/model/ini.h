#pragma once

#include "model/yaml.h"

#include <memory>

namespace espresso {

/// Reads an INI file as Python's configparser does: `[section]`, `key = value` or `key: value`, comments after `#` or
/// `;` at the beginning of a line, values that go on in lines that are indented deeper, `[DEFAULT]` for settings of all
/// sections. The document is a mapping of settings and sections; a section `[a.b]` lies within `a`. Values are typed as
/// plain YAML is (80 is an integer), what stands in quotes is a string. `%(name)s` is a mistake: nothing is inserted.
/// All mistakes are added to `diagnostics` with their places.
Node parse_ini(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics);

}  // namespace espresso

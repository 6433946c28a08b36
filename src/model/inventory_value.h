#pragma once

#include "core/diagnostic.h"
#include "model/value.h"
#include "model/yaml.h"

namespace espresso {

/// The value of a variable in an inventory or a file of variables: as value_of, except that yes, no, on and off without
/// quotes are booleans, as Ansible (YAML 1.1) has them: the inventories that people bring say `enabled: no`. What
/// Ansible encrypted inside JSON is a mistake.
Value inventory_value(const Node& node, Diagnostics& diagnostics);

/// Where a variable is shown: its value, or its name when the value begins on another line.
const Span& place_of_variable(const Node& name, const Node& value);

}  // namespace espresso

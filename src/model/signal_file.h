#pragma once

#include "model/stage.h"
#include "model/yaml.h"

#include <vector>

namespace espresso {

/// The signals at a stage's key `on`: names of those raised on the host itself, and mappings `{signal: NAME, from:
/// PATTERN}` for those of other hosts; one, or a list of them.
std::vector<SignalName> read_heard_signals(const Node& node, Diagnostics& diagnostics);

}  // namespace espresso

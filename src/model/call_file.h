#pragma once

#include "model/stage.h"
#include "model/yaml.h"

#include <memory>

namespace espresso {

/// Reads one item of a stage's `run:` — a helper with its arguments, and the keys beside it. Returns nothing when no
/// helper can be made out; mistakes go to `diagnostics`.
std::shared_ptr<const Call> read_call(const Node& item, Diagnostics& diagnostics);

}  // namespace espresso

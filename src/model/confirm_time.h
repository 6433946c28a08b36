#pragma once

#include "core/diagnostic.h"
#include "model/yaml.h"

#include <chrono>
#include <optional>

namespace espresso {

/// The time that a stage's `confirm` gives: long enough to connect, short enough to wait for.
std::optional<std::chrono::milliseconds> read_confirm_time(const Node& node, Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "run/engine.h"

namespace espresso {

/// The connections of all hosts of the plans as far as they can be checked before any is made: values, and that the key
/// files somebody named are usable. Each mistake is told once, at the place that names the file.
void check_connections(const std::vector<HostPlan>& plans, const RunOptions& options, Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "run/connection.h"
#include "run/engine.h"
#include "run/event.h"

#include <vector>

namespace espresso {

/// What whoever starts a run should know about how its hosts are reached: host keys that are not verified, variables
/// that say nothing to us. Each is told once, for all the hosts that it is true of. `connections` are those of `plans`.
std::vector<Event> connection_notices(const std::vector<HostPlan>& plans, const std::vector<Connection>& connections);

}  // namespace espresso

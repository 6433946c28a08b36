#pragma once

#include "cli/command.h"

#include <string>
#include <vector>

namespace espresso {

/// Checks the hosts and writes to a file, for its owner only, what would change on each: `espresso plan STAGE --out
/// FILE`. Hosts that could not be checked to their end are told, and left out by whoever applies it.
ExitStatus write_plan(const Context& context, const std::vector<std::string>& targets, const std::string& file);

/// Carries out the plan of the settings: checks its hosts once more, and goes on with those where all is as it was
/// planned. The others fail, untouched.
ExitStatus apply_plan(const Context& context, const std::vector<std::string>& targets);

}  // namespace espresso

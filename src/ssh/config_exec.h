#pragma once

#include "core/diagnostic.h"

#include <chrono>
#include <string>

namespace espresso {

/// Runs a command of `Match exec` with the user's shell, as ssh does: without input, its output thrown away. Its
/// status. Throws Mistakes, at `place`, when the shell cannot be run, or the command is killed or does not end in time:
/// ssh would wait for ever, and all hosts with it.
int run_in_shell(const std::string& command, const Span& place,
                 std::chrono::milliseconds longest = std::chrono::seconds(30));

}  // namespace espresso

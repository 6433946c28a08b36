#pragma once

#include "model/stage.h"

#include <string>
#include <string_view>

namespace espresso {

// Signals that nothing has to raise by name.

/// What stages on other hosts hear when a host is lost.
constexpr std::string_view signal_of_lost_host = "host.unreachable";
/// "STAGE.changed": raised when any of the stage's operations changed something.
std::string signal_of_change(const Stage& stage);
/// "STAGE.failed": raised when the stage failed.
std::string signal_of_failure(const Stage& stage);

/// Whether the stage listens to hosts that are lost. It runs last, when all others have ended.
bool listens_to_lost_hosts(const Stage& stage);

}  // namespace espresso

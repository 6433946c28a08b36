#pragma once

#include "model/stage.h"
#include "model/yaml.h"

#include <memory>
#include <string_view>

namespace espresso {

/// Whether a signal can have this name.
bool is_signal_name(std::string_view text);

/// Reads one item of a stage's `run:` — a helper with its arguments, and the keys beside it. Returns nothing when no
/// helper can be made out; mistakes go to `diagnostics`.
/// The names of signals at a key of a stage or call.
std::vector<SignalName> read_signals(std::string_view key, const Node& node, Diagnostics& diagnostics);

std::shared_ptr<const Call> read_call(const Node& item, Diagnostics& diagnostics);

/// A duration that is longer than none, at the key `timeout`.
std::optional<std::chrono::milliseconds> read_timeout(const Node& node, Diagnostics& diagnostics);

/// Whether a host may have a user of that name: it has one, and it fits into a line.
bool is_user_name(std::string_view text);

}  // namespace espresso

#include "model/built_in_signals.h"

#include <algorithm>

namespace espresso {

std::string signal_of_change(const Stage& stage) { return stage.name() + ".changed"; }
std::string signal_of_failure(const Stage& stage) { return stage.name() + ".failed"; }

bool listens_to_lost_hosts(const Stage& stage) {
  const auto signals = stage.listens();
  return std::any_of(signals.begin(), signals.end(),
                     [](const SignalName& signal) { return signal.name == signal_of_lost_host; });
}

}  // namespace espresso

#include "cli/pausable_reporter.h"

#include <utility>

namespace espresso {

void PausableReporter::on(const Event& event) {
  const std::lock_guard lock(mutex_);
  if (is_paused_)
    waiting_.push_back(event);
  else
    reporter_.on(event);
}

void PausableReporter::pause(const std::string& message) {
  asking_.lock();
  const std::lock_guard lock(mutex_);
  is_paused_ = true;
  reporter_.on({.kind = Event::Kind::question, .message = message});
}

void PausableReporter::resume() {
  const std::lock_guard lock(mutex_);
  is_paused_ = false;
  for (const auto& event : std::exchange(waiting_, {})) reporter_.on(event);
  asking_.unlock();
}

}  // namespace espresso

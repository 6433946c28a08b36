#pragma once

#include "run/event.h"

#include <mutex>
#include <string>
#include <vector>

namespace espresso {

/// Passes events on, except while the user is asked something on the terminal: then they wait. For any number of
/// threads.
class PausableReporter : public Reporter {
 public:
  /// `reporter` must outlive it.
  explicit PausableReporter(Reporter& reporter) : reporter_(reporter) {}

  void on(const Event& event) override;
  /// Tells that a question comes: what it is about. One at a time: another waits here until resume().
  void pause(const std::string& message);
  void resume();

 private:
  Reporter& reporter_;
  std::mutex asking_;  // from pause() to resume(), on one thread
  std::mutex mutex_;   // for all below, and calls of reporter_
  bool is_paused_ = false;
  std::vector<Event> waiting_;
};

}  // namespace espresso

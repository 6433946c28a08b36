#pragma once

#include "report/wording.h"
#include "run/event.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace espresso {

/// What is told at the end of a run: counts and reasons with equal hosts folded, the slowest operations, the total.
class Summary {
 public:
  explicit Summary(const Wording& wording) : wording_(wording) {}

  void operation_finished(const Event& event);
  void host_finished(const Event& event);
  std::string text(const Event& run_finished) const;

 private:
  struct HostEnd {
    std::string host;
    Outcome outcome;
    std::map<Outcome, std::size_t> counts;
    std::size_t rescued;
    std::string reason;
  };
  struct Slow {
    std::string title;
    std::string host;
    std::chrono::milliseconds duration;
  };

  std::string words(const HostEnd& end) const;
  std::string slowest() const;

  const Wording& wording_;
  std::vector<HostEnd> ends_;
  std::map<std::string, std::string> failures_;  // host, to what failed there last
  std::map<std::string, Slow> slow_;             // stage and title, to where it took longest
};

}  // namespace espresso

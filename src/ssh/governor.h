#pragma once

#include "core/async.h"

#include <list>
#include <memory>

namespace espresso {

/// Lets so many handshakes run at once, first come, first served: servers drop unauthenticated connections above a limit
/// (sshd's MaxStartups), and those that wait too long (LoginGraceTime).
class Governor {
 public:
  explicit Governor(unsigned places) : free_(places == 0 ? 1 : places) {}

  /// A place, given back when it goes out of scope.
  class Place {
   public:
    explicit Place(std::shared_ptr<Governor> governor) : governor_(std::move(governor)) {}
    Place(Place&&) = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (governor_) governor_->give_back();
    }

   private:
    std::shared_ptr<Governor> governor_;
  };
  static awaitable<Place> enter(std::shared_ptr<Governor> governor);

 private:
  void give_back();
  unsigned free_;
  std::list<Bell> queue_;  // one bell each: waking all of a thousand for one place would be quadratic
};

}  // namespace espresso

#pragma once

#include "core/async.h"
#include "ssh/abandonment.h"

#include <list>
#include <memory>
#include <utility>

namespace espresso {

/// Lets so many handshakes run at once, first come, first served: servers drop unauthenticated connections above a
/// limit (sshd's MaxStartups), and those that wait too long (LoginGraceTime).
class Governor {
 public:
  explicit Governor(unsigned places) : free_(places == 0 ? 1 : places) {}

  /// A place, given back when it goes out of scope.
  class Place {
   public:
    explicit Place(std::shared_ptr<Governor> governor) : governor_(std::move(governor)) {}
    Place(Place&&) = default;
    Place& operator=(Place&&) = delete;
    ~Place() { leave(); }
    /// Gives it back before its end.
    void leave() {
      if (const auto governor = std::exchange(governor_, nullptr)) governor->give_back();
    }

   private:
    std::shared_ptr<Governor> governor_;
  };
  /// Throws Unreachable when abandoned.
  static awaitable<Place> enter(std::shared_ptr<Governor> governor, std::shared_ptr<Abandonment> abandonment);

 private:
  void give_back();
  unsigned free_;
  std::list<Bell> queue_;  // one bell each: waking all of a thousand for one place would be quadratic
};

}  // namespace espresso

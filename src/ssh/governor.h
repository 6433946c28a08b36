#pragma once

#include "core/async.h"
#include "ssh/abandonment.h"

#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace espresso {

/// Lets so many handshakes run at once, first come, first served, in all and at each gate (an address, or a jump host):
/// servers drop unauthenticated connections above a limit (sshd's MaxStartups, by default at random from the tenth
/// on), and those that wait too long (LoginGraceTime). A gate that drops one lets half as many through from then on,
/// and with each that succeeds a little more again. For one executor.
class Governor : public std::enable_shared_from_this<Governor> {
 public:
  explicit Governor(unsigned places) : free_(places == 0 ? 1 : places) {}

  /// A way through a gate and a place in all, given back when it goes out of scope.
  class Place {
   public:
    Place(std::shared_ptr<Governor> governor, std::string gate)
        : governor_(std::move(governor)), gate_(std::move(gate)) {}
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place();
    /// Gives back the place in all before its end, for a host that is silent. It still stands in its gate.
    void step_aside();
    /// Tells the gate how it went.
    void succeeded();
    void was_dropped();

   private:
    friend class Governor;
    std::shared_ptr<Governor> governor_;
    std::string gate_;
    bool is_counted_ = false;  // has a place in all
  };
  /// Throws Unreachable when abandoned. `most`: how many the gate lets through at first.
  awaitable<Place> enter(std::string gate, unsigned most, std::shared_ptr<Abandonment> abandonment);

  /// How many the gate lets through now; for tests.
  double width(const std::string& gate) const;

 private:
  using Queue = std::list<Bell>;  // one bell each: waking all of a thousand for one place would be quadratic
  struct Gate {
    double width = 1;
    double most = 1;
    unsigned inside = 0;
    Queue queue;
    bool is_open() const { return inside == 0 || inside + 1 <= width; }
  };
  struct Ticket;

  void leave_gate(const std::string& name);

  unsigned free_;
  Queue queue_;
  std::map<std::string, Gate> gates_;
};

}  // namespace espresso

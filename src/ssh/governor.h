#pragma once

#include "core/async.h"
#include "ssh/abandonment.h"

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace espresso {

/// Lets so many handshakes run at once, first come, first served, in all and at each gate (an address, or a jump host):
/// servers drop unauthenticated connections above a limit (sshd's MaxStartups, by default at random from the tenth
/// on), and those that wait too long (LoginGraceTime). A gate that drops one lets half as many through from then on,
/// and with each that succeeds a little more again. A host that is silent gives its place to the next, and takes one
/// again when it speaks: where servers are slow because so many are at work, there must not be ever more of them. For
/// one executor.
class Governor : public std::enable_shared_from_this<Governor> {
 public:
  explicit Governor(unsigned places) : free_(places == 0 ? 1 : static_cast<int>(places)) {}

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
    /// It has spoken again, and counts in all, whether there is room or not. From now on silence is borne for longer.
    void come_back();
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

  /// How long a host may be silent before it is to step aside.
  std::chrono::milliseconds patience() const { return patience_; }

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

  // Above the time that a server under load takes for its first word; and far below that of a login.
  static constexpr std::chrono::milliseconds shortest_patience = std::chrono::seconds(1);
  static constexpr std::chrono::milliseconds longest_patience = std::chrono::seconds(4);

  int free_;  // below 0: so many have come back beyond what there is room for
  std::chrono::milliseconds patience_ = shortest_patience;
  Queue queue_;
  std::map<std::string, Gate> gates_;
};

}  // namespace espresso

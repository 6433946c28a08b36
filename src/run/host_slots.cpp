#include "run/host_slots.h"

namespace espresso {

awaitable<void> HostSlots::acquire() {
  if (free_ > 0) {
    --free_;
    co_return;
  }
  const auto turn = std::make_shared<Turn>(executor_);
  queue_.push_back(turn);
  while (!turn->has_come) co_await turn->bell.wait();
}

void HostSlots::release() {
  if (queue_.empty()) {
    ++free_;
    return;
  }
  // One is woken, not all: with 100,000 hosts that wait, each end would cost as much as all of them.
  const auto turn = std::move(queue_.front());
  queue_.pop_front();
  turn->has_come = true;
  turn->bell.ring();
}

}  // namespace espresso

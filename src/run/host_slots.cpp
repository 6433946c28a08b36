#include "run/host_slots.h"

namespace espresso {

awaitable<void> HostSlots::acquire() {
  while (free_ == 0) co_await bell_.wait();
  --free_;
}

void HostSlots::release() {
  ++free_;
  bell_.ring();
}

}  // namespace espresso

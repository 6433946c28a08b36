#pragma once

#include "core/async.h"

#include <cstddef>

namespace espresso {

/// How many hosts may be under way at the same time.
class HostSlots {
 public:
  HostSlots(const asio::any_io_executor& executor, std::size_t limit) : bell_(executor), free_(limit) {}
  awaitable<void> acquire();
  void release();

 private:
  Bell bell_;
  std::size_t free_;
};

}  // namespace espresso

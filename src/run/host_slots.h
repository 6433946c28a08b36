#pragma once

#include "core/async.h"

#include <cstddef>
#include <deque>
#include <memory>

namespace espresso {

/// How many hosts may be under way at the same time. Who waits gets his turn in the order of asking.
class HostSlots {
 public:
  HostSlots(asio::any_io_executor executor, std::size_t limit) : executor_(std::move(executor)), free_(limit) {}
  awaitable<void> acquire();
  void release();

 private:
  struct Turn {
    explicit Turn(const asio::any_io_executor& executor) : bell(executor) {}
    Bell bell;
    bool has_come = false;
  };
  asio::any_io_executor executor_;
  std::deque<std::shared_ptr<Turn>> queue_;
  std::size_t free_;
};

}  // namespace espresso

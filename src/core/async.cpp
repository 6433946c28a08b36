#include "core/async.h"

#include <algorithm>

namespace espresso {

awaitable<bool> Bell::wait(Deadline deadline) {
  asio::steady_timer timer(executor_, deadline);
  struct Registration {
    std::shared_ptr<Waiters> waiters;
    asio::steady_timer* timer;
    Registration(std::shared_ptr<Waiters> list, asio::steady_timer* entry) : waiters(std::move(list)), timer(entry) {
      waiters->push_back(timer);
    }
    Registration(const Registration&) = delete;
    ~Registration() { std::erase(*waiters, timer); }
  } registration(waiters_, &timer);
  const auto [error] = co_await timer.async_wait(as_result);
  co_return static_cast<bool>(error);  // cancelled by ring(); expired otherwise
}

void Bell::ring() {
  for (auto* timer : *waiters_) timer->cancel();
}

void spawn(const asio::any_io_executor& executor, awaitable<void> work,
           std::function<void(std::exception_ptr)> finished) {
  asio::co_spawn(executor, std::move(work), [finished = std::move(finished)](std::exception_ptr failure) {
    if (finished)
      finished(failure);
    else if (failure)
      std::rethrow_exception(failure);
  });
}

namespace {

awaitable<bool> done_when_ended(awaitable<void> work) {
  co_await std::move(work);
  co_return true;
}

}  // namespace

awaitable<void> run_on(asio::any_io_executor executor, awaitable<void> work) {
  auto whole = done_when_ended(std::move(work));
  co_await run_on(std::move(executor), std::move(whole));
}

}  // namespace espresso

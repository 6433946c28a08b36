#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

// The only file that may spawn coroutines (style.md, 10): with Asio 1.22 `a || timer` swallows a failing `a`,
// and `detached` swallows exceptions. Waits are built from one primitive instead: a Bell with a deadline.
//
// GCC 12 destroys closures and aggregates that are temporaries of an expression with `co_await` twice: what they own is
// freed twice. Give them a name in a statement of their own when they hold more than numbers, pointers and references:
//   auto read = [path] { return load(path); };           // not co_await on_pool(pool, [path] { … })
//   const Bytes bytes = co_await on_pool(pool, read);    // nor co_await f(Options{.name = name})
// And a bare `co_return;` inside `if (!co_await x)` traps when it is resumed: keep the answer in a variable.

namespace espresso {

template <typename T>
using awaitable = asio::awaitable<T>;
using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// Whole milliseconds from `start` to now.
inline std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

/// A deadline that never comes.
constexpr Deadline no_deadline = Deadline::max();

/// `auto [error, ...] = co_await x.async_y(as_result)`: the error as a value instead of an exception.
constexpr auto as_result = asio::experimental::as_tuple(asio::use_awaitable);

/// What coroutines of one executor wait for and others announce: a condition variable.
/// Wake-ups may be spurious: wait in a loop around the condition.
class Bell {
 public:
  explicit Bell(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Until ring() or the deadline; false when the deadline came first.
  awaitable<bool> wait(Deadline deadline = no_deadline);
  /// Wakes all who wait now.
  void ring();

 private:
  using Waiters = std::vector<asio::steady_timer*>;
  asio::any_io_executor executor_;
  // Shared with the waiting coroutines, which may be destroyed after the bell when an executor shuts down.
  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

/// Runs a coroutine on the executor; `finished` is called there with what it threw, or nullptr.
void spawn(const asio::any_io_executor& executor, awaitable<void> work,
           std::function<void(std::exception_ptr)> finished);

template <typename Function, typename Result = std::invoke_result_t<Function>>
awaitable<Result> run_on_pool(asio::thread_pool& pool, Function function) {
  static_assert(!std::is_void_v<Result>, "return a value, even if only `true`");
  struct State {
    explicit State(asio::any_io_executor executor) : bell(std::move(executor)) {}
    Bell bell;
    std::optional<Result> result;
    std::exception_ptr failure;
    bool done = false;
  };
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<State>(executor);
  asio::post(pool, [state, executor, function = std::move(function)]() mutable {
    std::optional<Result> result;
    std::exception_ptr failure;
    try {
      result.emplace(function());
    } catch (...) {
      failure = std::current_exception();
    }
    asio::post(executor, [state, result = std::move(result), failure]() mutable {
      state->result = std::move(result);
      state->failure = failure;
      state->done = true;
      state->bell.ring();
    });
  });
  while (!state->done) co_await state->bell.wait();
  if (state->failure) std::rethrow_exception(state->failure);
  co_return std::move(*state->result);
}

/// Runs a blocking function on a thread of `pool`; the caller goes on, on its own executor, with the result or
/// exception. The function must own what it uses: the caller may be gone before it ends. It is given by name and moved
/// from, since a temporary would be destroyed twice (see above). The pool must have ended before the caller's executor
/// does.
template <typename Function>
auto on_pool(asio::thread_pool& pool, Function&& function) {
  static_assert(
      std::is_lvalue_reference_v<Function> || std::is_trivially_destructible_v<Function>,
      "GCC 12 destroys temporary closures in co_await twice: name it first, `auto work = […] {…};`, and pass `work`");
  return run_on_pool<std::decay_t<Function>>(pool, std::move(function));
}

/// Runs a coroutine on another executor, where all of it lives; the caller goes on, on its own executor, with the
/// result or exception. When both are the same, it is simply awaited. The work must own what it uses, and its
/// executor's thread must have ended before the caller's executor does.
template <typename Result>
awaitable<Result> run_on(asio::any_io_executor executor, awaitable<Result> work) {
  struct State {
    explicit State(asio::any_io_executor home) : bell(std::move(home)) {}
    Bell bell;
    Result result{};
    std::exception_ptr failure;
    bool done = false;
  };
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  if (home == executor) co_return co_await std::move(work);
  auto state = std::make_shared<State>(home);
  auto finished = [state, home](std::exception_ptr failure, Result result) {
    asio::post(home, [state, failure, result = std::move(result)]() mutable {
      state->result = std::move(result);
      state->failure = failure;
      state->done = true;
      state->bell.ring();
    });
  };
  asio::co_spawn(executor, std::move(work), std::move(finished));
  while (!state->done) co_await state->bell.wait();
  if (state->failure) std::rethrow_exception(state->failure);
  co_return std::move(state->result);
}

awaitable<void> run_on(asio::any_io_executor executor, awaitable<void> work);

}  // namespace espresso

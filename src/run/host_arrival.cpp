#include "core/text.h"
#include "run/host_run.h"
#include "ssh/refused.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

// The part of HostRun that gets to a host for the first time, and tries again where that is wanted.

namespace espresso {

namespace {

using namespace std::chrono_literals;

// The pause doubles each time. Hosts that went down together are not tried together: up to half of it is left out.
constexpr std::chrono::milliseconds first_pause = 1s;
constexpr std::chrono::milliseconds longest_pause = 30s;
// Who is awaited is looked for more often.
constexpr std::chrono::milliseconds longest_pause_of_awaited = 5s;
constexpr int most_doublings = 5;
constexpr std::string_view awaits_host = "wait.for_connection";

std::chrono::milliseconds pause_before(std::size_t attempt, const std::string& host) {
  const auto whole = first_pause * (1 << std::min<std::size_t>(attempt - 1, most_doublings));
  const auto part = std::hash<std::string>()(host + std::to_string(attempt)) % 512;
  return std::min(whole, longest_pause) * (1024 - part) / 1024;
}

}  // namespace

// How long the host is waited for, if its first operation says so.
std::optional<std::chrono::milliseconds> HostRun::awaited() {
  for (const auto& stage : plan_.stages) {
    if (stage.calls.empty() || stage.only_on_signal) continue;
    const auto& call = stage.calls.front();
    if (call->helper != awaits_host) return std::nullopt;
    try {
      const Binding binding = context_.binder.bind(call, scope_);
      if (!binding.operations.empty()) return binding.operations.front()->waits;
    } catch (const Mistakes&) {
      // Told when its turn has come.
    }
    return std::nullopt;
  }
  return std::nullopt;
}

awaitable<void> HostRun::pause_before_attempt(std::size_t attempt, Deadline deadline) {
  const Deadline next = std::min(Clock::now() + pause_before(attempt, name()), deadline);
  while (Clock::now() < next && context_.interrupts == 0) co_await bell_.wait(next);
}

// How long a host is looked for whose connection is lost now.
std::chrono::milliseconds HostRun::patience_for_return() const {
  std::chrono::milliseconds patience = context_.options.reconnect_timeout;
  if (!outstanding_.empty() && outstanding_.front().operation) {
    const Operation& operation = *outstanding_.front().operation;
    if (operation.helper->name == awaits_host)
      patience = std::max<std::chrono::milliseconds>(patience, operation.waits);
  }
  return patience;
}

awaitable<void> HostRun::arrive() {
  const std::optional<std::chrono::milliseconds> patience = awaited();
  const Deadline deadline = patience ? Clock::now() + *patience : no_deadline;
  for (std::size_t attempt = 1;; ++attempt) {
    std::optional<Error> trouble;
    bool is_final = false;
    try {
      if (patience) {
        trouble = co_await try_to_connect(deadline);
      } else {
        co_await connect(connection_.endpoint.connect_timeout);
      }
    } catch (const Refused& refused) {
      trouble = refused;
      is_final = true;
    } catch (const Unreachable& error) {
      trouble = error;
      is_final = session_ != nullptr;  // it has been reached
    }
    if (!trouble) co_return;
    const bool is_over = patience ? Clock::now() >= deadline : is_final || attempt > context_.options.connect_retries;
    if (is_over || context_.interrupts > 0) {
      std::string message = trouble->what();
      if (patience)
        message = fmt::format("it could not be reached within {}: {}", render_duration(*patience), message);
      else if (attempt > 1)
        message += fmt::format(" (tried {} times)", attempt);
      throw Error(message, trouble->hint(), trouble->kind());
    }
    if (attempt == 1)
      report(
          {.kind = Event::Kind::notice, .message = fmt::format("{}: {}; it is tried again", name(), trouble->what())});
    co_await say_goodbye();
    co_await pause_before_attempt(attempt, deadline);
  }
}

}  // namespace espresso

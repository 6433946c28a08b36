#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

#include <algorithm>

// The part of HostRun that stays with a host while it reboots.

namespace espresso {

namespace {

using namespace std::chrono_literals;

// How long the reboot's command may take to fail. A host that is gone by then may not have ended the connection.
constexpr auto last_words_timeout = 30s;
// Between attempts to reach the host: each pause is longer than the one before.
constexpr auto shortest_pause = 500ms;
constexpr auto longest_pause = 8s;
// No attempt is cut shorter by the deadline: it could not succeed.
constexpr auto shortest_attempt = 1s;

}  // namespace

// Hears how the operation that reboots ends, awaits the host, and goes on behind that operation.
awaitable<void> HostRun::see_reboot() {
  const Clock::time_point since_when = *going_down_since_;
  // Nothing was sent after it; what was sent before may still have to be told.
  const std::chrono::seconds patience = *outstanding_.back().operation->reboots;
  const std::string in_time = render_duration(patience);
  const std::string former_boot = runner_->ready()->boot_id;
  Answer answer = co_await last_words(std::min(since_when + last_words_timeout, since_when + patience));
  going_down_since_.reset();
  const Clock::time_point begun = head_since_;
  std::optional<Error> trouble;
  if (answer.word == "changed") {
    trouble = co_await reconnect(former_boot, since_when + patience, in_time);
    if (trouble) {
      answer.word = "failed";
      answer.reason = trouble->what();
    } else {
      answer.told.take("seconds", fmt::format("#{}", since(since_when).count() / 1000));
      answer.told.take("old_boot_id", "=" + former_boot);
      answer.told.take("new_boot_id", "=" + runner_->ready()->boot_id);
    }
  }
  head_since_ = begun;
  take_answer(answer);
  if (trouble && !runner_) throw Unreachable(trouble->what(), trouble->hint());
}

// The answer of the operation that reboots; when it does not come, or the connection is lost, the host goes down.
awaitable<Answer> HostRun::last_words(Deadline deadline) {
  Answer answer;
  try {
    for (bool waits = true; waits;) {
      auto message = co_await runner_->receive(deadline);
      waits = message.has_value();
      auto* complete = waits ? std::get_if<Answer>(&*message) : nullptr;
      if (complete && outstanding_.size() == 1) {
        answer = std::move(*complete);
        co_return answer;
      }
      if (waits) take(std::move(*message));
    }
  } catch (const Error&) {
    // That is what it was told to do. What came before must have been told, though.
    if (outstanding_.size() != 1) throw;
  }
  if (outstanding_.size() != 1) throw Unreachable("the host goes down and has not told how it came so far");
  answer = runner_->unfinished_answer();
  answer.word = "changed";
  co_return answer;
}

// Until the host is back and has been started anew; or what is in the way at the deadline. There is no runner then,
// unless it is the same start of the system all the time.
awaitable<std::optional<Error>> HostRun::reconnect(const std::string& former_boot, Deadline deadline,
                                                   std::string_view in_time) {
  std::chrono::milliseconds pause = shortest_pause;
  for (;;) {
    co_await say_goodbye();
    const Deadline next = std::min(Clock::now() + pause, deadline);
    while (Clock::now() < next && context_.interrupts == 0) co_await bell_.wait(next);
    if (context_.interrupts > 0) throw Unreachable("interrupted before the host was back from its reboot");
    std::optional<Error> trouble = co_await try_to_connect(deadline);
    const bool is_back = !trouble && runner_->ready()->boot_id != former_boot;
    if (is_back) co_return std::nullopt;
    if (Clock::now() >= deadline) {
      if (trouble) {
        co_await say_goodbye();
        co_return Error(fmt::format("the host did not come back within {}: {}", in_time, trouble->what()),
                        trouble->hint());
      }
      co_return Error(
          fmt::format("the host has not rebooted within {}: its boot id is still {}", in_time, printable(former_boot)));
    }
    pause = std::min<std::chrono::milliseconds>(pause * 3 / 2, longest_pause);
  }
}

// A session and a runner that is ready; or why not.
awaitable<std::optional<Error>> HostRun::try_to_connect(Deadline deadline) {
  std::optional<Error> trouble;
  // They may be others after each start.
  facts_asked_.clear();
  facts_awaited_ = 0;
  fact_failures_.clear();
  scope_.set("facts", *context_.scope.find("facts"));
  try {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    co_await connect(
        std::min(connection_.endpoint.connect_timeout, std::max<std::chrono::milliseconds>(left, shortest_attempt)));
    const Deadline ready_by =
        Clock::now() + std::clamp<std::chrono::milliseconds>(left, shortest_attempt, boot_timeout);
    while (!runner_->ready()) {
      auto message = co_await runner_->receive(ready_by);
      if (!message) throw Unreachable(fmt::format("no answer from {}", connection_.shell));
      take(std::move(*message));
    }
  } catch (const NoShell& ended) {
    trouble = no_shell(ended);
  } catch (const Error& error) {
    trouble = error;
  }
  co_return trouble;
}

}  // namespace espresso

#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

#include <algorithm>

// The part of HostRun that knows how long things may take. What is overdue is killed at the host, by the watchdog there
// (watch.sh); where none is, or it does not manage, the engine ends all that runs there.

namespace espresso {

namespace {

using namespace std::chrono_literals;

// What the watchdog may need to notice and to end an operation.
constexpr auto watchdog_patience = 30s;

}  // namespace

// Until when the host must have said what is awaited from it.
Deadline HostRun::answer_deadline() const {
  // Whoever holds the lock does what he does.
  if (waits_for_lock_ && !runner_->ready())
    return head_since_ + boot_timeout + context_.options.tenure.patience + context_.options.operation_timeout;
  if (!runner_->ready() || outstanding_.empty() || !outstanding_.front().operation) return head_since_ + boot_timeout;
  const bool is_watched = !runner_->ready()->state.empty();
  return head_since_ + limit_of(outstanding_.front()) + (is_watched ? watchdog_patience : 0s);
}

std::chrono::milliseconds HostRun::limit_of(const Pending& pending) const {
  const Operation& operation = *pending.operation;
  const auto own = operation.call->timeout.value_or(context_.options.operation_timeout + operation.waits);
  return pending.limit ? std::min(own, *pending.limit) : own;
}

// The host knows what holds for all.
void HostRun::set_limit(Pending& pending, OperationFlags& flags) const {
  const Operation& operation = *pending.operation;
  flags.is_watched_at_once = operation.call->timeout || pending.limit;
  if (context_.options.tenure.run.empty() || (!flags.is_watched_at_once && operation.waits == 0s)) return;
  flags.limit = std::max(1s, std::chrono::ceil<std::chrono::seconds>(limit_of(pending)));
}

// Operations of a stage with a time of its own are sent one by one, each with what is left of it; false when nothing
// is.
bool HostRun::is_within_stage(Pending& pending) {
  if (!pending.is_timed) return true;
  const std::chrono::milliseconds time = *plan_.stages[pending.call->stage].stage->timeout();
  const Clock::time_point begun = stages_since_.try_emplace(pending.call->stage, Clock::now()).first->second;
  pending.limit = time - since(begun);
  if (*pending.limit > 0ms) return true;
  const Operation& operation = *pending.operation;
  pending.result =
      result_without_answer(*operation.call, operation.title, Outcome::failed,
                            fmt::format("not begun: its stage is not through within {}", render_duration(time)));
  pending.result.ignored = operation.call->ignore_errors;
  pending.kind = Pending::Kind::result;
  pending.operation = nullptr;
  pending.tries = nullptr;
  return false;
}

// An operation that failed when the time of its stage was over failed for that.
void HostRun::tell_of_stage_time(const Pending& pending, Result& result) const {
  if (!pending.limit || result.outcome != Outcome::failed || since(head_since_) < *pending.limit) return;
  const std::chrono::milliseconds time = *plan_.stages[pending.call->stage].stage->timeout();
  result.message = fmt::format("its stage is not through within {}: {}", render_duration(time), result.message);
}

}  // namespace espresso

#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

// The part of HostRun that tries operations more than once. Each try is an operation of its own to the host and its
// journal, and nothing that follows is sent before the last.

namespace espresso {

namespace {

std::string key_of_try(const std::string& key, std::size_t number) {
  return key.empty() || number == 1 ? key : fmt::format("{}.{}", key, number);
}

void fail(Result& result, const Call& call, std::string message) {
  result.outcome = Outcome::failed;
  result.ignored = call.ignore_errors;
  result.message = std::move(message);
}

}  // namespace

void HostRun::may_be_tried_again(Pending& pending, const std::shared_ptr<const ComponentUse>& use) const {
  if (!pending.call->call->retry || context_.options.check) return;
  pending.tries = std::make_shared<Tries>(Tries{.operation = pending.operation, .use = use, .key = pending.key});
}

// Why it would have to be tried once more; nothing when it is done with, for better or worse.
std::optional<std::string> HostRun::why_not_through(const Tries& tries, Result& result) {
  const Call& call = *tries.operation->call;
  const auto& until = call.retry->until;
  if (!until) return result.outcome == Outcome::failed ? std::optional(result.message) : std::nullopt;
  Scope scope(tries.use ? &tries.use->scope : &scope_);
  if (tries.operation->item) scope.set("item", *tries.operation->item);
  const Value value = registered_value({result}, false);
  if (!call.register_as.empty()) scope.set(call.register_as, value);
  scope.set("result", value);
  std::string why;
  try {
    if (context_.binder.is_true(*until, scope)) return std::nullopt;
    return result.outcome == Outcome::failed ? result.message : fmt::format("'{}' does not hold", until->text());
  } catch (const Mistakes& mistakes) {
    why = mistakes.diagnostics().front().message;
  } catch (const Deferred& deferred) {
    why = fmt::format("it depends on {}, which is not known", deferred.reason);
  }
  fail(result, call, "until: " + why);
  return std::nullopt;
}

// Else the result is what became of it after all.
bool HostRun::is_tried_again(Pending& pending, Result& result) {
  Tries& tries = *pending.tries;
  const Call& call = *tries.operation->call;
  if (!tries.begun) tries.begun = head_since_;
  result.tries = tries.made;
  const auto why = why_not_through(tries, result);
  if (!why) return false;
  const bool may_be = tries.made < call.retry->most_tries() && context_.interrupts == 0;
  if (!may_be) {
    fail(result, call, *why);
    return false;
  }
  ++tries.made;
  pending = {.call = pending.call,
             .operation = tries.operation,
             .key = key_of_try(tries.key, tries.made),
             .is_timed = pending.is_timed,
             .tries = pending.tries};
  return true;
}

// A run that was cut off may have come further than to its first try.
void HostRun::find_last_try(Pending& pending) const {
  if (!pending.tries || !pending.operation) return;
  Tries& tries = *pending.tries;
  while (!tries.key.empty() && journal_.entries.contains(key_of_try(tries.key, tries.made + 1))) ++tries.made;
  pending.key = key_of_try(tries.key, tries.made);
}

// Waits for its turn. An interrupt leaves it at what the last try has come to.
awaitable<void> HostRun::try_again() {
  tell_of_pause(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(waiting_->due - Clock::now(), Clock::duration())));
  while (Clock::now() < waiting_->due && context_.interrupts == 0) co_await bell_.wait(waiting_->due);
  Waiting waiting = std::move(*waiting_);
  waiting_.reset();
  if (context_.interrupts == 0) {
    // After a failure the host skips what it is sent.
    runner_->resume();
    send(std::move(waiting.pending));
  } else {
    --waiting.pending.tries->made;
    settle(std::move(waiting.pending), std::move(waiting.result));
  }
}

}  // namespace espresso

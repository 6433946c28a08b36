#include "run/errands.h"
#include "run/host_run.h"
#include "run/library.h"

#include <fmt/format.h>

#include <algorithm>

// The two sides of an errand in HostRun: the host that has something done elsewhere, and the one that does it.

namespace espresso {

HostRun::~HostRun() {
  if (elsewhere_) elsewhere_->errand->tell_done = nullptr;
}

bool HostRun::is_for_elsewhere(const Pending& pending) const {
  return pending.operation && !pending.errand && !pending.operation->delegate.empty() &&
         pending.operation->delegate != name();
}

// It belongs where it stands: what is before it has ended, and nothing that follows has begun.
bool HostRun::must_wait(const Pending& pending) const {
  return is_for_elsewhere(pending) &&
         (!outstanding_.empty() || !again_.empty() || !was_connected_ || looks_through_left_);
}

// Where the signals of what is done elsewhere are raised, or withdrawn: on this host, whose stage it is part of.
HostRun::Pending HostRun::mark_for_elsewhere(const Pending& pending, Pending::Kind kind) {
  const std::string_view what = kind == Pending::Kind::raise ? "raise" : "withdraw";
  auto run = std::make_shared<CallRun>();
  run->stage = pending.call->stage;
  run->component = pending.call;
  return {.call = std::move(run), .kind = kind, .key = key_of(fmt::format("{} for {}", what, pending.key))};
}

void HostRun::send_elsewhere(Pending pending) {
  const auto errand = std::make_shared<Errand>();
  errand->operation = pending.operation;
  errand->key = pending.key;
  errand->tell_done = [this] { bell_.ring(); };
  head_since_ = Clock::now();
  report({.kind = Event::Kind::operation_started,
          .stage = plan_.stages[pending.call->stage].stage->name(),
          .title = pending.operation->title,
          .index = index_});
  const std::string host = pending.operation->delegate;
  elsewhere_ = std::make_unique<Elsewhere>(Elsewhere{.pending = std::move(pending), .errand = errand});
  // What is to be confirmed here waits for it.
  tell_of_pause(limit_of(elsewhere_->pending));
  context_.errands->ask(host, errand);
}

// Whether nothing is under way elsewhere any more.
bool HostRun::take_from_elsewhere() {
  if (!elsewhere_) return true;
  if (!elsewhere_->errand->is_done) return false;
  Elsewhere done = std::move(*elsewhere_);
  elsewhere_.reset();
  if (!done.errand->result) return true;
  Result result = std::move(*done.errand->result);
  const bool would_change = result.outcome == Outcome::would_change || result.outcome == Outcome::unknown;
  const bool may_have_changed =
      result.outcome == Outcome::changed || (result.outcome == Outcome::failed && !result.differences.empty());
  const Pending pending = done.pending;
  settle(std::move(done.pending), std::move(result));
  if (waiting_ || signals_of(pending).empty()) return true;
  if (would_change)
    send(mark_for_elsewhere(pending, Pending::Kind::raise));
  else if (!context_.options.check && !may_have_changed)
    send(mark_for_elsewhere(pending, Pending::Kind::withdraw));
  return true;
}

HostRun::Block HostRun::bind_errand() {
  if (errands_->waiting.empty()) return Block::other_hosts;
  const auto errand = errands_->waiting.front();
  errands_->waiting.pop_front();
  errands_->under_way.insert(errand);
  const auto& helper = errand->operation->helper;
  if (std::find(errand_helpers_.begin(), errand_helpers_.end(), helper) == errand_helpers_.end()) {
    errand_helpers_.push_back(helper);
    runner_->extend_library(library_of({helper}));
  }
  auto run = std::make_shared<CallRun>();
  run->call = errand->operation->call;
  run->stage = stage_;
  next_.push_back({.call = std::move(run), .operation = errand->operation, .key = errand->key, .errand = errand});
  if (connection_.local && errand->operation->reboots) {
    next_.back().kind = Pending::Kind::result;
    next_.back().operation = nullptr;
    next_.back().result = result_without_answer(*errand->operation->call, errand->operation->title, Outcome::failed,
                                                std::string(ends_with_this_machine));
  }
  return Block::none;
}

void HostRun::finish_errand(const Pending& pending, Result result) {
  result.ignored = result.outcome == Outcome::failed && pending.call->call->ignore_errors;
  errands_->under_way.erase(pending.errand);
  pending.errand->finish(std::move(result));
}

}  // namespace espresso

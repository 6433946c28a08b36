#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

// The half of HostRun that takes the answers and tells reporters and other hosts what they mean.

namespace espresso {

namespace {

// Whose result is what a command or a server says: check mode has nothing that could stand for it.
bool is_known_by_running(std::string_view helper) {
  return helper == "shell.run" || helper == "shell.script" || helper == "http.request" || helper == "system.reboot";
}

}  // namespace

void HostRun::take(Runner::Message message) {
  if (auto* told = std::get_if<FactsTold>(&message)) {
    take_facts(std::move(*told));
  } else if (auto* answer = std::get_if<Answer>(&message)) {
    take_answer(*answer);
  } else if (std::holds_alternative<GoingDown>(message)) {
    going_down_since_ = Clock::now();
  } else if (const auto* held = std::get_if<Held>(&message)) {
    tell_held(*held);
  } else if (const auto* none = std::get_if<NothingKept>(&message)) {
    report({.kind = Event::Kind::notice,
            .message = fmt::format("{}: nothing can be written to '{}'", name(), printable(none->folder)),
            .hint = "this run takes no lock there, and cannot go on where a lost connection stopped it"});
  } else {
    begin_after_others(std::get<RunnerReady>(message));
  }
}

// What a host tells without having been asked for it is not believed; what it does not tell does not exist there.
void HostRun::take_facts(FactsTold told) {
  --facts_awaited_;
  Value facts = *scope_.find("facts");
  for (const auto& group : told.groups) {
    for (const auto& key : group->keys()) {
      Value* value = told.facts.values.find(key);
      if (group->is_user && !value) {
        auto& why = fact_failures_[key] = "it was not told";
        if (const auto failure = told.facts.failures.find(key); failure != told.facts.failures.end())
          why = failure->second;
      } else if (value) {
        facts.edit_map().set(key, std::move(*value));
      } else {
        facts.edit_map().erase(key);
      }
    }
  }
  if (asks_for_facts()) tell_facts(facts.as_map());
  scope_.set("facts", std::move(facts));
}

bool HostRun::asks_for_facts() const { return context_.options.facts.whole || !context_.options.facts.keys.empty(); }

void HostRun::tell_facts(const Map& known) {
  Event event{.kind = Event::Kind::facts_told};
  for (const auto& group : context_.facts.telling(context_.options.facts)) {
    for (const auto& key : group->keys()) {
      if (!context_.options.facts.whole && !context_.options.facts.keys.contains(key)) continue;
      if (const auto failure = fact_failures_.find(key); failure != fact_failures_.end())
        event.fact_failures.insert(*failure);
      else if (const Value* value = known.find(key))
        event.facts.set(key, *value);
    }
  }
  outcome_ = stronger(outcome_, Outcome::ok);
  report(std::move(event));
}

void HostRun::take_answer(const Answer& answer) {
  settle_known_results();
  Pending pending = std::move(outstanding_.front());
  outstanding_.pop_front();
  if (pending.dropped) return head_changed();
  if (pending.kind == Pending::Kind::end_confirm) {
    take_end_of_unconfirmed(std::move(pending), answer);
    return head_changed();
  }
  const bool needs = answer.word == "need" && !pending.lacks_content;
  const bool is_put_off = answer.word == "skipped" && !failed_ && (looks_through_left_ || !again_.empty());
  if (needs || is_put_off) {
    if (needs) {
      const Operation& operation = *pending.operation;
      pending.content = operation.tree ? operation.tree->content_for(answer.wanted.value_or("")) : operation.content;
      pending.lacks_content = true;
    }
    again_.push_back(std::move(pending));
  } else if (!pending.operation) {
    take_mark(pending, answer);
  } else if (answer.word == "quiet") {
    drop(pending);
  } else if (answer.word != "skipped") {
    Result result = result_of(*pending.operation, answer, context_.options.diff);
    tell_of_stage_time(pending, result);
    settle(std::move(pending), std::move(result));
  }
  head_changed();
}

// Results that need no host, when their turn has come.
void HostRun::settle_known_results() {
  while (was_connected_ && !outstanding_.empty() && outstanding_.front().kind == Pending::Kind::result) {
    Pending pending = std::move(outstanding_.front());
    outstanding_.pop_front();
    if (pending.dropped || stage_quiet_[pending.call->stage])
      drop(pending);
    else if (looks_through_left_ || !again_.empty())
      again_.push_back(std::move(pending));
    else
      settle(std::move(pending), std::move(pending.result));
    head_changed();
  }
}

void HostRun::head_changed() {
  head_since_ = Clock::now();
  if (outstanding_.empty() || !outstanding_.front().operation || failed_ || errands_) return;
  const Pending& head = outstanding_.front();
  if (head.dropped || stage_quiet_[head.call->stage]) return;
  report({.kind = Event::Kind::operation_started,
          .stage = plan_.stages[head.call->stage].stage->name(),
          .title = head.operation->title,
          .index = index_});
}

void HostRun::settle(Pending pending, Result result) {
  if (pending.errand) {
    finish_errand(pending, std::move(result));
  } else if (pending.tries && is_tried_again(pending, result)) {
    const Deadline due = Clock::now() + pending.tries->operation->call->retry->delay;
    waiting_ =
        std::make_unique<Waiting>(Waiting{.pending = std::move(pending), .result = std::move(result), .due = due});
  } else {
    finish_operation(pending, std::move(result));
  }
}

void HostRun::finish_operation(const Pending& pending, Result result) {
  CallRun& call = *pending.call;
  if (failed_) return;  // what the runner skips after a failure is not told one by one
  if (pending.operation) result.duration = since(pending.tries ? *pending.tries->begun : head_since_);
  tell_stage(call.stage);
  const bool fails = result.outcome == Outcome::failed && !result.ignored;
  keep_raised(pending, result);
  if (Unconfirmed* one = unconfirmed_at(call.stage);
      one && result.outcome == Outcome::changed && !is_for_elsewhere(pending))
    one->titles.push_back(result.title);
  const bool recovers = fails && can_recover(call.stage);
  result.rescued = recovers && section_ == Section::run && plan_.stages[stage_].rescuing > 0;
  if (!result.rescued) ++counts_[result.outcome];
  if (!result.rescued && (fails || result.outcome != Outcome::failed)) {
    outcome_ = stronger(outcome_, result.outcome);
    stage_outcomes_[call.stage] = stronger(stage_outcomes_[call.stage], result.outcome);
  }
  if (fails && !recovers) fail_in(call.stage);
  if (call.keeps_results) call.results.push_back(result);
  const auto told = std::make_shared<const Result>(std::move(result));
  report({.kind = Event::Kind::operation_finished,
          .stage = plan_.stages[call.stage].stage->name(),
          .title = told->title,
          .index = index_++,
          .result = told});
  if (--call.unanswered == 0) finish_call(call);
  if (recovers) recover(*told);
}

// All of its results are there: what it registers is known now, and its component may be finished, too.
void HostRun::finish_call(CallRun& call) {
  if (const std::string& name = call.call->register_as; !name.empty() && registrants_[name] == &call) {
    bool is_known = true;
    for (const auto& one : call.results) {
      const bool not_run = one.outcome == Outcome::would_change && is_known_by_running(one.helper);
      is_known = is_known && !not_run && one.outcome != Outcome::unknown;
    }
    if (is_known || !context_.options.check)
      scope_.set(name, registered_value(call.results, call.is_list));
    else
      never_known_.insert(name);
  }
  if (!call.component) return;
  CallRun& component = *call.component;
  if (component.keeps_results)
    component.results.insert(component.results.end(), call.results.begin(), call.results.end());
  if (--component.unanswered == 0) finish_call(component);
}

void HostRun::tell_stage(std::size_t stage) {
  for (; told_stages_ <= stage; ++told_stages_) {
    if (!stage_quiet_[told_stages_])
      report({.kind = Event::Kind::stage_started, .stage = plan_.stages[told_stages_].stage->name()});
  }
}

void HostRun::finish_stages() {
  if (!was_connected_ || looks_through_left_) return;
  if (failed_ || context_.interrupts > 0) {
    // The stage that failed has been told; the board hears of it when the host ends.
    return;
  }
  std::size_t first_unfinished = stage_;
  if (!next_.empty()) first_unfinished = std::min(first_unfinished, next_.front().call->stage);
  if (!outstanding_.empty()) first_unfinished = std::min(first_unfinished, outstanding_.front().call->stage);
  if (!again_.empty()) first_unfinished = std::min(first_unfinished, again_.front().call->stage);
  // Other hosts hear of it when it is confirmed.
  if (!unconfirmed_.empty()) first_unfinished = std::min(first_unfinished, unconfirmed_.front().change.first);
  while (finished_stages_ < first_unfinished)
    finish_stage(finished_stages_, StageEnd::through, stage_remarks_[finished_stages_]);
}

void HostRun::finish_stage(std::size_t stage, StageEnd end, const std::string& why) {
  tell_stage(stage);
  if (!stage_quiet_[stage])
    report({.kind = Event::Kind::stage_finished,
            .stage = plan_.stages[stage].stage->name(),
            .outcome = stage_outcomes_[stage],
            .message = why});
  tell_board(stage, end);
  finished_stages_ = stage + 1;
}

}  // namespace espresso

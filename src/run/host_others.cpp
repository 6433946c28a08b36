#include "core/text.h"
#include "model/built_in_signals.h"
#include "run/board_setup.h"
#include "run/host_run.h"

#include <fmt/format.h>

#include <algorithm>

// The part of HostRun that has to do with other hosts: it waits for them, and tells them how far it is.

namespace espresso {

// Whether the stage may begin; it is left out when what it requires on other hosts failed there.
HostRun::Block HostRun::begin_stage() {
  const StagePlan& stage = plan_.stages[stage_];
  if (!stage.is_delivery) {
    // Having got to it means that all before it has been answered, where others hear of that.
    StageGate* gate = context_.board.gate(stage.stage->name());
    if (gate || context_.steps || listens_to_lost_hosts(*stage.stage)) {
      if (ends_unconfirmed_before()) return Block::none;
      if (!is_at_rest()) return Block::answers;
      finish_stages();
    }
    Ruling ruling = ask_others(stage);
    if (ruling.kind != Ruling::Kind::yes && ends_unconfirmed_before()) return Block::none;
    if (context_.steps && ruling.kind == Ruling::Kind::yes && !is_unheard(stage)) ruling = ask_user(stage);
    if (gate && ruling.kind == Ruling::Kind::yes && !is_unheard(stage)) ruling = gate->may_begin(number_);
    // How long the runner took to answer is not measured by how long others take.
    if (ruling.kind == Ruling::Kind::wait) return was_connected_ ? Block::other_hosts : Block::answers;
    // What a run that was cut off has heard here already, only the host can tell.
    if (!was_connected_ && hears_what_was_left(stage)) return Block::answers;
    if (ruling.kind != Ruling::Kind::yes) return leave_out_stage(ruling);
  }
  stage_begun_ = true;
  see_whether_to_confirm();
  hear_others(stage);
  return Block::none;
}

Ruling HostRun::ask_others(const StagePlan& stage) {
  const std::string name = stage.stage->name();
  for (const auto& required : stage.stage->required()) {
    bool is_own = false;
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (plan_.stages[i].stage->name() != required) continue;
      is_own = true;
      if (stage_skipped_[i])
        return {.kind = Ruling::Kind::no, .why = fmt::format("requires '{}', which was skipped", required)};
    }
    if (is_own || !context_.board.knows(required)) continue;
    if (!context_.board.is_finished(required, number_)) return {.kind = Ruling::Kind::wait};
    if (context_.steps && context_.steps->is_left_out(required))
      return {.kind = Ruling::Kind::no, .why = fmt::format("requires '{}', which was skipped", required)};
    if (const auto& hosts = context_.board.failed_on(required); !hosts.empty())
      return {.kind = Ruling::Kind::no,
              .why = fmt::format("requires '{}', which did not succeed on {}", required, hosts)};
  }
  // Two hosts that listen to each other's end would wait for ever: this one is lost no more.
  if (listens_to_lost_hosts(*stage.stage)) tell_end();
  if (!context_.board.heard().is_settled(name, number_)) return {.kind = Ruling::Kind::wait};
  return {};
}

Ruling HostRun::ask_user(const StagePlan& stage) {
  switch (context_.steps->word(stage.stage->name(), number_)) {
    case StageSteps::Word::wait:
      return {.kind = Ruling::Kind::wait};
    case StageSteps::Word::leave_out:
      return {.kind = Ruling::Kind::no, .why = "the answer was no"};
    default:
      return {};
  }
}

// Whether nothing brings it about, as far as that can be told without the host itself.
bool HostRun::is_unheard(const StagePlan& stage) const {
  return stage.only_on_signal && own_signals(*stage.stage).empty() && raisers_of(stage).empty();
}

// It is told in its turn.
HostRun::Block HostRun::leave_out_stage(const Ruling& ruling) {
  if (!is_at_rest()) return Block::answers;
  finish_stages();
  const StagePlan& stage = plan_.stages[stage_];
  if (ruling.kind == Ruling::Kind::done) {
    take_registered(stage, context_.board.gate(stage.stage->name())->registered());
    outcome_ = stronger(outcome_, Outcome::ok);
    stage_outcomes_[stage_] = Outcome::ok;
    finish_stage(stage_, StageEnd::through, ruling.why);
  } else {
    stage_skipped_[stage_] = true;
    finish_stage(stage_, StageEnd::skipped, ruling.why);
  }
  go_to_next_stage();
  return Block::none;
}

// What a stage hears from others, and what of that only the host itself can tell.
void HostRun::hear_others(const StagePlan& stage) {
  const auto own = own_signals(*stage.stage);
  const auto raised_by = raisers_of(stage);
  if (!stage.is_delivery && !listens_to_lost_hosts(*stage.stage))
    for (const auto& [host, runs] : context_.board.heard().raised_by(stage.stage->name())) {
      heard_from_.insert(host);
      if (was_heard_here(stage, host, runs)) heard_in_.insert(runs.begin(), runs.end());
    }
  if (own.size() < stage.stage->listens().size()) {
    List hosts;
    for (const std::size_t host : raised_by) hosts.emplace_back(context_.board.name_of(host));
    if (stage.is_delivery) hosts = {Value(name())};
    Map signal;
    signal.set("hosts", std::move(hosts));
    scope_.set("signal", std::move(signal));
  }
  if (is_unheard(stage)) {
    stage_quiet_[stage_] = true;
    go_to_next_stage();
  } else if (stage.only_on_signal && (raised_by.empty() || stage.is_delivery)) {
    mark_stage(Pending::Kind::begin_listening);
  }
}

namespace {

// What the journal at a host that hears knows it by.
std::string words_of_heard(const std::string& stage, const std::string& host) {
  return fmt::format("{} has heard {}", stage, host);
}

}  // namespace

// The hosts that have raised what it listens to; but for those of which a run that was cut off has heard it here
// already, and could not tell them any more.
std::vector<std::size_t> HostRun::raisers_of(const StagePlan& stage) const {
  std::vector<std::size_t> raisers;
  for (const auto& [host, runs] : context_.board.heard().raised_by(stage.stage->name()))
    if (!was_heard_here(stage, host, runs)) raisers.push_back(host);
  return raisers;
}

bool HostRun::was_heard_here(const StagePlan& stage, std::size_t host, const std::set<std::string>& runs) const {
  if (former_marks_.empty()) return false;
  const std::string key = first_key_of(words_of_heard(stage.stage->name(), context_.board.name_of(host)));
  return std::all_of(runs.begin(), runs.end(), [&](const std::string& run) {
    return former_marks_.contains({key, run});
  });
}

bool HostRun::hears_what_was_left(const StagePlan& stage) const {
  const auto& raised_by = context_.board.heard().raised_by(stage.stage->name());
  return std::any_of(raised_by.begin(), raised_by.end(),
                     [](const auto& raiser) { return raiser.second != std::set<std::string>{std::string()}; });
}

void HostRun::mark_heard(const StagePlan& stage) {
  if (stage.is_delivery || stage_quiet_[stage_] || context_.options.check) return;
  for (const std::size_t host : raisers_of(stage)) {
    auto run = std::make_shared<CallRun>();
    run->stage = stage_;
    next_.push_back({.call = std::move(run),
                     .kind = Pending::Kind::heard,
                     .key = key_of(words_of_heard(stage.stage->name(), context_.board.name_of(host)))});
  }
}

Map HostRun::registered_in(const StagePlan& stage) const {
  Map values;
  for (const auto& call : stage.calls) {
    context_.binder.visit(call, [&](const auto& known) {
      if (known->register_as.empty()) return;
      try {
        if (const Value* value = scope_.find(known->register_as)) values.set(known->register_as, *value);
      } catch (const Deferred&) {
        // In check mode it may never be known.
      }
    });
  }
  return values;
}

// As if the host had gone through the stage itself.
void HostRun::take_registered(const StagePlan& stage, const Map& values) {
  for (const auto& call : stage.calls) {
    context_.binder.visit(call, [&](const auto& known) {
      if (known->register_as.empty()) return;
      renew_name(*known, nullptr);
      if (const Value* value = values.find(known->register_as))
        scope_.set(known->register_as, *value);
      else
        never_known_.insert(known->register_as);
    });
  }
}

// Others may need the slot to get to where this host waits for them.
awaitable<void> HostRun::wait_for_others() {
  context_.slots.release();
  co_await bell_.wait();
  co_await context_.slots.acquire();
}

// Nothing more will come of the stages that it is not through with.
void HostRun::give_up() {
  if (has_given_up_) return;
  has_given_up_ = true;
  for (std::size_t stage = finished_stages_; stage < plan_.stages.size(); ++stage) tell_board(stage, StageEnd::failed);
}

// The host has done all but what listens to lost hosts, or is lost itself.
void HostRun::tell_end() {
  if (has_told_end_) return;
  has_told_end_ = true;
  std::set<std::string> signals;
  if (outcome_ == Outcome::unreachable) signals.emplace(signal_of_lost_host);
  context_.board.heard().finish(end_of_host, number_, signals);
}

void HostRun::tell_board(std::size_t stage, StageEnd end) {
  const StagePlan& plan = plan_.stages[stage];
  if (plan.is_delivery) return;
  const std::string stage_name = plan.stage->name();
  if (StageGate* gate = context_.board.gate(stage_name);
      gate && gate->runs_once() && !gate->is_done_for_all() && end == StageEnd::through)
    gate->set_registered(registered_in(plan));
  // What a stage that failed has raised waits for the next run, as it does on its own host.
  std::set<std::string> signals;
  if (end == StageEnd::through) signals = stage_raised_[stage];
  if (failed_in_ == stage) signals.insert(signal_of_failure(*plan.stage));
  for (const auto& heard : plan_.heard_elsewhere)
    if (end == StageEnd::through && signals.contains(heard.signal)) listeners_elsewhere_.insert(heard.listener);
  context_.board.finish(stage_name, number_, end, signals);
}

// Keeps in mind what of an operation's signals is heard on other hosts.
void HostRun::keep_raised(const Pending& pending, const Result& result) {
  if (plan_.heard_elsewhere.empty() || !pending.call->call) return;
  const bool may_have_changed = result.ignored && !result.differences.empty();
  const bool has_changed = result.outcome == Outcome::changed || result.outcome == Outcome::would_change ||
                           result.outcome == Outcome::unknown || may_have_changed;
  if (!has_changed) return;
  const auto raised = signals_of(pending);
  for (const auto& heard : plan_.heard_elsewhere)
    if (std::binary_search(raised.begin(), raised.end(), heard.signal))
      stage_raised_[pending.call->stage].insert(heard.signal);
}

void HostRun::fail_in(std::size_t stage) {
  failed_ = true;
  if (!failed_in_) failed_in_ = stage;
}

// A stage that failed brings about those that listen to that on this host. Nothing else is begun here any more.
bool HostRun::begin_aftermath() {
  if (!failed_ || is_aftermath_ || !failed_in_ || context_.interrupts > 0) return false;
  const std::size_t next = *failed_in_ + 1;
  const std::string failure = signal_of_failure(*plan_.stages[*failed_in_].stage);
  std::vector<StagePlan> listeners;
  for (std::size_t i = next; i < plan_.stages.size(); ++i) {
    const auto signals = own_signals(*plan_.stages[i].stage);
    if (std::find(signals.begin(), signals.end(), failure) == signals.end()) continue;
    listeners.push_back(plan_.stages[i]);
    listeners.back().only_on_signal = false;
    listeners.back().is_delivery = true;
  }
  if (listeners.empty()) return false;
  is_aftermath_ = true;
  failed_ = walk_ended_ = false;
  if (recovery_) give_up_rescue();
  recovery_.reset();
  section_ = Section::run;
  finished_stages_ = told_stages_ = next;
  plan_.stages.resize(next);
  plan_.stages.insert(plan_.stages.end(), listeners.begin(), listeners.end());
  resize_stages(next);
  stage_ = next;
  call_ = 0;
  stage_begun_ = false;
  components_.clear();
  next_.clear();
  again_.clear();
  // After a failure the host skips all it is sent, until it is told otherwise.
  runner_->resume();
  return true;
}

// Keeps of what is known of each stage that of the first so many.
void HostRun::resize_stages(std::size_t kept) {
  stage_outcomes_.resize(kept);
  stage_outcomes_.resize(plan_.stages.size(), Outcome::skipped);
  stage_skipped_.resize(kept);
  stage_skipped_.resize(plan_.stages.size(), false);
  stage_quiet_.resize(kept);
  stage_quiet_.resize(plan_.stages.size(), false);
  stage_raised_.resize(kept);
  stage_raised_.resize(plan_.stages.size());
}

// What a former run raised here for other hosts is told them; where this run does not go there, it is kept.
void HostRun::tell_left_signals_to_others() {
  std::set<std::string> delivered, kept;
  for (const auto& heard : plan_.heard_elsewhere) {
    if (undelivered(left_signals_, heard.listener, {heard.signal}).empty()) continue;
    const auto listeners =
        context_.board.heard().raise_left(heard.signal, number_, raised_in(left_signals_, heard.signal));
    const bool is_there = context_.board.knows(heard.listener) &&
                          std::find(listeners.begin(), listeners.end(), heard.listener) != listeners.end();
    if (is_there) listeners_elsewhere_.insert(heard.listener);
    if (!is_there) undelivered_to_.insert(heard.listener);
    (is_there ? delivered : kept).insert(fmt::format("{} to '{}'", heard.signal, heard.listener));
  }
  const auto tell = [&](std::string_view verb, const std::set<std::string>& what, std::string hint) {
    if (what.empty()) return;
    const auto list = join(std::vector<std::string>(what.begin(), what.end()), ", ");
    report({.kind = Event::Kind::notice,
            .message = fmt::format("{}: {} {}, which an earlier run raised", name(), verb, list),
            .hint = std::move(hint)});
  };
  tell("delivers", delivered, "");
  tell("still has to deliver", kept, "run the stage that raises it, with the hosts of the one that listens");
}

// What was raised here for other hosts stays here until it has come there: no run that is cut off may lose it.
awaitable<void> HostRun::see_delivered() {
  if (runner_->ready()->state.empty() || listeners_elsewhere_.empty()) co_return;
  std::vector<std::string> delivered;
  for (const auto& listener : listeners_elsewhere_) {
    while (context_.interrupts == 0 && !context_.board.is_finished(listener, number_)) co_await wait_for_others();
    if (is_delivered(listener))
      delivered.push_back(listener);
    else
      undelivered_to_.insert(listener);
  }
  // After a failure the host skips all it is sent, until it is told otherwise.
  if (failed_) runner_->resume();
  for (const auto& listener : delivered) runner_->end_listening(key_of("delivered to " + listener), listener);
  for (std::size_t left = delivered.size(); left > 0;)
    if (std::holds_alternative<Answer>(co_await expect_message())) --left;
  context_.board.heard().acknowledge(number_, true);
}

// Until those who raised what was heard here know that, it is kept here: else a run that is cut off would do it twice.
awaitable<void> HostRun::see_acknowledged() {
  if (context_.options.check || runner_->ready()->state.empty()) co_return;
  HeardSignals& heard = context_.board.heard();
  for (const std::size_t host : heard_from_) {
    auto word = heard.has_acknowledged(host, number_);
    while (context_.interrupts == 0 && !word) {
      co_await wait_for_others();
      word = heard.has_acknowledged(host, number_);
    }
    keeps_what_it_heard_ = keeps_what_it_heard_ || !word.value_or(false);
  }
  // What these runs did here was for that.
  if (!keeps_what_it_heard_)
    std::erase_if(journal_.entries, [&](const auto& known) { return heard_in_.contains(known.second.run); });
}

// A stage that listens on this host, too, and did not come to its turn here, still has to hear what others do not.
bool HostRun::is_delivered(const std::string& listener) {
  if (context_.interrupts > 0 || !context_.board.knows(listener) || !context_.board.failed_on(listener).empty())
    return false;
  const auto is_it = [&](const StagePlan& one) { return one.stage->name() == listener; };
  return !failed_ || std::none_of(plan_.listeners.begin(), plan_.listeners.end(), is_it);
}

}  // namespace espresso

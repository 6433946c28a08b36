#include "core/text.h"
#include "run/destinations.h"
#include "run/host_run.h"

#include <fmt/format.h>

// The half of HostRun that binds calls and sends operations, as far ahead of the answers as it can.

namespace espresso {

namespace {

// Operations sent ahead of their answers: enough to hide any latency, few enough to keep memory small.
constexpr std::size_t most_outstanding = 256;
// What facts that are not known are called.
constexpr std::string_view begin_of_fact = "facts.";

// What tells the operation from others of the host.
std::string words_of(const Operation& operation, const StagePlan& stage, const std::string& host) {
  const std::string words = fmt::format("{}\n{}\n{}", stage.stage->name(), operation.user, operation.line);
  return operation.delegate.empty() ? words : fmt::format("{}\n{} for {}", words, operation.delegate, host);
}

}  // namespace

HostRun::Block HostRun::advance() {
  if (!take_from_elsewhere()) return Block::other_hosts;
  if (waiting_) return Block::answers;
  if (failed_ || context_.interrupts > 0) return Block::finished;
  if (looks_through_left_) {
    if (const Block block = settle_left(); block != Block::none) return block;
  }
  if (!again_.empty()) {
    if (!outstanding_.empty()) return Block::answers;
    send_again();
  }
  Block block = Block::none;
  while (block == Block::none && !will_be_held_up() && outstanding_.size() + next_.size() < most_outstanding)
    block = bind_next();
  send_next();
  if (elsewhere_) return elsewhere_->errand->is_done ? Block::answers : Block::other_hosts;
  return block == Block::none ? Block::answers : block;
}

HostRun::Block HostRun::bind_next() {
  if (walk_ended_ || stage_ == plan_.stages.size()) return Block::finished;
  if (!stage_begun_) return begin_stage();
  if (errands_ && !errands_->is_over()) return bind_errand();
  if (!components_.empty()) return next_of_component();
  if (call_ < end_of_section()) return begin_call(plan_.stages[stage_].calls[call_]);
  if (!plan_.stages[stage_].is_only_run()) {
    if (const auto block = end_section()) return *block;
  }
  const StageGate* gate =
      plan_.stages[stage_].is_delivery ? nullptr : context_.board.gate(plan_.stages[stage_].stage->name());
  // What it registers is told to other hosts before anything else is registered here.
  if (gate && gate->runs_once() && !is_at_rest()) return Block::answers;
  if (!own_signals(*plan_.stages[stage_].stage).empty()) mark_stage(Pending::Kind::end_listening);
  mark_heard(plan_.stages[stage_]);
  go_to_next_stage();
  if (gate && gate->runs_once()) finish_stages();
  return Block::none;
}

void HostRun::go_to_next_stage() {
  if (!unconfirmed_.empty() && !unconfirmed_.back().is_bound && stage_ >= unconfirmed_.back().change.last)
    end_unconfirmed();
  ++stage_;
  call_ = 0;
  section_ = Section::run;
  stage_begun_ = false;
}

void HostRun::send_next() {
  if (is_held_up()) return;
  std::vector<std::string> paths;
  std::vector<LookedInto> files;
  for (const auto& pending : next_) {
    if (holds_up(pending)) break;                                          // what follows it is sent later
    if (!pending.operation || !pending.operation->user.empty()) continue;  // another user looks for himself
    for (const auto& path : pending.operation->paths) {
      paths.push_back(path);
      if (pending.operation->content) files.push_back({.path = path, .size = pending.operation->content->size});
    }
  }
  // One alone is looked at as cheaply by its own check.
  if (paths.size() > 1) runner_->look_ahead(files, paths);
  for (; !next_.empty() && !is_held_up() && !must_wait(next_.front()); next_.pop_front())
    send(std::move(next_.front()));
}

// Whether nothing may follow what was sent last before it is answered. It brings a file here: what follows could be
// what comes before the file is removed. Or it reboots the host, which forgets what it was sent. Or it is tried again,
// or its stage has a time of its own. Or it is known to have failed, which the host has not been told of. Or it is done
// elsewhere.
bool HostRun::is_held_up() const { return elsewhere_ || (!outstanding_.empty() && holds_up(outstanding_.back())); }
// Nor is anything bound: it may be about the file, or the facts, that are there then.
bool HostRun::will_be_held_up() const { return is_held_up() || (!next_.empty() && holds_up(next_.back())); }

bool HostRun::holds_up(const Pending& pending) const {
  if (pending.kind == Pending::Kind::result && pending.result.outcome == Outcome::failed && !pending.result.ignored)
    return true;
  if (is_for_elsewhere(pending)) return true;
  if (context_.options.check) return false;
  return pending.tries || pending.is_timed ||
         (pending.operation && (pending.operation->destination || pending.operation->reboots));
}

HostRun::Block HostRun::next_of_component() {
  Position& position = components_.back();
  if (position.use == position.uses.size()) {
    const auto component = position.component;
    components_.pop_back();
    if (--component->unanswered == 0) finish_call(*component);
    return Block::none;
  }
  const auto& calls = position.uses[position.use]->calls;
  if (position.call < calls.size()) return begin_call(calls[position.call]);
  ++position.use;
  position.call = 0;
  return Block::none;
}

void HostRun::step() { ++(components_.empty() ? call_ : components_.back().call); }

// A name may be registered more than once: what comes later waits for the latest.
void HostRun::renew_name(const Call& call, const CallRun* registrant) {
  if (call.register_as.empty()) return;
  registrants_[call.register_as] = registrant;
  never_known_.erase(call.register_as);
  scope_.defer(call.register_as, "the result of '" + call.helper + "'");
}

// What has to happen before these names are known; nothing when they never will be.
HostRun::Block HostRun::needs_first(const std::vector<Deferred>& names) {
  for (const auto& deferred : names) {
    if (deferred.name.starts_with(begin_of_fact)) {
      if (const Block block = ask_for_fact(deferred.name.substr(begin_of_fact.size())); block != Block::none)
        return block;
      continue;
    }
    if (!never_known_.contains(deferred.name) && !is_idle()) return Block::answers;
  }
  return Block::none;
}

// One that was not foreseen is asked for alone; whoever reads a second one may read them all.
HostRun::Block HostRun::ask_for_fact(const std::string& key) {
  if (fact_failures_.contains(key)) return Block::none;
  const FactCatalog::Group group = context_.facts.telling(key);
  if (!facts_asked_.contains(group)) {
    std::vector<FactCatalog::Group> wanted;
    for (const auto& one : was_surprised_ ? context_.facts.groups() : std::vector<FactCatalog::Group>{group})
      if (facts_asked_.insert(one).second) wanted.push_back(one);
    was_surprised_ = true;
    if (outstanding_.empty()) head_since_ = Clock::now();
    ++facts_awaited_;
    runner_->ask_for_facts(wanted, fact_functions(wanted));
  }
  return Block::facts;
}

HostRun::Block HostRun::begin_call(const std::shared_ptr<const Call>& call) {
  std::shared_ptr<const ComponentUse> use;
  auto run = std::make_shared<CallRun>();
  run->call = call;
  run->stage = stage_;
  run->is_list = call->for_each.has_value();
  if (!components_.empty()) {
    use = components_.back().uses[components_.back().use];
    run->component = components_.back().component;
    run->title_begin = use->title;
  }
  run->keeps_results = !call->register_as.empty() || (run->component && run->component->keeps_results);
  Binding binding;
  try {
    binding = use ? context_.binder.bind(call, *use) : context_.binder.bind(call, scope_);
    for (const auto& operation : binding.operations)
      if (operation->destination) plan_.destinations->claim_now(*operation, name());
  } catch (const Mistakes& mistakes) {
    step();
    if (run->component) ++run->component->unanswered;
    add_known(run, result_of_mistakes(*call, title_of(*run), mistakes.diagnostics()));
    return Block::none;
  }
  std::vector<Deferred> unknown = binding.awaits;
  if (binding.deferred) unknown = {*binding.deferred};
  if (const Block block = needs_first(unknown); block != Block::none) return block;
  step();
  if (run->component) ++run->component->unanswered;
  renew_name(*call, run.get());
  if (binding.deferred || binding.skipped || (binding.operations.empty() && binding.uses.empty())) {
    leave_out(run, binding);
  } else if (!binding.uses.empty()) {
    enter_component(run, binding);
  } else if (connection_.local && binding.operations.front()->reboots && binding.operations.front()->delegate.empty()) {
    add_known(run, Outcome::failed, std::string(ends_with_this_machine));
  } else {
    run->unanswered = binding.operations.size();
    for (auto& operation : binding.operations) {
      std::string key = key_of(words_of(*operation, plan_.stages[stage_], name()));
      Pending pending{.call = run, .operation = std::move(operation), .key = std::move(key)};
      // What is changed elsewhere is not lost here.
      if (is_for_elsewhere(pending) && !context_.options.check && !signals_of(pending).empty())
        next_.push_back(mark_for_elsewhere(pending, Pending::Kind::raise));
      next_.push_back(std::move(pending));
      may_be_tried_again(next_.back(), use);
      next_.back().is_timed =
          !context_.options.check && section_ == Section::run && plan_.stages[stage_].stage->timeout().has_value();
    }
  }
  return Block::none;
}

void HostRun::enter_component(const std::shared_ptr<CallRun>& call, const Binding& binding) {
  call->is_list = true;
  call->unanswered = 1;
  components_.push_back({.component = call, .uses = binding.uses});
}

void HostRun::leave_out(const std::shared_ptr<CallRun>& call, const Binding& binding) {
  if (binding.skipped)
    add_known(call, Outcome::skipped, "when: " + binding.skip_reason);
  else if (!binding.deferred)
    add_known(call, Outcome::skipped, "for_each has no items");
  else if (never_known_.contains(binding.deferred->name))
    add_known(call, Outcome::unknown,
              fmt::format("depends on '{}', which check mode does not run", binding.deferred->name));
  else
    add_known(call, Outcome::failed, why_not_known(*binding.deferred));
  // What a component would have registered: as if each of its calls had come to the same.
  const Result result = next_.back().result;
  context_.binder.visit(call->call, [&](const auto& inner) {
    if (inner == call->call || inner->register_as.empty()) return;
    renew_name(*inner, nullptr);
    if (result.outcome == Outcome::unknown)
      never_known_.insert(inner->register_as);
    else
      scope_.set(inner->register_as, registered_value({result}, inner->for_each.has_value()));
  });
}

std::string HostRun::why_not_known(const Deferred& deferred) const {
  if (deferred.name.starts_with(begin_of_fact)) {
    const std::string key = deferred.name.substr(begin_of_fact.size());
    if (const auto failure = fact_failures_.find(key); failure != fact_failures_.end())
      return fmt::format("the fact '{}' cannot be told: {}", key, failure->second);
  }
  return fmt::format("depends on {}, which is not known", deferred.reason);
}

std::string HostRun::title_of(const CallRun& call) {
  const Call& own = *call.call;
  return call.title_begin + (own.name.empty() ? own.helper : own.name);
}

void HostRun::add_known(const std::shared_ptr<CallRun>& call, Outcome outcome, std::string message) {
  add_known(call, result_without_answer(*call->call, title_of(*call), outcome, std::move(message)));
}

void HostRun::add_known(const std::shared_ptr<CallRun>& call, Result result) {
  call->unanswered = 1;
  result.ignored = result.outcome == Outcome::failed && call->call->ignore_errors;
  walk_ended_ = walk_ended_ || (result.outcome == Outcome::failed && !result.ignored);
  next_.push_back({.call = call, .kind = Pending::Kind::result, .result = std::move(result)});
}

void HostRun::send(Pending pending) {
  const bool ends_unconfirmed = pending.kind == Pending::Kind::end_confirm;
  if (stage_quiet_[pending.call->stage] && !ends_unconfirmed) return drop(pending);
  if (is_for_elsewhere(pending)) return send_elsewhere(std::move(pending));
  const std::string stage = plan_.stages[pending.call->stage].stage->name();
  find_last_try(pending);
  const bool is_known = !journal_.entries.empty() && take_from_journal(pending);
  if (ends_unconfirmed) {
    runner_->end_confirm(pending.key);
  } else if (pending.kind == Pending::Kind::begin_listening) {
    if (is_known) return;
    runner_->begin_listening(pending.key, stage, own_signals(*plan_.stages[pending.call->stage].stage));
  } else if (pending.kind == Pending::Kind::end_listening) {
    if (is_known) return;
    runner_->end_listening(pending.key, stage);
  } else if (pending.kind == Pending::Kind::heard) {
    if (is_known) return;
    runner_->keep_mark(pending.key);
  } else if (pending.kind == Pending::Kind::raise || pending.kind == Pending::Kind::withdraw) {
    if (is_known) return;
    if (pending.kind == Pending::Kind::raise)
      runner_->raise(pending.key, signals_of(pending));
    else
      runner_->withdraw(pending.key, signals_of(pending));
  } else if (pending.operation && is_within_stage(pending)) {
    const Call& call = *pending.call->call;
    OperationFlags flags{.check = context_.options.check,
                         .diff = context_.options.diff && !call.sensitive,
                         .ignore_errors = call.ignore_errors || pending.errand};
    set_limit(pending, flags);
    set_keeping(pending, flags);
    if (!pending.lacks_content && pending.operation->tree) pending.content = pending.operation->tree->manifest();
    runner_->submit(pending.operation, {.flags = flags, .key = pending.key, .signals = signals_of(pending)},
                    pending.content);
  }
  outstanding_.push_back(std::move(pending));
  if (outstanding_.size() == 1) head_changed();
}

void HostRun::send_again() {
  runner_->resume();
  send_all(std::move(again_));
}

// In turn, before what is bound already, as far as nothing holds it up.
void HostRun::send_all(std::list<Pending> pending) {
  again_.clear();
  for (; !pending.empty() && !is_held_up() && !must_wait(pending.front()); pending.pop_front())
    send(std::move(pending.front()));
  next_.insert(next_.begin(), std::make_move_iterator(pending.begin()), std::make_move_iterator(pending.end()));
}

}  // namespace espresso

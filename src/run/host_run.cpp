#include "run/host_run.h"

#include "core/text.h"

#include <fmt/format.h>

namespace espresso {

namespace {

using namespace std::chrono_literals;

// From an established session to the runner's first answer; a login shell's rc files are in it.
constexpr auto boot_timeout = 60s;
// To take leave: requests flushed, the connection closed. What is left then is dropped.
constexpr auto goodbye_timeout = 2s;
// To start and end the `kill` of an interrupt.
constexpr auto kill_timeout = 5s;
// Operations sent ahead of their answers: enough to hide any latency, few enough to keep memory small.
constexpr std::size_t most_outstanding = 256;

constexpr std::string_view become_prefix = "sudo -n -H --";

std::chrono::milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

bool mentions_facts(const Call& call) {
  if (call.when && call.when->mentions("facts")) return true;
  if (call.for_each && call.for_each->mentions("facts")) return true;
  for (const auto& argument : call.arguments) {
    // A template's text is not known here; most use facts, and asking costs next to nothing.
    if (argument.name == "template" || argument.value.mentions("facts")) return true;
  }
  return false;
}

}  // namespace

awaitable<void> HostSlots::acquire() {
  while (free_ == 0) co_await bell_.wait();
  --free_;
}

void HostSlots::release() {
  ++free_;
  bell_.ring();
}

HostRun::HostRun(RunContext& context, HostPlan plan, Connection connection)
    : context_(context),
      plan_(std::move(plan)),
      connection_(std::move(connection)),
      scope_(host_scope(context.scope, *plan_.host)),
      stage_outcomes_(plan_.stages.size(), Outcome::skipped),
      stage_skipped_(plan_.stages.size(), false) {
  for (const auto& stage : plan_.stages) {
    for (const auto& call : stage.calls) {
      if (!call->register_as.empty()) scope_.defer(call->register_as, "the result of '" + call->helper + "'");
    }
  }
}

void HostRun::report(Event event) const {
  event.host = name();
  context_.reporter.on(event);
}

awaitable<void> HostRun::run() {
  co_await context_.slots.acquire();
  begun_ = Clock::now();
  std::string message, hint;
  if (context_.interrupts > 0) {
    message = "not begun: interrupted";
  } else {
    try {
      co_await work();
    } catch (const Error& error) {
      outcome_ = error.kind() == Error::Kind::unreachable ? Outcome::unreachable : Outcome::failed;
      message = error.what();
      hint = error.hint();
    } catch (const std::exception& error) {
      outcome_ = Outcome::failed;
      message = std::string("internal error: ") + error.what();
    }
  }
  co_await say_goodbye();
  const bool gave_up = !message.empty() || failed_ || context_.interrupts > 0;
  if (gave_up) {
    for (std::size_t stage = finished_stages_; stage < plan_.stages.size(); ++stage)
      context_.board.finish(plan_.stages[stage].stage->name(), name(), false);
  }
  if (context_.interrupts > 0 && message.empty() && finished_stages_ < plan_.stages.size()) message = "interrupted";
  report({.kind = Event::Kind::host_finished,
          .outcome = outcome_,
          .message = message,
          .hint = hint,
          .counts = counts_,
          .duration = since(begun_)});
  context_.slots.release();
}

awaitable<void> HostRun::work() {
  report({.kind = Event::Kind::host_connecting});
  co_await connect();
  report({.kind = Event::Kind::host_connected, .duration = since(begun_)});
  co_await carry_out();
}

awaitable<void> HostRun::connect() {
  if (connection_.local) {
    session_ = open_local_session(context_.executor);
  } else {
    Endpoint endpoint = connection_.endpoint;
    session_ = co_await context_.connector.connect(std::move(endpoint));
  }
  const std::string command = boot_command(connection_.become ? become_prefix : std::string_view(), connection_.shell);
  auto channel = co_await session_->exec(command, Clock::now() + connection_.endpoint.connect_timeout);
  runner_ = std::make_unique<Runner>(context_.executor, std::move(channel), library());
  head_since_ = Clock::now();
  if (wants_facts()) {
    runner_->ask_for_facts();
    facts_asked_ = true;
  }
}

std::vector<std::string> HostRun::library() const {
  std::set<std::string> seen;
  std::vector<std::string> functions;
  for (const auto& stage : plan_.stages) {
    for (const auto& call : stage.calls) {
      if (!seen.insert(call->helper).second) continue;
      if (const auto helper = context_.catalog.find(call->helper))
        functions.push_back(wrap_helper(helper->function(), helper->body));
    }
  }
  return functions;
}

bool HostRun::wants_facts() const {
  for (const auto& stage : plan_.stages) {
    for (const auto& call : stage.calls) {
      if (mentions_facts(*call)) return true;
    }
  }
  return false;
}

awaitable<void> HostRun::carry_out() {
  for (;;) {
    const Block block = advance();
    settle_known_results();
    finish_stages();
    const bool waits_for_facts = facts_asked_ && !facts_known_ && block == Block::facts;
    if (outstanding_.empty() && !waits_for_facts) {
      const bool stops = failed_ || context_.interrupts > 0;
      // A host with nothing to do must still have proved that it can be reached and has a shell.
      if ((stops || (block == Block::finished && is_idle())) && runner_->ready()) co_return;
      if (!stops && block == Block::other_hosts) {
        // Others may need the slot to get to where this host waits for them.
        context_.slots.release();
        co_await context_.board.bell().wait();
        co_await context_.slots.acquire();
        continue;
      }
      if (!stops && block != Block::finished && runner_->ready()) continue;
    }
    Deadline deadline = head_since_ + boot_timeout;
    if (runner_->ready() && !outstanding_.empty()) {
      const auto& own = outstanding_.front().call->call->timeout;
      deadline = head_since_ + own.value_or(context_.options.operation_timeout);
    }
    auto message = co_await runner_->receive(deadline);
    if (message) {
      take(std::move(*message));
      continue;
    }
    if (Clock::now() < deadline) continue;
    if (!runner_->ready())
      throw Unreachable(fmt::format("no answer from {} within {}", connection_.shell, render_duration(boot_timeout)));
    const std::string title = outstanding_.empty() ? "telling its facts" : outstanding_.front().operation->title;
    co_await interrupt(2);
    throw Error(fmt::format("'{}' did not end within {}; it was killed", title, render_duration(since(head_since_))),
                "give it more time with 'timeout:' or --timeout");
  }
}

HostRun::Block HostRun::advance() {
  if (failed_ || context_.interrupts > 0) return Block::finished;
  if (!again_.empty()) {
    if (!outstanding_.empty()) return Block::answers;
    send_again();
  }
  Block block = Block::none;
  while (block == Block::none && outstanding_.size() + next_.size() < most_outstanding) block = bind_next();
  send_next();
  return block == Block::none ? Block::answers : block;
}

HostRun::Block HostRun::bind_next() {
  if (walk_ended_ || stage_ == plan_.stages.size()) return Block::finished;
  if (!stage_begun_) return begin_stage();
  if (call_ < plan_.stages[stage_].calls.size()) return begin_call();
  ++stage_;
  call_ = 0;
  stage_begun_ = false;
  return Block::none;
}

void HostRun::send_next() {
  std::vector<std::string> paths;
  std::vector<LookedInto> files;
  for (const auto& pending : next_) {
    if (!pending.operation) continue;
    for (const auto& path : pending.operation->paths) {
      paths.push_back(path);
      if (pending.operation->content) files.push_back({.path = path, .size = pending.operation->content->size});
    }
  }
  // One alone is looked at as cheaply by its own check.
  if (paths.size() > 1) runner_->look_ahead(files, paths);
  for (; !next_.empty(); next_.pop_front()) send(std::move(next_.front()));
}

// Whether the stage may begin; it is left out when what it requires on other hosts failed there.
HostRun::Block HostRun::begin_stage() {
  const Stage& stage = *plan_.stages[stage_].stage;
  for (const auto& required : stage.required()) {
    bool is_own = false;
    std::string why;
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (plan_.stages[i].stage->name() != required) continue;
      is_own = true;
      if (stage_skipped_[i]) why = fmt::format("requires '{}', which was skipped", required);
    }
    if (!is_own && context_.board.knows(required)) {
      if (!context_.board.is_finished(required)) return Block::other_hosts;
      if (const auto& hosts = context_.board.failed_on(required); !hosts.empty())
        why = fmt::format("requires '{}', which did not succeed on {}", required, fold_names(hosts));
    }
    if (why.empty()) continue;
    if (!is_idle()) return Block::answers;  // told in its turn
    finish_stages();
    stage_skipped_[stage_] = true;
    finish_stage(stage_, false, why);
    ++stage_;
    return Block::none;
  }
  stage_begun_ = true;
  return Block::none;
}

HostRun::Block HostRun::begin_call() {
  const auto& call = plan_.stages[stage_].calls[call_];
  auto run = std::make_shared<CallRun>();
  run->call = call;
  run->stage = stage_;
  Binding binding;
  try {
    binding = context_.binder.bind(call, scope_);
  } catch (const Mistakes& mistakes) {
    const Diagnostic& first = mistakes.diagnostics().front();
    add_known(run, Outcome::failed, first.message + (first.hint.empty() ? "" : "; " + first.hint));
    ++call_;
    return Block::none;
  }
  if (binding.deferred) {
    const Deferred& deferred = *binding.deferred;
    if (deferred.name == "facts" && !facts_known_) {
      if (!facts_asked_) runner_->ask_for_facts();
      facts_asked_ = true;
      return Block::facts;
    }
    const bool never = never_known_.contains(deferred.name);
    if (!never && !is_idle()) return Block::answers;
    if (never)
      add_known(run, Outcome::unknown, fmt::format("depends on '{}', which check mode does not run", deferred.name));
    else
      add_known(run, Outcome::failed, fmt::format("depends on {}, which is not known", deferred.reason));
  } else if (binding.skipped) {
    add_known(run, Outcome::skipped, "when: " + binding.skip_reason);
  } else if (binding.operations.empty()) {
    add_known(run, Outcome::skipped, "for_each has no items");
  } else {
    run->unanswered = binding.operations.size();
    for (auto& operation : binding.operations) next_.push_back({.call = run, .operation = std::move(operation)});
  }
  ++call_;
  return Block::none;
}

void HostRun::add_known(const std::shared_ptr<CallRun>& call, Outcome outcome, std::string message) {
  call->unanswered = 1;
  Result result = result_without_answer(*call->call, call->call->name, outcome, std::move(message));
  result.ignored = outcome == Outcome::failed && call->call->ignore_errors;
  walk_ended_ = walk_ended_ || (outcome == Outcome::failed && !result.ignored);
  next_.push_back({.call = call, .operation = nullptr, .result = std::move(result)});
}

void HostRun::send(Pending pending) {
  if (pending.operation) {
    const Call& call = *pending.call->call;
    const OperationFlags flags{.check = context_.options.check,
                               .diff = context_.options.diff && !call.sensitive,
                               .ignore_errors = call.ignore_errors};
    pending.content_sent = pending.lacks_content;
    pending.lacks_content = false;
    runner_->submit(pending.operation, flags, pending.content_sent);
  }
  outstanding_.push_back(std::move(pending));
  if (outstanding_.size() == 1) head_changed();
}

void HostRun::send_again() {
  runner_->resume();
  std::deque<Pending> pending = std::move(again_);
  again_.clear();
  for (auto& one : pending) send(std::move(one));
}

void HostRun::take(Runner::Message message) {
  if (auto* told = std::get_if<FactsTold>(&message)) {
    scope_.set("facts", std::move(told->facts));
    facts_known_ = true;
  } else if (auto* answer = std::get_if<Answer>(&message)) {
    take_answer(*answer);
  } else {
    head_since_ = Clock::now();
  }
}

void HostRun::take_answer(const Answer& answer) {
  settle_known_results();
  Pending pending = std::move(outstanding_.front());
  outstanding_.pop_front();
  const bool needs = answer.word == "need" && !pending.content_sent;
  if (needs || (answer.word == "skipped" && !failed_ && !again_.empty())) {
    pending.lacks_content = needs;
    again_.push_back(std::move(pending));
  } else if (answer.word != "skipped") {
    finish_operation(pending, result_of(*pending.operation, answer, context_.options.diff));
  }
  head_changed();
}

// Results that need no host, when their turn has come.
void HostRun::settle_known_results() {
  while (!outstanding_.empty() && !outstanding_.front().operation) {
    Pending pending = std::move(outstanding_.front());
    outstanding_.pop_front();
    if (!again_.empty())
      again_.push_back(std::move(pending));
    else
      finish_operation(pending, std::move(pending.result));
    head_changed();
  }
}

void HostRun::head_changed() {
  head_since_ = Clock::now();
  if (outstanding_.empty() || !outstanding_.front().operation || failed_) return;
  const Pending& head = outstanding_.front();
  report({.kind = Event::Kind::operation_started,
          .stage = plan_.stages[head.call->stage].stage->name(),
          .title = head.operation->title,
          .index = index_});
}

void HostRun::finish_operation(const Pending& pending, Result result) {
  CallRun& call = *pending.call;
  if (failed_) return;  // what the runner skips after a failure is not told one by one
  result.duration = pending.operation ? since(head_since_) : 0ms;
  tell_stage(call.stage);
  const bool fails = result.outcome == Outcome::failed && !result.ignored;
  ++counts_[result.outcome];
  if (fails || result.outcome != Outcome::failed) {
    outcome_ = stronger(outcome_, result.outcome);
    stage_outcomes_[call.stage] = stronger(stage_outcomes_[call.stage], result.outcome);
  }
  failed_ = failed_ || fails;
  const std::string& name = call.call->register_as;
  if (!name.empty()) call.results.push_back(result);
  report({.kind = Event::Kind::operation_finished,
          .stage = plan_.stages[call.stage].stage->name(),
          .title = result.title,
          .index = index_++,
          .result = std::make_shared<const Result>(std::move(result))});
  if (--call.unanswered > 0 || name.empty()) return;
  bool is_known = true;
  for (const auto& one : call.results) {
    const bool not_run = one.outcome == Outcome::would_change && one.helper == "shell.run";
    is_known = is_known && !not_run && one.outcome != Outcome::unknown;
  }
  if (is_known || !context_.options.check)
    scope_.set(name, registered_value(call.results, call.call->for_each.has_value()));
  else
    never_known_.insert(name);
}

void HostRun::tell_stage(std::size_t stage) {
  for (; told_stages_ <= stage; ++told_stages_)
    report({.kind = Event::Kind::stage_started, .stage = plan_.stages[told_stages_].stage->name()});
}

void HostRun::finish_stages() {
  if (failed_ || context_.interrupts > 0) {
    // The stage that failed has been told; the board hears of it when the host ends.
    return;
  }
  std::size_t first_unfinished = stage_;
  if (!next_.empty()) first_unfinished = std::min(first_unfinished, next_.front().call->stage);
  if (!outstanding_.empty()) first_unfinished = std::min(first_unfinished, outstanding_.front().call->stage);
  if (!again_.empty()) first_unfinished = std::min(first_unfinished, again_.front().call->stage);
  while (finished_stages_ < first_unfinished) finish_stage(finished_stages_, true);
}

void HostRun::finish_stage(std::size_t stage, bool succeeded, const std::string& why) {
  tell_stage(stage);
  report({.kind = Event::Kind::stage_finished,
          .stage = plan_.stages[stage].stage->name(),
          .outcome = stage_outcomes_[stage],
          .message = why});
  context_.board.finish(plan_.stages[stage].stage->name(), name(), succeeded);
  finished_stages_ = stage + 1;
}

awaitable<void> HostRun::interrupt(int count) {
  const std::shared_ptr<Session> session = session_;
  if (!session || !runner_ || !runner_->ready()) co_return;
  const RunnerReady& runner = *runner_->ready();
  std::string kill =
      count == 1 ? fmt::format("kill -USR1 {}", runner.pid) : fmt::format("kill -KILL -{}", runner.process_group);
  if (connection_.become) kill = fmt::format("{} {}", become_prefix, kill);
  const Deadline deadline = Clock::now() + kill_timeout;
  try {
    // One exec per channel: the runner's own takes no second command (RFC 4254, 6.5).
    auto channel = co_await session->exec(kill, deadline);
    for (;;) {
      const auto event = co_await channel->read(deadline);
      if (!event || event->kind == ChannelEvent::Kind::closed) break;
    }
  } catch (const Error&) {
    // The session is gone or takes no second channel: closing it is all that is left, and follows.
  }
}

awaitable<void> HostRun::say_goodbye() {
  const Deadline deadline = Clock::now() + goodbye_timeout;
  if (runner_ && outcome_ != Outcome::unreachable) {
    runner_->quit();
    co_await runner_->drain(deadline);
  }
  if (session_) co_await session_->close(deadline);
  runner_.reset();
}

}  // namespace espresso

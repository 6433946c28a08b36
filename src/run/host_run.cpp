#include "run/host_run.h"

#include "core/text.h"
#include "run/library.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

using namespace std::chrono_literals;

// To take leave: requests flushed, the connection closed. What is left then is dropped.
constexpr auto goodbye_timeout = 2s;
// To start and end the `kill` of an interrupt.
constexpr auto kill_timeout = 5s;

}  // namespace

HostRun::HostRun(RunContext& context, std::size_t number, HostPlan plan, Connection connection, ErrandQueue* errands)
    : context_(context),
      number_(number),
      bell_(context.executor),
      plan_(std::move(plan)),
      connection_(std::move(connection)),
      scope_(host_scope(context.scope, plan_)),
      errands_(errands),
      stage_outcomes_(plan_.stages.size(), Outcome::skipped),
      stage_skipped_(plan_.stages.size(), false),
      stage_quiet_(plan_.stages.size(), false),
      stage_raised_(plan_.stages.size()) {
  forget_names();
}

// At the beginning of the walk every name that will be registered exists, and is not known.
void HostRun::forget_names() {
  for (const auto& stage : plan_.stages) {
    for (const auto& call : stage.calls) {
      context_.binder.visit(call, [this](const auto& known) { renew_name(*known, nullptr); });
    }
  }
}

void HostRun::report(Event event) const {
  if (errands_ && event.kind != Event::Kind::notice) return;
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
      const auto& refused = context_.options.refused;
      if (const auto found = refused.find(name()); found != refused.end()) throw Error(found->second);
      const bool has_work = co_await come_to_turn();
      if (context_.interrupts > 0)
        message = "not begun: interrupted";
      else if (has_work)
        co_await work();
    } catch (const Error& error) {
      trouble_ = error;
      outcome_ = error.kind() == Error::Kind::unreachable ? Outcome::unreachable : Outcome::failed;
      message = error.what();
      hint = error.hint();
    } catch (const std::exception& error) {
      outcome_ = Outcome::failed;
      message = std::string("internal error: ") + error.what();
      trouble_ = Error(message);
    }
  }
  // What ends it needs the session.
  while (interrupts_under_way_ > 0) co_await bell_.wait();
  if (recovery_) give_up_rescue();
  tell_left_unconfirmed();
  // What ended it otherwise than by a result, such as an operation that took too long, ended the stage it was in.
  if (!message.empty() && was_connected_ && outcome_ == Outcome::failed && !failed_in_) failed_in_ = finished_stages_;
  if (!message.empty() || failed_ || context_.interrupts > 0) give_up();
  tell_end();
  co_await say_goodbye();
  context_.board.heard().acknowledge(number_, message.empty());
  const bool is_through = message.empty() && finished_stages_ == plan_.stages.size();
  if (context_.is_out_of_time && !is_through && !failed_) {
    outcome_ = Outcome::failed;
    message = fmt::format("not through within the run's {}", render_duration(*context_.options.run_timeout));
    hint = "give the run more time with --run-timeout";
  } else if (context_.interrupts > 0 && message.empty() && !is_through) {
    message = "interrupted";
  }
  if (message.empty() && !undelivered_to_.empty())
    message = fmt::format("what it raised for {} has not come there yet",
                          join({undelivered_to_.begin(), undelivered_to_.end()}, ", "));
  report({.kind = Event::Kind::host_finished,
          .outcome = outcome_,
          .message = message,
          .hint = hint,
          .counts = counts_,
          .rescued = rescued_,
          .duration = since(begun_)});
  context_.slots.release();
}

awaitable<void> HostRun::work() {
  report({.kind = Event::Kind::host_connecting});
  for (bool ended = false; !ended;) {
    std::optional<Unreachable> lost;
    try {
      if (!runner_) co_await arrive();
      if (!told_connected_) report({.kind = Event::Kind::host_connected, .duration = since(begun_)});
      told_connected_ = true;
      if (context_.options.left_signals) {
        co_await settle_signals();
      } else {
        co_await carry_out();
        if (failed_ || context_.interrupts > 0) give_up();
        if (begin_aftermath()) co_await carry_out();
        failed_ = failed_ || is_aftermath_;
        tell_end();
        co_await see_delivered();
        co_await see_acknowledged();
        co_await take_leave();
      }
      ended = true;
    } catch (const NoShell& none) {
      throw no_shell(none);
    } catch (const Unreachable& error) {
      lost = error;
    } catch (const RunnerEnded& error) {
      // The host ends what could do more while it takes back what was not confirmed.
      if (!may_be_taken_back()) throw;
      lost = Unreachable(error.what(), error.hint());
    }
    if (lost) co_await go_on_after(*lost);
  }
}

Unreachable HostRun::no_shell(const NoShell& ended) const {
  if (!connection_.become) return ended;
  return become_refused(*connection_.become, connection_.endpoint.user, ended.words(), ended.exit_status());
}

awaitable<void> HostRun::connect(std::chrono::milliseconds timeout) {
  if (context_.options.open_session) {
    session_ = co_await context_.options.open_session(*plan_.host);
  } else if (connection_.local) {
    session_ = open_local_session(context_.executor);
  } else {
    Endpoint endpoint = connection_.endpoint;
    endpoint.connect_timeout = timeout;
    session_ = co_await context_.connector.connect(std::move(endpoint));
  }
  const Deadline deadline = Clock::now() + (connection_.become ? boot_timeout : timeout);
  auto channel = co_await start(session_, std::string(boot_script()), deadline);
  told_confirm_.reset();
  for (auto& one : unconfirmed_) one.is_sent = false;
  // A user's own facts may hold lines that the library cannot (protocol.cpp): they follow it.
  std::vector<FactCatalog::Group> facts = predicted_facts();
  const bool any_of_users = std::any_of(facts.begin(), facts.end(), [](const auto& group) { return group->is_user; });
  const Tenure own = tenure();
  const bool is_plain = facts.empty() && own.run.empty() && !context_.options.left_signals && has_only_commands();
  const auto kind = is_plain ? RunnerKind::for_commands : RunnerKind::full;
  std::vector<std::string> functions;
  if (kind == RunnerKind::full) functions = library();
  if (!facts.empty() && !any_of_users) functions.push_back(fact_functions(facts));
  runner_ = std::make_unique<Runner>(context_.executor, std::move(channel), functions, kind, own);
  waits_for_lock_ = false;
  head_since_ = Clock::now();
  if (facts.empty()) co_return;
  facts_asked_.insert(facts.begin(), facts.end());
  ++facts_awaited_;
  runner_->ask_for_facts(facts, any_of_users ? fact_functions(facts) : "");
}

awaitable<std::unique_ptr<Channel>> HostRun::start(std::shared_ptr<Session> session, std::string script,
                                                   Deadline deadline) const {
  std::unique_ptr<Channel> channel;
  if (connection_.become) {
    channel = co_await start_as(*session, *connection_.become, connection_.endpoint.user, connection_.shell,
                                std::move(script), deadline);
  } else {
    std::string command = shell_command(script, connection_.shell);
    channel = co_await session->exec(std::move(command), deadline);
  }
  co_return channel;
}

bool HostRun::has_only_commands() const {
  if (connection_.become || context_.options.check || errands_ || has_to_confirm()) return false;
  const auto is_command = [](const Call& call) {
    const auto is_plain = [](const Argument& argument) {
      return argument.value.is_constant() &&
             (argument.name.empty() || argument.name == "line" || argument.name == "argv");
    };
    return call.helper == "shell.run" && call.signals.empty() && !call.when && !call.for_each && !call.as &&
           !call.delegate && !call.title && std::all_of(call.arguments.begin(), call.arguments.end(), is_plain);
  };
  for (const auto& stage : plan_.stages) {
    if (!stage.signals.empty() || !stage.stage->listens().empty()) return false;
    for (const auto& call : stage.calls) {
      if (!is_command(*call)) return false;
    }
  }
  return true;
}

// The helpers that the call leads to, each once.
void HostRun::add_helpers(const std::shared_ptr<const Call>& call,
                          std::vector<std::shared_ptr<const Helper>>& helpers) const {
  context_.binder.visit(call, [&](const auto& used) {
    const auto is_it = [&](const auto& one) { return one->name == used->helper; };
    if (std::any_of(helpers.begin(), helpers.end(), is_it)) return;
    auto helper = context_.catalog.find(used->helper);
    if (helper && !helper->component) helpers.push_back(std::move(helper));
  });
}

std::vector<std::string> HostRun::library() const {
  std::vector<std::shared_ptr<const Helper>> helpers = errand_helpers_;
  for (const auto& stage : plan_.stages)
    for (const auto& call : stage.calls) add_helpers(call, helpers);
  std::vector<std::string> functions = library_of(helpers);
  if (has_to_confirm() && !context_.options.check) functions.push_back(confirm_functions());
  return functions;
}

bool HostRun::has_to_confirm() const {
  const auto is_it = [](const StagePlan& stage) { return stage.stage->confirm().has_value(); };
  return std::any_of(plan_.stages.begin(), plan_.stages.end(), is_it) ||
         std::any_of(plan_.listeners.begin(), plan_.listeners.end(), is_it);
}

std::vector<FactCatalog::Group> HostRun::predicted_facts() const {
  Mentions mentions = context_.options.facts;
  for (const auto& stage : plan_.stages) {
    for (const auto& call : stage.calls) {
      const Mentions& own = context_.binder.facts_of(call, scope_.storage());
      mentions.whole = mentions.whole || own.whole;
      mentions.keys.insert(own.keys.begin(), own.keys.end());
    }
  }
  return context_.facts.telling(mentions);
}

awaitable<void> HostRun::carry_out() {
  for (;;) {
    if (going_down_since_) co_await see_reboot();
    if (is_taken_back()) fail_unconfirmed(*runner_->ready()->taken_back, runner_->ready()->taken_back->why);
    if (awaits_confirmation() && outstanding_.empty() && context_.interrupts == 0) co_await confirm();
    if (waiting_) co_await try_again();
    const Block block = advance();
    settle_known_results();
    if (waiting_) continue;
    finish_stages();
    const bool waits_for_facts = facts_awaited_ > 0 && (block == Block::facts || asks_for_facts());
    if (outstanding_.empty() && !waits_for_facts) {
      const bool stops = failed_ || context_.interrupts > 0;
      // A host with nothing to do must still have proved that it can be reached and has a shell.
      if ((stops || (block == Block::finished && is_idle())) && !elsewhere_ && runner_->ready()) {
        if (stops) co_await leave_unconfirmed();
        co_return;
      }
      if ((!stops || elsewhere_) && block == Block::other_hosts) {
        co_await wait_for_others();
        continue;
      }
      if (!stops && block != Block::finished && runner_->ready() && was_connected_) continue;
    }
    Deadline deadline = answer_deadline();
    auto message = co_await runner_->receive(deadline);
    if (message) {
      take(std::move(*message));
      continue;
    }
    if (Clock::now() < deadline) continue;
    if (!runner_->ready())
      throw Unreachable(fmt::format("no answer from {} within {}", connection_.shell, render_duration(boot_timeout)));
    const std::string title = outstanding_.empty() ? "telling its facts" : outstanding_.front().operation->title;
    const auto took = since(head_since_);
    // What it has written and nobody read holds the whole session, and with it the kill.
    runner_->discard_answers(context_.executor);
    co_await interrupt(2);
    throw Error(fmt::format("'{}' did not end within {}; it was killed", title, render_duration(took)),
                "give it more time with 'timeout:' or --timeout");
  }
}

void HostRun::keep_lock() {
  if (runner_) runner_->keep_lock();
}

awaitable<void> HostRun::interrupt(int count) {
  const std::shared_ptr<Session> session = session_;
  if (!session || !runner_ || !runner_->ready()) co_return;
  const RunnerReady& runner = *runner_->ready();
  std::string kill = count == 1 ? fmt::format("kill -USR1 {}", runner.pid) : end_what_runs(runner);
  const Deadline deadline = Clock::now() + kill_timeout;
  ++interrupts_under_way_;
  try {
    // One exec per channel: the runner's own takes no second command (RFC 4254, 6.5).
    auto channel = co_await start(session, std::move(kill), deadline);
    for (;;) {
      const auto event = co_await channel->read(deadline);
      if (!event || event->kind == ChannelEvent::Kind::closed) break;
    }
  } catch (const Error&) {
    // The session is gone or takes no second channel: closing it is all that is left, and follows.
  }
  --interrupts_under_way_;
  bell_.ring();
}

awaitable<void> HostRun::say_goodbye() {
  const Deadline deadline = Clock::now() + goodbye_timeout;
  if (runner_ && outcome_ != Outcome::unreachable) {
    runner_->quit(Farewell::lost);
    co_await runner_->drain(deadline);
  }
  if (session_) co_await session_->close(deadline);
  runner_.reset();
  session_.reset();
}

}  // namespace espresso

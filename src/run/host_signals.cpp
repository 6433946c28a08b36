#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

#include <algorithm>

// The part of HostRun that tells or drops signals which earlier runs have left, and does nothing else.

namespace espresso {

namespace {

using namespace std::chrono_literals;

// For a runner to write a small file, and to end.
constexpr auto settle_timeout = 30s;

bool is_raised(const std::vector<std::string>& log, const std::string& name) {
  return std::find(log.begin(), log.end(), "+" + name) != log.end();
}

// What is raised, and who has not heard it: a signal that all who listen have heard is none any more.
std::map<std::string, std::vector<std::string>> unheard(const std::vector<std::string>& log, const HostPlan& plan) {
  std::map<std::string, std::vector<std::string>> signals;
  std::set<std::string> heard;
  const auto look_at = [&](const std::string& signal, const std::string& listener) {
    if (!is_raised(log, signal)) return;
    if (undelivered(log, listener, {signal}).empty())
      heard.insert(signal);
    else
      signals[signal].push_back(listener);
  };
  for (const auto& listener : plan.listeners)
    for (const auto& signal : own_signals(*listener.stage)) look_at(signal, listener.stage->name());
  for (const auto& elsewhere : plan.heard_elsewhere) look_at(elsewhere.signal, elsewhere.listener);
  for (const auto& line : log) {
    const std::string name = line.substr(1);
    if (line.starts_with('+') && !heard.contains(name)) signals.try_emplace(name);
  }
  return signals;
}

}  // namespace

awaitable<void> HostRun::settle_signals() {
  while (!runner_->ready()) {
    Runner::Message message = co_await expect_message();
    take(std::move(message));
  }
  const RunnerReady ready = *runner_->ready();
  const LeftSignals& wanted = *context_.options.left_signals;
  Event event{.kind = Event::Kind::signals_told,
              .signals = unheard(ready.left_signals, plan_),
              .check = context_.options.check};
  if (!wanted.names.empty()) {
    std::erase_if(event.signals, [&](const auto& signal) {
      return std::find(wanted.names.begin(), wanted.names.end(), signal.first) == wanted.names.end();
    });
  }
  if (!wanted.drops) co_return tell_signals(std::move(event));
  for (const auto& [name, listeners] : event.signals) event.dropped.push_back(name);
  if (event.check) co_return tell_signals(std::move(event));
  event.signals.clear();
  const bool drops_any = wanted.names.empty() ? !ready.left_signals.empty() : !event.dropped.empty();
  if (drops_any) {
    if (ready.state.empty()) throw Error("signals cannot be dropped: nothing can be written there");
    runner_->forget_signals(wanted.names.empty() ? std::vector<std::string>() : event.dropped);
    const Runner::Message message = co_await expect_message();
    const auto* answer = std::get_if<Answer>(&message);
    if (!answer || answer->word != "changed")
      throw Error(fmt::format("'{}/signals' cannot be written", printable(ready.state)));
  }
  tell_signals(std::move(event));
  // What another run has left there is still needed.
  const Deadline deadline = Clock::now() + settle_timeout;
  runner_->quit(ready.left ? Farewell::lost : Farewell::told);
  co_await runner_->drain(deadline);
  co_await runner_->see_end(deadline);
  runner_.reset();
}

void HostRun::tell_signals(Event event) {
  const bool changes = !event.dropped.empty();
  outcome_ = changes ? (event.check ? Outcome::would_change : Outcome::changed) : Outcome::ok;
  report(std::move(event));
}

awaitable<Runner::Message> HostRun::expect_message() {
  const Deadline deadline = runner_->ready() ? Clock::now() + settle_timeout : answer_deadline();
  auto message = co_await runner_->receive(deadline);
  if (!message) throw Unreachable(fmt::format("no answer from {}", connection_.shell));
  co_return std::move(*message);
}

}  // namespace espresso

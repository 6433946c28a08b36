#include "core/hash.h"
#include "core/text.h"
#include "run/host_run.h"
#include "run/library.h"

#include <fmt/format.h>

#include <algorithm>

// The part of HostRun that goes on where a connection was lost or another run stopped.

namespace espresso {

namespace {

using namespace std::chrono_literals;

// For a runner to remove some files and end.
constexpr auto leave_timeout = 10s;
// Between attempts to reach the host again: each pause is longer than the one before.
constexpr auto shortest_pause = 250ms;
constexpr auto longest_pause = 5s;
// Of a key: long enough that no two differ by chance only.
constexpr std::size_t key_length = 24;

// A host's name as that of a folder.
std::string folder_name(std::string name) {
  for (char& c : name) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
    if (!is_plain) c = '_';
  }
  return name;
}

// The group that the process is in is asked for where nobody has told it. What ends by itself removes the files that it
// has begun.
std::string kill_group(const RunnerReady& runner) {
  const std::string group = runner.process_group > 0
                                ? fmt::format("g={}", runner.process_group)
                                : fmt::format(
                                      "read -r g 2>/dev/null </proc/{0}/stat && g=${{g##*') '}} && "
                                      "g=${{g#* * }} && g=${{g%% *}} || g=$(ps -o pgid= -p {0} | tr -d ' ')",
                                      runner.pid);
  return group +
         "; kill -TERM -$g; n=0; while kill -0 -$g && [ $n -lt 10 ]; do n=$((n + 1)); sleep 0.1 || sleep 1; done; "
         "kill -KILL -$g";
}

std::string reason_of(const Held& held) {
  return held.reason.empty() ? "" : fmt::format(" ({})", printable(held.reason));
}

}  // namespace

Tenure HostRun::tenure() const {
  Tenure tenure = context_.options.tenure;
  if (context_.options.check) tenure.run.clear();
  tenure.host = name();
  tenure.longest = std::max(1s, std::chrono::ceil<std::chrono::seconds>(context_.options.operation_timeout));
  tenure.place = connection_.state_folder;
  // All that are local are one machine, and each is a host of its own.
  if (tenure.place.empty()) tenure.place = connection_.local ? "local/" + folder_name(name()) : "host";
  if (errands_ && errands_->is_beside_own_walk) tenure.place += "-delegated";
  return tenure;
}

// What is known by the same words gets another key each time, in the order of the walk.
std::string HostRun::key_of(std::string_view what) {
  if (context_.options.tenure.run.empty()) return {};
  const std::string hash = sha256(what).substr(0, key_length);
  return fmt::format("{}-{}", hash, keys_[hash]++);
}

std::string HostRun::first_key_of(std::string_view what) {
  return fmt::format("{}-0", sha256(what).substr(0, key_length));
}

void HostRun::tell_held(const Held& held) {
  const bool is_own = held.run == context_.options.tenure.run && held.host == name();
  const std::string who = fmt::format("run {} of {}, since {}{}", printable(held.run), printable(held.by),
                                      printable(held.since), reason_of(held));
  if (held.kind == Held::Kind::locked) {
    if (held.run == context_.options.tenure.run)
      throw Error(fmt::format("it is the same machine as '{}', which this run is at work on", printable(held.host)),
                  "let each machine stand in the inventory once");
    throw Error(fmt::format("it is held by {}", who),
                "wait for it with --wait-lock 10m, or take the host from it with --break-lock");
  }
  waits_for_lock_ = waits_for_lock_ || held.kind == Held::Kind::waits || held.kind == Held::Kind::takes_back;
  if (is_own) return;
  if (held.kind == Held::Kind::takes_back) {
    report({.kind = Event::Kind::notice,
            .message = fmt::format("{}: takes back what {} changed and nobody confirmed", name(), who)});
    return;
  }
  std::string message = fmt::format("{}: waits for {}", name(), who);
  if (held.kind == Held::Kind::broken) message = fmt::format("{}: taken from {}", name(), who);
  if (held.kind == Held::Kind::expired)
    message =
        fmt::format("{}: taken from {}, which has not been heard of for {} minutes", name(), who, lock_expiry.count());
  report({.kind = Event::Kind::notice, .message = std::move(message)});
}

// The host skips what it was sent until what was left there has been looked through.
void HostRun::begin_after_others(const RunnerReady& ready) {
  head_since_ = Clock::now();
  if (ready.taken_back && !is_taken_back() && !was_connected_) tell_taken_back_of_others(*ready.taken_back);
  if (context_.options.left_signals) {  // which is not about what another run did
    was_connected_ = true;
    return;
  }
  if (!ready.left && ready.left_signals.empty()) {
    looks_through_left_ = false;
    was_connected_ = true;
    return;
  }
  looks_through_left_ = true;
  if (ready.left) journal_ = read_journal(*ready.left);
  const std::string& run = context_.options.tenure.run;
  // What it did before belongs to the walk already, but for what was not answered.
  const bool is_own = ready.left && ready.left->run == run;
  if (!was_connected_ && !is_own) {
    left_signals_ = ready.left_signals;
    goes_on_ = ready.left.has_value();
    if (ready.left)
      report({.kind = Event::Kind::notice,
              .message = fmt::format("{}: goes on after run {} of {}, begun {}, which was cut off", name(),
                                     printable(ready.left->run), printable(ready.left->by), ready.left->since)});
  }
  was_connected_ = true;
  for (const auto& [key, entry] : journal_.entries)
    if (entry.ended && entry.answer.word == "ok") former_marks_.emplace(key, entry.run);
  // An entry of a former run stands for what no check can tell: all else is checked again.
  std::erase_if(journal_.entries, [&](const auto& known) {
    const auto& entry = known.second;
    if (entry.run == run || !entry.ended) return false;
    return entry.answer.word != "changed" || !entry.answer.before.empty();
  });
}

HostRun::Block HostRun::settle_left() {
  if (!outstanding_.empty()) return Block::answers;
  if (facts_awaited_ > 0) return Block::facts;
  looks_through_left_ = false;
  deliver_left_signals();
  runner_->go_on();
  send_all(std::move(again_));
  // What this run did before was answered before.
  std::erase_if(journal_.entries, [&](const auto& one) { return one.second.run == context_.options.tenure.run; });
  return Block::none;
}

// A run that ended between a change and what listens to it left the signal: it is delivered first.
void HostRun::deliver_left_signals() {
  // They are told whoever goes through the host.
  if (left_signals_.empty() || errands_) return;
  std::vector<StagePlan> first;
  std::set<std::string> delivered;
  // Where this run does what a run that was cut off began, they have their place in it.
  const auto has_its_place = [&](const StagePlan& listener) {
    return goes_on_ && std::any_of(plan_.stages.begin(), plan_.stages.end(),
                                   [&](const auto& stage) { return stage.stage == listener.stage; });
  };
  for (const auto& listener : plan_.listeners) {
    if (has_its_place(listener)) continue;
    const auto left = undelivered(left_signals_, listener.stage->name(), own_signals(*listener.stage));
    if (left.empty()) continue;
    delivered.insert(left.begin(), left.end());
    first.push_back(listener);
    first.back().is_delivery = true;
  }
  tell_left_signals_to_others();
  std::set<std::string> unknown;
  for (const auto& line : left_signals_) {
    const auto hears = [&](const StagePlan& one) {
      const auto signals = own_signals(*one.stage);
      return std::any_of(signals.begin(), signals.end(), [&](const auto& name) { return "+" + name == line; });
    };
    const auto is_heard_elsewhere = [&](const HeardElsewhere& one) { return "+" + one.signal == line; };
    if (line.starts_with('+') && std::none_of(plan_.listeners.begin(), plan_.listeners.end(), hears) &&
        std::none_of(plan_.heard_elsewhere.begin(), plan_.heard_elsewhere.end(), is_heard_elsewhere))
      unknown.insert(line.substr(1));
  }
  left_signals_.clear();
  const auto names = [](const std::set<std::string>& signals) {
    return join(std::vector<std::string>(signals.begin(), signals.end()), ", ");
  };
  if (!unknown.empty()) {
    left_signals_.assign(unknown.begin(), unknown.end());
    report({.kind = Event::Kind::notice,
            .message = fmt::format("{}: nothing listens any more to {}, which an earlier run raised", name(),
                                   printable(names(unknown))),
            .hint = fmt::format("to forget it, give 'espresso signals drop {} --hosts {}'",
                                printable(join(left_signals_, " ")), name())});
  }
  if (first.empty()) return;
  report({.kind = Event::Kind::notice,
          .message = fmt::format("{}: delivers {}, which an earlier run raised", name(), printable(names(delivered)))});
  restart_walk(std::move(first));
}

// Nothing of it was told yet but stages without operations.
void HostRun::restart_walk(std::vector<StagePlan> before) {
  std::vector<std::shared_ptr<const Helper>> helpers;
  for (const auto& stage : before) {
    for (const auto& call : stage.calls) add_helpers(call, helpers);
  }
  runner_->extend_library(library_of(helpers));
  plan_.stages.insert(plan_.stages.begin() + static_cast<std::ptrdiff_t>(finished_stages_), before.begin(),
                      before.end());
  stage_outcomes_.assign(plan_.stages.size(), Outcome::skipped);
  stage_skipped_.resize(plan_.stages.size(), false);
  stage_quiet_.assign(plan_.stages.size(), false);
  stage_raised_.assign(plan_.stages.size(), {});
  stage_ = finished_stages_;
  call_ = 0;
  stage_begun_ = false;
  unconfirmed_.clear();
  section_ = Section::run;
  walk_ended_ = false;
  components_.clear();
  next_.clear();
  again_.clear();
  keys_.clear();
  never_known_.clear();
  forget_names();
}

// Whether the journal tells how it ended; then it has its result.
bool HostRun::take_from_journal(Pending& pending) {
  const auto known = journal_.entries.find(pending.key);
  if (pending.key.empty() || known == journal_.entries.end()) return false;
  const HostJournal::Entry entry = std::move(known->second);
  journal_.entries.erase(known);
  const bool is_own = entry.run == context_.options.tenure.run;
  if (!pending.operation) {
    if (!is_own) return false;
    take_mark(pending, entry.answer);
    return true;
  }
  // Content that the lost connection cut short is no failure.
  if (entry.ended && entry.answer.word == "failed" && pending.content) return false;
  if (entry.ended) {
    pending.result = result_of(*pending.operation, entry.answer, context_.options.diff);
    if (!is_own) pending.result.note = fmt::format("done by run {}, which was cut off", printable(entry.run));
  } else {
    pending.result = result_without_answer(
        *pending.operation->call, pending.operation->title, Outcome::failed,
        "it had begun when the host was lost, and how it ended is not known; see at the host, then run again");
    pending.result.ignored = pending.errand || pending.operation->call->ignore_errors;
    // Trying it again could do it twice.
    pending.tries = nullptr;
    walk_ended_ = walk_ended_ || !pending.result.ignored;
  }
  pending.kind = Pending::Kind::result;
  pending.operation = nullptr;
  return true;
}

// Goes on with the host from where the connection was lost; throws what was in the way when that cannot be.
awaitable<void> HostRun::go_on_after(const Unreachable& lost) {
  // Of a connection that was lost before the runner answered nobody knows whether it has begun: the host will tell.
  const bool keeps_none = runner_ && runner_->ready() && runner_->ready()->state.empty();
  if (tenure().run.empty() || keeps_none || (connection_.local && !may_be_taken_back()) || !runner_ ||
      context_.interrupts > 0)
    throw lost;
  report({.kind = Event::Kind::notice,
          .message = fmt::format("{}: {}; it is looked for again, to go on from there", name(), lost.what())});
  const std::chrono::milliseconds patience = patience_for_return();
  const Deadline deadline = Clock::now() + patience;
  // In the order of the walk: what is to be sent again was answered before what was not.
  std::erase_if(outstanding_, [](const Pending& pending) { return pending.dropped; });
  again_.insert(again_.end(), std::make_move_iterator(outstanding_.begin()),
                std::make_move_iterator(outstanding_.end()));
  outstanding_.clear();
  const bool had_answered = was_connected_;
  std::chrono::milliseconds pause = shortest_pause;
  for (;;) {
    looks_through_left_ = was_connected_;
    co_await say_goodbye();
    const Deadline next = std::min(Clock::now() + pause, deadline);
    while (Clock::now() < next && context_.interrupts == 0) co_await bell_.wait(next);
    if (context_.interrupts > 0) throw lost;
    const std::optional<Error> trouble = co_await try_to_connect(deadline);
    if (!trouble) break;
    if (Clock::now() >= deadline)
      throw Unreachable(fmt::format("{}; and it could not be reached again within {}: {}", lost.what(),
                                    render_duration(patience), trouble->what()),
                        "run again: it goes on from there");
    pause = std::min<std::chrono::milliseconds>(pause * 3 / 2, longest_pause);
  }
  // Where all was told already, the host has only done what it was told last: to forget it.
  if (had_answered && !looks_through_left_ && !takes_leave_)
    throw Unreachable(fmt::format("{}; the host has lost its journal meanwhile", lost.what()),
                      "how far it came is not known: see at the host, then run again");
}

// The host is told that nothing more comes, and is done with: the lock is gone, and the journal, unless it is needed.
awaitable<void> HostRun::take_leave() {
  if (runner_->ready()->state.empty()) co_return;
  // What was raised for a stage that is left out waits for the next run.
  bool has_heard_all = left_signals_.empty() && undelivered_to_.empty();
  for (std::size_t i = 0; i < plan_.stages.size(); ++i)
    has_heard_all = has_heard_all && !(stage_skipped_[i] && !own_signals(*plan_.stages[i].stage).empty());
  const bool is_through = !failed_ && context_.interrupts == 0 && has_heard_all;
  const bool is_told = journal_.entries.empty() && again_.empty() && !keeps_what_it_heard_;
  takes_leave_ = true;
  runner_->quit(!is_told ? Farewell::lost : is_through ? Farewell::done : Farewell::told);
  const Deadline deadline = Clock::now() + leave_timeout;
  co_await runner_->drain(deadline);
  co_await runner_->see_end(deadline);
  runner_.reset();
}

// Ends all that runs at the host, and what only a runner would clean up.
std::string HostRun::end_what_runs(const RunnerReady& runner) const {
  std::string line = kill_group(runner);
  if (runner.state.empty()) return line;
  std::string files;
  for (const auto* file :
       {"out", "err", "records", "busy", "run", "answers", "errors", "guard", "guarded", "overdue", "live", "lock"})
    files += " " + quote(runner.state + "/" + file);
  const std::string signals = quote(runner.state + "/signals");
  return fmt::format("{}; [ -s {} ] || rm -f -- {}; rm -f --{}", line, signals, signals, files);
}

// All signals that it raises: its own, those of the component's calls it stands in, and its stage's.
std::vector<std::string> HostRun::signals_of(const Pending& pending) const {
  std::vector<std::string> signals = plan_.stages[pending.call->stage].signals;
  for (const CallRun* call = pending.call.get(); call; call = call->component.get()) {
    if (!call->call) continue;
    for (const auto& signal : call->call->signals) signals.push_back(signal.name);
  }
  std::sort(signals.begin(), signals.end());
  signals.erase(std::unique(signals.begin(), signals.end()), signals.end());
  return signals;
}

// Where a stage that listens begins or ends.
void HostRun::mark_stage(Pending::Kind kind) {
  auto run = std::make_shared<CallRun>();
  run->stage = stage_;
  const std::string stage = plan_.stages[stage_].stage->name();
  next_.push_back({.call = std::move(run),
                   .kind = kind,
                   .key = key_of((kind == Pending::Kind::begin_listening ? "begin " : "end ") + stage)});
}

void HostRun::take_mark(const Pending& pending, const Answer& answer) {
  if (pending.kind == Pending::Kind::begin_listening) stage_quiet_[pending.call->stage] = answer.word == "quiet";
}

// It stands in a stage whose signals nobody raised: as if a condition left it out, but not told.
void HostRun::drop(const Pending& pending) {
  CallRun& call = *pending.call;
  if (!call.call) return;
  if (call.keeps_results)
    call.results.push_back(result_without_answer(*call.call, call.title_begin + call.call->helper, Outcome::skipped,
                                                 "no signal that its stage listens to"));
  if (--call.unanswered == 0) finish_call(call);
}

}  // namespace espresso

#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

#include <algorithm>

// The part of HostRun that confirms changes which could lock it out, by a new connection; and has the host take them
// back (confirm.sh) when that does not come about or something fails before.

namespace espresso {

namespace {

using namespace std::chrono_literals;

// Between attempts to get in: each pause is longer than the one before.
constexpr auto shortest_pause = 250ms;
constexpr auto longest_pause = 2s;
// No attempt is cut shorter by the deadline: it could not succeed.
constexpr auto shortest_attempt = 1s;
constexpr auto goodbye_timeout = 2s;
// For the host to notice that its time is over, beyond what putting back and running again takes.
constexpr auto host_patience = 30s;

}  // namespace

HostRun::Unconfirmed* HostRun::unconfirmed_at(std::size_t stage) {
  for (auto& one : unconfirmed_)
    if (one.change.contains(stage)) return &one;
  return nullptr;
}

// The walk begins the stage.
void HostRun::see_whether_to_confirm() {
  if (context_.options.check) return;
  auto change = confirmed_change(plan_.stages, stage_);
  if (!change) return;
  if (!unconfirmed_.empty() && !unconfirmed_.back().is_bound)
    merge(unconfirmed_.back().change, *change);
  else
    unconfirmed_.push_back({.change = std::move(*change)});
}

// All of it is bound. Whether there is anything to confirm is for the host to tell.
void HostRun::end_unconfirmed() {
  Unconfirmed& change = unconfirmed_.back();
  change.is_bound = true;
  auto call = std::make_shared<Call>();
  call->helper = call->name = "confirm";
  auto run = std::make_shared<CallRun>();
  run->call = std::move(call);
  run->stage = change.change.first;
  next_.push_back({.call = std::move(run),
                   .kind = Pending::Kind::end_confirm,
                   .key = key_of("confirm " + join(change.change.stages, ","))});
}

// What would keep the host waiting comes after the confirmation.
bool HostRun::ends_unconfirmed_before() {
  if (unconfirmed_.empty() || unconfirmed_.back().is_bound) return false;
  unconfirmed_.back().change.last = stage_ - 1;
  end_unconfirmed();
  return true;
}

// What the host has to know before it is sent an operation that may be part of it.
void HostRun::set_keeping(const Pending& pending, OperationFlags& flags) {
  Unconfirmed* one = unconfirmed_at(pending.call->stage);
  if (!one) return;
  flags.keeping = keeping_in(one->change, plan_.stages, pending.call->stage);
  one->is_sent = true;
  const auto told = std::make_pair(one->change.first, one->change.stages.size());
  if (told_confirm_ == told) return;
  told_confirm_ = told;
  runner_->begin_confirm(one->change.within, join(one->change.stages, ", "));
}

void HostRun::take_end_of_unconfirmed(Pending pending, const Answer& answer) {
  if (answer.word == "ok") {
    if (!unconfirmed_.empty()) unconfirmed_.pop_front();
  } else if (answer.word == "need") {
    unconfirmed_.front().awaits_since = Clock::now();
    unconfirmed_.front().is_confirmed = false;
    again_.push_back(std::move(pending));
  } else if (!failed_ && (looks_through_left_ || !again_.empty())) {
    again_.push_back(std::move(pending));
  }
}

bool HostRun::awaits_confirmation() const {
  return !unconfirmed_.empty() && unconfirmed_.front().awaits_since && !unconfirmed_.front().is_confirmed;
}

// Whether a runner that ended or a connection that is lost may have to do with it.
bool HostRun::may_be_taken_back() const {
  return !unconfirmed_.empty() && !unconfirmed_.front().is_confirmed && runner_ && runner_->ready();
}

void HostRun::tell_of_pause(std::chrono::milliseconds pause) {
  if (!unconfirmed_.empty()) runner_->pause(std::chrono::ceil<std::chrono::seconds>(pause));
}

// A connection that has carried no part of the change is new enough.
awaitable<void> HostRun::confirm() {
  Unconfirmed& change = unconfirmed_.front();
  if (!change.is_sent) {
    runner_->confirm_here();
    change.is_confirmed = true;
    co_return;
  }
  const Deadline deadline = *change.awaits_since + change.change.within;
  std::chrono::milliseconds pause = shortest_pause;
  std::string why;
  for (;;) {
    try {
      co_await confirm_anew(deadline);
      change.is_confirmed = true;
      co_return;
    } catch (const Error& error) {
      why = error.what();
    }
    if (Clock::now() >= deadline || context_.interrupts > 1) break;
    const Deadline next = std::min(Clock::now() + pause, deadline);
    while (Clock::now() < next && context_.interrupts <= 1) co_await bell_.wait(next);
    pause = std::min<std::chrono::milliseconds>(pause * 3 / 2, longest_pause);
  }
  if (context_.interrupts > 1) throw Error("interrupted before it was confirmed");
  co_await take_back(fmt::format("no new connection within {}s: {}", change.change.within.count(), why));
}

awaitable<void> HostRun::confirm_anew(Deadline deadline) {
  std::shared_ptr<Session> session;
  std::exception_ptr trouble;
  try {
    if (connection_.local) {
      session = open_local_session(context_.executor);
    } else {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      Endpoint endpoint = connection_.endpoint;
      endpoint.connect_timeout =
          std::min(endpoint.connect_timeout, std::max<std::chrono::milliseconds>(left, shortest_attempt));
      session = co_await context_.connector.connect(std::move(endpoint));
    }
    const Deadline answered_by = std::max(deadline, Clock::now() + shortest_attempt);
    auto channel =
        co_await start(session, confirm_script(runner_->ready()->state, context_.options.tenure.run), answered_by);
    BoundedText words;
    for (;;) {
      const auto event = co_await channel->read(answered_by);
      if (!event) throw Unreachable("no answer from the shell there");
      if (event->kind == ChannelEvent::Kind::closed) break;
      words.append(event->data);
    }
    const std::string text = words.text();
    if (text.find(confirmed_word) == std::string::npos)
      throw Error(text.empty() ? "the shell there could not confirm it"
                               : fmt::format("the shell there said '{}'", printable(trim(text))));
  } catch (...) {
    trouble = std::current_exception();
  }
  if (session) co_await session->close(Clock::now() + goodbye_timeout);
  if (trouble) std::rethrow_exception(trouble);
}

// Whether the host has done so by itself, as it told when this connection began.
bool HostRun::is_taken_back() const {
  const auto& taken = runner_ && runner_->ready() ? runner_->ready()->taken_back : std::nullopt;
  return taken && !unconfirmed_.empty() && taken->run == context_.options.tenure.run;
}

// Tells how that came, and that the stage has failed.
void HostRun::fail_unconfirmed(const TakenBack& taken, const std::string& why) {
  const std::size_t stage = unconfirmed_.front().change.first;
  Call call;
  call.helper = "confirm";
  Result result = result_without_answer(call, call.helper, Outcome::failed,
                                        fmt::format("the host took back what the stage changed: {}", why));
  tell_taken_back(taken, why);
  unconfirmed_.clear();
  again_.clear();
  next_.clear();
  journal_.entries.clear();
  left_signals_.clear();
  waiting_.reset();
  if (failed_) return;
  tell_stage(stage);
  ++counts_[Outcome::failed];
  outcome_ = stronger(outcome_, Outcome::failed);
  stage_outcomes_[stage] = Outcome::failed;
  report({.kind = Event::Kind::operation_finished,
          .stage = plan_.stages[stage].stage->name(),
          .title = result.title,
          .index = index_++,
          .result = std::make_shared<const Result>(std::move(result))});
  fail_in(stage);
}

// What this run has changed there, and is as it was before.
void HostRun::tell_taken_back(const TakenBack& taken, const std::string& why) const {
  const Unconfirmed& change = unconfirmed_.front();
  std::string what = change.titles.empty() ? "nothing that it was told to have changed" : join(change.titles, ", ");
  report({.kind = Event::Kind::taken_back,
          .stage = plan_.stages[change.change.first].stage->name(),
          .message = fmt::format("{}: took back what {} changed ({}): {}{}", name(), stages_of(change.change), why,
                                 what, taken.trouble.empty() ? "" : "; but " + printable(taken.trouble)),
          .operations = change.titles,
          .files = taken.files});
}

// Of another run, or of this one before it came back.
void HostRun::tell_taken_back_of_others(const TakenBack& taken) const {
  report({.kind = Event::Kind::taken_back,
          .message =
              fmt::format("{}: what run {} of {} changed in '{}' was taken back at {}: {}; put back: {}{}", name(),
                          printable(taken.run), printable(taken.by), printable(taken.stages), printable(taken.at),
                          printable(taken.why), taken.files.empty() ? "no file" : printable(join(taken.files, ", ")),
                          taken.trouble.empty() ? "" : "; but " + printable(taken.trouble)),
          .files = taken.files});
}

// Has the host take back what is not confirmed, and hears that it has: by a connection made anew, where this one is
// gone.
awaitable<void> HostRun::take_back(std::string why) {
  const Deadline deadline = Clock::now() + unconfirmed_.front().change.within + context_.options.reconnect_timeout;
  std::chrono::milliseconds pause = shortest_pause;
  for (;;) {
    std::optional<Error> trouble;
    bool is_done = false;
    try {
      if (is_taken_back()) {
        fail_unconfirmed(*runner_->ready()->taken_back, why);
        is_done = true;
      } else if (runner_) {
        runner_->take_back(why);
        const Answer answer = co_await answer_to_take_back();
        is_done = true;
        if (answer.taken_back)
          fail_unconfirmed(*answer.taken_back, why);
        else
          unconfirmed_.clear();
        if (answer.word == "failed") throw Error("the host cannot take back what was not confirmed");
      }
    } catch (const Error& error) {
      if (is_done) throw;
      trouble = error;
    }
    if (is_done) co_return;
    if (Clock::now() >= deadline || context_.interrupts > 1)
      throw Unreachable(fmt::format("the host takes back what {} changed: {}; and it could not be reached since{}",
                                    stages_of(unconfirmed_.front().change), why,
                                    trouble ? fmt::format(": {}", trouble->what()) : ""));
    co_await say_goodbye();
    const Deadline next = std::min(Clock::now() + pause, deadline);
    while (Clock::now() < next && context_.interrupts <= 1) co_await bell_.wait(next);
    pause = std::min<std::chrono::milliseconds>(pause * 3 / 2, longest_pause);
    looks_through_left_ = was_connected_;
    trouble = co_await try_to_connect(deadline);
    if (trouble) co_await say_goodbye();
  }
}

awaitable<Answer> HostRun::answer_to_take_back() {
  const Deadline deadline = Clock::now() + host_patience + context_.options.operation_timeout;
  for (;;) {
    auto message = co_await runner_->receive(deadline);
    if (!message) throw Unreachable(fmt::format("no answer from {}", connection_.shell));
    if (auto* answer = std::get_if<Answer>(&*message)) co_return std::move(*answer);
    take(std::move(*message));
  }
}

// Nothing more of it is begun: it has failed, or was interrupted.
awaitable<void> HostRun::leave_unconfirmed() {
  if (unconfirmed_.empty() || context_.interrupts > 1) co_return;
  if (!unconfirmed_.front().is_confirmed)
    co_await take_back(failed_ ? "the stage failed before it was confirmed" : "the run was interrupted");
  unconfirmed_.clear();
}

// The host ends without having heard how it is with what it changed.
void HostRun::tell_left_unconfirmed() const {
  if (unconfirmed_.empty() || unconfirmed_.front().is_confirmed) return;
  const Unconfirmed& change = unconfirmed_.front();
  if (change.titles.empty()) return;
  report({.kind = Event::Kind::notice,
          .message =
              fmt::format("{}: what {} changed is not confirmed, and the host takes it back {}s after it was left "
                          "alone: {}",
                          name(), stages_of(change.change), change.change.within.count(), join(change.titles, ", "))});
}

}  // namespace espresso

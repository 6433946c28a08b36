#include "ssh/host_key_questions.h"

#include "core/error.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace espresso {

struct HostKeyQuestions::Waiter {
  Waiter(asio::any_io_executor io, UnknownHostKey asked) : executor(std::move(io)), key(std::move(asked)) {}
  asio::any_io_executor executor;
  const UnknownHostKey key;
  Bell bell{executor};  ///< these two for the executor alone
  Answer answer = Answer::none_yet;
};

HostKeyQuestions::HostKeyQuestions(std::shared_ptr<HostKeyJudge> judge, asio::thread_pool& pool)
    : judge_(std::move(judge)), pool_(pool) {}

HostKeyQuestions::UnderWay::UnderWay(std::shared_ptr<HostKeyQuestions> questions) : questions_(std::move(questions)) {
  questions_->begin();
}
HostKeyQuestions::UnderWay::~UnderWay() { questions_->end(); }
HostKeyQuestions::UnderWay::Aside::Aside(UnderWay& connection) : questions_(*connection.questions_) {
  questions_.end();
}
HostKeyQuestions::UnderWay::Aside::~Aside() { questions_.begin(); }

void HostKeyQuestions::begin() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

void HostKeyQuestions::end() {
  const std::lock_guard lock(mutex_);
  --under_way_;
  begin_question(lock);
}

void HostKeyQuestions::begin_question(const std::lock_guard<std::mutex>& /*held*/) {
  if (is_open_ || is_interrupted_ || waiting_.empty() || waiting_.size() < under_way_) return;
  is_open_ = true;
  std::vector<std::shared_ptr<Waiter>> waiters(waiting_.begin(), waiting_.end());
  asio::post(pool_, [self = shared_from_this(), waiters = std::move(waiters)] { self->put_question(waiters); });
}

/// On a thread of the pool.
void HostKeyQuestions::put_question(const std::vector<std::shared_ptr<Waiter>>& waiters) {
  // Hosts may share an address, and names an inventory's host: what is the same is asked once.
  const auto identity = [](const UnknownHostKey& key) { return std::tie(key.name, key.address, key.type, key.key); };
  const auto is_before = [identity](const auto& a, const auto& b) { return identity(a) < identity(b); };
  std::vector<UnknownHostKey> keys;
  for (const auto& waiter : waiters) keys.push_back(waiter->key);
  std::sort(keys.begin(), keys.end(), is_before);
  const auto is_same = [identity](const auto& a, const auto& b) { return identity(a) == identity(b); };
  keys.erase(std::unique(keys.begin(), keys.end(), is_same), keys.end());
  std::vector<bool> accepted;
  try {
    accepted = judge_->ask(keys);
  } catch (...) {
    // A judge that cannot answer has accepted nothing.
  }
  accepted.resize(keys.size(), false);
  std::vector<Answer> answers;
  for (const auto& waiter : waiters) {
    const auto place = std::lower_bound(keys.begin(), keys.end(), waiter->key, is_before) - keys.begin();
    answers.push_back(accepted[static_cast<std::size_t>(place)] ? Answer::yes : Answer::no);
  }
  const std::lock_guard lock(mutex_);
  is_open_ = false;
  if (is_interrupted_) return;
  answer(waiters, answers);
  begin_question(lock);
}

void HostKeyQuestions::answer(const std::vector<std::shared_ptr<Waiter>>& waiters, const std::vector<Answer>& answers) {
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    const auto place = std::find(waiting_.begin(), waiting_.end(), waiters[i]);
    if (place == waiting_.end()) continue;  // its connection is gone
    waiting_.erase(place);
    wake(waiters[i], answers[i]);
  }
}

void HostKeyQuestions::wake(const std::shared_ptr<Waiter>& waiter, Answer answer) {
  asio::post(waiter->executor, [waiter, answer] {
    waiter->answer = answer;
    waiter->bell.ring();
  });
}

awaitable<bool> HostKeyQuestions::ask(std::shared_ptr<HostKeyQuestions> questions, UnknownHostKey key) {
  const auto executor = co_await asio::this_coro::executor;
  const auto waiter = std::make_shared<Waiter>(executor, std::move(key));
  // Gone from the list also when this coroutine is destroyed while it waits.
  struct Place {
    HostKeyQuestions& questions;
    const std::shared_ptr<Waiter>& waiter;
    ~Place() {
      const std::lock_guard lock(questions.mutex_);
      questions.waiting_.remove(waiter);
    }
  };
  const Place place{*questions, waiter};
  {
    const std::lock_guard lock(questions->mutex_);
    if (questions->is_interrupted_) waiter->answer = Answer::interrupted;
    questions->waiting_.push_back(waiter);
    questions->begin_question(lock);
  }
  while (waiter->answer == Answer::none_yet) co_await waiter->bell.wait();
  if (waiter->answer == Answer::interrupted) throw Unreachable("interrupted before there was a session");
  co_return waiter->answer == Answer::yes;
}

void HostKeyQuestions::interrupt() {
  const std::lock_guard lock(mutex_);
  if (is_interrupted_) return;
  is_interrupted_ = true;
  if (is_open_) judge_->interrupt();
  for (const auto& waiter : waiting_) wake(waiter, Answer::interrupted);
  waiting_.clear();
}

}  // namespace espresso

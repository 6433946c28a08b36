#include "run/stage_steps.h"

#include "run/stage_board.h"

#include <algorithm>

namespace espresso {

StageSteps::StageSteps(asio::any_io_executor executor, StageBoard& board, std::shared_ptr<StageQuestion> question,
                       std::vector<Step> steps, Calls calls)
    : executor_(std::move(executor)),
      board_(board),
      question_(std::move(question)),
      steps_(std::move(steps)),
      calls_(std::move(calls)) {}

StageSteps::Word StageSteps::word(std::string_view stage, std::size_t host) {
  if (const auto known = words_.find(stage); known != words_.end()) return known->second;
  if (yes_to_all_) return Word::go;
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    if (steps_[step].stage != stage) continue;
    if (!is_next(step, host)) return Word::wait;
    words_.emplace(stage, Word::wait);
    // What goes wrong while asking is as if nothing more were to be begun.
    spawn(executor_, ask(step), [this, name = std::string(stage)](std::exception_ptr failure) {
      if (failure) take(name, StageQuestion::Answer::quit);
    });
    return Word::wait;
  }
  return Word::go;
}

bool StageSteps::is_left_out(std::string_view stage) const {
  const auto known = words_.find(stage);
  return known != words_.end() && known->second == Word::leave_out;
}

// Whether all before it has ended; if not, the host is woken when that changes.
bool StageSteps::is_next(std::size_t step, std::size_t host) {
  return steps_[step].only_on_signal ||
         std::all_of(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(step),
                     [&](const Step& before) { return board_.is_finished(before.stage, host); });
}

awaitable<void> StageSteps::ask(std::size_t step) {
  const std::string stage = steps_[step].stage;
  std::vector<std::string> hosts;
  for (const std::size_t host : steps_[step].hosts)
    if (!board_.is_lost_for(stage, host)) hosts.push_back(board_.name_of(host));
  auto question = [question = question_, stage, hosts] { return question->ask(stage, hosts); };
  const StageQuestion::Answer answer = co_await on_pool(pool_, question);
  take(stage, answer);
}

void StageSteps::take(const std::string& stage, StageQuestion::Answer answer) {
  using Answer = StageQuestion::Answer;
  yes_to_all_ = yes_to_all_ || answer == Answer::yes_to_all;
  words_[stage] = answer == Answer::yes || answer == Answer::yes_to_all ? Word::go : Word::leave_out;
  if (answer == Answer::quit) calls_.quit();
  calls_.wake_all();
}

}  // namespace espresso

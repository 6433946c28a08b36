#pragma once

#include "core/async.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

class StageBoard;

/// Whoever says whether a stage is carried out.
class StageQuestion {
 public:
  enum class Answer { yes, no, yes_to_all, quit };
  virtual ~StageQuestion() = default;
  /// Blocks until it is answered; called on a thread of its own, never twice at the same time.
  virtual Answer ask(const std::string& stage, const std::vector<std::string>& hosts) = 0;
  /// Ends a question that is being asked, and all that come. For any thread.
  virtual void interrupt() noexcept = 0;
};

/// A run step by step: each stage is asked about once, for all of its hosts, when all stages before it have ended on
/// all hosts; one that only a signal brings about as soon as one of its hosts has got to it, since a batch may wait for
/// it. Lives on one executor.
class StageSteps {
 public:
  enum class Word { wait, go, leave_out };
  /// A stage and the hosts that it is for.
  struct Step {
    std::string stage;
    std::vector<std::size_t> hosts = {};  ///< as the board knows them
    bool only_on_signal = false;
  };
  struct Calls {
    std::function<void()> wake_all;  ///< the answer is there: whoever waits for it asks again
    std::function<void()> quit;      ///< nothing more is to be begun
  };

  /// `steps` are in the order of the run. The board must outlive it.
  StageSteps(asio::any_io_executor executor, StageBoard& board, std::shared_ptr<StageQuestion> question,
             std::vector<Step> steps, Calls calls);

  /// For a host that is about to begin the stage. On `wait` it is woken when it is to ask again.
  Word word(std::string_view stage, std::size_t host);
  bool is_left_out(std::string_view stage) const;
  /// The user interrupted.
  void interrupt() noexcept { question_->interrupt(); }

 private:
  awaitable<void> ask(std::size_t step);
  void take(const std::string& stage, StageQuestion::Answer answer);
  bool is_next(std::size_t step, std::size_t host);

  asio::any_io_executor executor_;
  StageBoard& board_;
  std::shared_ptr<StageQuestion> question_;
  std::vector<Step> steps_;
  Calls calls_;
  std::map<std::string, Word, std::less<>> words_;  ///< `wait`: it is being asked about
  bool yes_to_all_ = false;
  asio::thread_pool pool_{1};  // ends first: it posts to the executor
};

}  // namespace espresso

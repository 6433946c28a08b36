#include "cli/stage_question.h"

#include "core/text.h"

#include <fmt/format.h>

namespace espresso {

namespace {

class TerminalQuestion : public StageQuestion {
 public:
  TerminalQuestion(PausableReporter& reporter, std::unique_ptr<Terminal> terminal)
      : reporter_(reporter), terminal_(std::move(terminal)) {}

  Answer ask(const std::string& stage, const std::vector<std::string>& hosts) override {
    reporter_.pause(fmt::format("stage '{}' is about to begin", stage));
    const Answer answer = answered(fmt::format("{} on {}? [y/n/c/q] ", stage, fold_names(hosts)));
    reporter_.resume();
    return answer;
  }
  void interrupt() noexcept override { terminal_->interrupt(); }

 private:
  Answer answered(const std::string& prompt) {
    terminal_->forget_typed();
    while (true) {
      terminal_->write(prompt);
      const auto line = terminal_->read_line();
      if (!line) {
        terminal_->write("\n");
        return Answer::quit;
      }
      if (const auto answer = parse_stage_answer(*line)) return *answer;
      terminal_->write("type y (yes), n (no: skip it), c (continue without asking) or q (quit)\n");
    }
  }

  PausableReporter& reporter_;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace

std::optional<StageQuestion::Answer> parse_stage_answer(std::string_view text) {
  std::string word(trim(text));
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (word == "y" || word == "yes") return StageQuestion::Answer::yes;
  if (word == "n" || word == "no") return StageQuestion::Answer::no;
  if (word == "c" || word == "continue") return StageQuestion::Answer::yes_to_all;
  if (word == "q" || word == "quit") return StageQuestion::Answer::quit;
  return std::nullopt;
}

std::shared_ptr<StageQuestion> make_stage_question(PausableReporter& reporter, std::unique_ptr<Terminal> terminal) {
  return std::make_shared<TerminalQuestion>(reporter, std::move(terminal));
}

}  // namespace espresso

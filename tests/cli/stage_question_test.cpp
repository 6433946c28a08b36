#include "cli/stage_question.h"

#include <gmock/gmock.h>

#include <array>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

using ::testing::ElementsAre;
using Answer = StageQuestion::Answer;

TEST(StageAnswers, AreLettersOrWords) {
  EXPECT_EQ(parse_stage_answer("y"), Answer::yes);
  EXPECT_EQ(parse_stage_answer(" No "), Answer::no);
  EXPECT_EQ(parse_stage_answer("continue"), Answer::yes_to_all);
  EXPECT_EQ(parse_stage_answer("Q"), Answer::quit);
  EXPECT_EQ(parse_stage_answer(""), std::nullopt);
  EXPECT_EQ(parse_stage_answer("yn"), std::nullopt);
}

class Recorder : public Reporter {
 public:
  void on(const Event& event) override { said.push_back(event.message); }
  std::vector<std::string> said;
};

/// The other end of a terminal.
class StageDialogue : public ::testing::Test {
 protected:
  StageDialogue() {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0) throw std::runtime_error("socketpair");
    question_ = make_stage_question(reporter_, std::make_unique<Terminal>(ends_[1]));
  }
  ~StageDialogue() override { close(ends_[0]); }

  std::string asked() const {
    std::string text;
    char c = 0;
    while (!text.ends_with("] ") && read(ends_[0], &c, 1) == 1) text += c;
    return text;
  }
  void type(const std::string& text) const {
    ASSERT_EQ(write(ends_[0], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  Recorder recorder_;
  PausableReporter reporter_{recorder_};
  std::array<int, 2> ends_{};
  std::shared_ptr<StageQuestion> question_;
};

TEST_F(StageDialogue, AsksUntilItIsAnsweredWhileOthersAreSilent) {
  Answer answer = Answer::quit;
  std::thread asking([&] { answer = question_->ask("web", {"web1", "web2", "db"}); });
  EXPECT_EQ(asked(), "web on web[1-2],db? [y/n/c/q] ");
  reporter_.on({.kind = Event::Kind::notice, .message = "something happened"});
  type("what\n");
  EXPECT_EQ(asked(),
            "type y (yes), n (no: skip it), c (continue without asking) or q (quit)\nweb on web[1-2],db? [y/n/c/q] ");
  type("n\n");
  asking.join();
  EXPECT_EQ(answer, Answer::no);
  EXPECT_THAT(recorder_.said, ElementsAre("stage 'web' is about to begin", "something happened"));
}

TEST_F(StageDialogue, QuitsWhenItIsInterrupted) {
  Answer answer = Answer::yes;
  std::thread asking([&] { answer = question_->ask("web", {"web1"}); });
  EXPECT_EQ(asked(), "web on web1? [y/n/c/q] ");
  question_->interrupt();
  asking.join();
  EXPECT_EQ(answer, Answer::quit);
}

TEST_F(StageDialogue, WaitsForAnotherQuestionToBeAnswered) {
  reporter_.pause("1 host key is unknown");
  std::thread asking([&] { question_->ask("web", {"web1"}); });
  reporter_.on({.kind = Event::Kind::notice, .message = "something happened"});
  reporter_.resume();
  EXPECT_EQ(asked(), "web on web1? [y/n/c/q] ");
  type("y\n");
  asking.join();
  EXPECT_THAT(recorder_.said,
              ElementsAre("1 host key is unknown", "something happened", "stage 'web' is about to begin"));
}

}  // namespace
}  // namespace espresso::testing

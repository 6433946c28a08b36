#include "engine_fixture.h"

#include "core/text.h"

#include <gmock/gmock.h>

#include <functional>

namespace espresso {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// Answers as it was told to, `yes` where it was not.
class Script : public StageQuestion {
 public:
  Answer ask(const std::string& stage, const std::vector<std::string>& hosts) override {
    asked.push_back(stage + " on " + fold_names(hosts));
    if (look) look(stage);
    const auto answer = answers.find(stage);
    return answer == answers.end() ? Answer::yes : answer->second;
  }
  void interrupt() noexcept override {}

  std::map<std::string, Answer> answers;
  std::function<void(const std::string&)> look;
  std::vector<std::string> asked;  // by one thread at a time
};

class Steps : public Engine {
 protected:
  using Answer = StageQuestion::Answer;
  Steps() {
    options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
    options.stage_question = script;
    inventory = "all: {hosts: {a: {state_folder: " + (scratch / "a").string() +
                "}, b: {state_folder: " + (scratch / "b").string() + "}}}\n";
  }
  RunResult run_steps(const std::string& stages, std::vector<std::string> order) {
    options.stage_order = std::move(order);
    return run(stages, {options.stage_order.back()});
  }
  std::vector<std::string> stages_told() const {
    std::vector<std::string> names;
    for (const auto& event : recorder.events) {
      if (event.kind == Event::Kind::stage_finished)
        names.push_back(event.host + " " + event.stage + (event.message.empty() ? "" : ": " + event.message));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  const std::string stages = R"(
stages:
  base: {run: [{shell.run: 'echo {{ host.name }} base >> {{ scratch }}/log'}]}
  web: {hosts: a, requires: base, run: [{shell.run: 'echo {{ host.name }} web >> {{ scratch }}/log'}]}
  all: {requires: web, run: [{shell.run: 'echo {{ host.name }} all >> {{ scratch }}/log'}]}
)";
  const std::vector<std::string> order = {"base", "web", "all"};
  std::shared_ptr<Script> script = std::make_shared<Script>();
};

TEST_F(Steps, AreAskedAboutOnceForAllHostsWhenAllBeforeThemHasEnded) {
  std::vector<std::size_t> done;
  script->look = [&](const std::string&) { done.push_back(split(read("log"), '\n').size() - 1); };
  run_steps(stages, order);
  EXPECT_THAT(script->asked, ElementsAre("base on a,b", "web on a", "all on a,b"));
  EXPECT_THAT(done, ElementsAre(0, 2, 3));
  EXPECT_EQ(split(read("log"), '\n').size() - 1, 5U);
}

TEST_F(Steps, WorkWithOneHostAtATime) {
  options.forks = 1;
  run_steps(stages, order);
  EXPECT_THAT(script->asked, ElementsAre("base on a,b", "web on a", "all on a,b"));
}

TEST_F(Steps, ThatAreSkippedTakeWhatRequiresThemAlong) {
  script->answers["web"] = Answer::no;
  const RunResult result = run_steps(stages, order);
  EXPECT_FALSE(result.interrupted);
  EXPECT_THAT(script->asked, ElementsAre("base on a,b", "web on a"));
  EXPECT_THAT(stages_told(),
              ElementsAre("a all: requires 'web', which was skipped", "a base", "a web: the answer was no",
                          "b all: requires 'web', which was skipped", "b base"));
}

TEST_F(Steps, AreAskedAboutNoMoreOnceTheUserContinues) {
  script->answers["base"] = Answer::yes_to_all;
  run_steps(stages, order);
  EXPECT_THAT(script->asked, ElementsAre("base on a,b"));
  EXPECT_THAT(stages_told(), ElementsAre("a all", "a base", "a web", "b all", "b base"));
}

TEST_F(Steps, EndWhenTheUserQuits) {
  script->answers["web"] = Answer::quit;
  EXPECT_TRUE(run_steps(stages, order).interrupted);
  EXPECT_THAT(script->asked, ElementsAre("base on a,b", "web on a"));
  EXPECT_THAT(stages_told(), ElementsAre("a base", "b base"));
  EXPECT_EQ(recorder.end_of("a").message, "interrupted");
}

TEST_F(Steps, AreNotAskedAboutForHostsThatFailed) {
  const std::string text = R"(
stages:
  base: {run: [{shell.run: '[ {{ host.name }} = a ]'}]}
  all: {requires: base, run: [{shell.run: 'true'}]}
)";
  run_steps(text, {"base", "all"});
  EXPECT_THAT(script->asked, ElementsAre("base on a,b", "all on a"));
}

TEST_F(Steps, ThatListenAndAreSkippedHearTheSignalInTheNextRun) {
  const std::string text = R"(
stages:
  web:
    run: [{fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}.conf", content: one}, signal: conf}]
  reload:
    on: conf
    run: [{shell.run: 'echo {{ host.name }} >> {{ scratch }}/log'}]
  last: {requires: web}
)";
  script->answers["reload"] = Answer::no;
  run_steps(text, {"web", "reload", "last"});
  EXPECT_THAT(script->asked, ElementsAre("web on a,b", "reload on a,b", "last on a,b"));
  EXPECT_EQ(read("log"), "");
  options.tenure.run = "run2";
  script->asked.clear();
  run_steps(text, {"web", "reload", "last"});
  // What is left is delivered, and not asked about.
  EXPECT_EQ(split(read("log"), '\n').size() - 1, 2U);
  options.tenure.run = "run3";
  script->answers.clear();
  run_steps(text, {"web", "reload", "last"});
  EXPECT_EQ(split(read("log"), '\n').size() - 1, 2U);
  EXPECT_FALSE(std::filesystem::exists(scratch / "a/signals"));
}

}  // namespace
}  // namespace espresso

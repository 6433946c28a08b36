#include "engine_fixture.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

/// Operations, stages and runs that take longer than they may. What hangs would do so for an hour.
class Deadlines : public Engine {
 protected:
  Deadlines() {
    options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
    inventory = "all: {hosts: {a: {state_folder: " + (scratch / "state").string() + "}}}\n";
  }
  const std::string hangs = "shell.run: 'echo $$ > {{ scratch }}/pid; exec sleep 3600'";
  /// Or there is nothing left of it but its number.
  bool is_gone() const {
    std::string number, name, state;
    std::istringstream(read("pid")) >> number;
    std::ifstream file("/proc/" + number + "/stat");
    return !(file >> number >> name >> state) || state == "Z";
  }
};

TEST_F(Deadlines, FailAnOperationAndNotItsHost) {
  const RunResult result = run("stages:\n  main:\n    run:\n      - {" + hangs +
                                   ", name: sleeper, timeout: 1s, ignore_errors: true}\n"
                                   "      - shell.run: echo after >> {{ scratch }}/log\n",
                               {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(recorder.result("sleeper").outcome, Outcome::failed);
  EXPECT_EQ(recorder.result("sleeper").message, "it did not end within 1s and was killed");
  EXPECT_EQ(read("log"), "after\n");
  EXPECT_TRUE(is_gone());
  EXPECT_TRUE(std::filesystem::is_empty(scratch / "state"));
}

TEST_F(Deadlines, CanBeRescued) {
  options.operation_timeout = std::chrono::seconds(1);
  run("stages:\n  main:\n    run: [{" + hangs +
          "}]\n    rescue: [{shell.run: 'echo {{ failed_operation.message }} >> {{ scratch }}/log'}]\n",
      {"main"});
  EXPECT_EQ(read("log"), "it did not end within 1s and was killed\n");
  EXPECT_TRUE(is_gone());
}

TEST_F(Deadlines, OfAStageAreThoseOfAllItsOperations) {
  const RunResult result =
      run("stages:\n  main:\n    timeout: 1s\n    run:\n"
          "      - shell.run: echo one >> {{ scratch }}/log\n"
          "      - {" +
              hangs +
              ", name: sleeper, ignore_errors: true}\n"
              "      - {shell.run: 'echo never >> {{ scratch }}/log', name: late}\n"
              "    always:\n"
              "      - shell.run: echo always >> {{ scratch }}/log\n",
          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_THAT(recorder.result("sleeper").message,
              MatchesRegex("its stage is not through within 1.00s: it did not end within 1s and was killed"));
  EXPECT_EQ(recorder.result("late").message, "not begun: its stage is not through within 1.00s");
  EXPECT_EQ(read("log"), "one\nalways\n");
  EXPECT_TRUE(is_gone());
}

TEST_F(Deadlines, OfARunEndWhatRuns) {
  inventory = "all: {hosts: {a: {state_folder: " + (scratch / "a").string() +
              "}, b: {state_folder: " + (scratch / "b").string() + "}, c: {state_folder: " + (scratch / "c").string() +
              "}}}\n";
  options.run_timeout = std::chrono::seconds(1);
  options.forks = 2;
  const RunResult result =
      run("stages:\n  main:\n    run:\n"
          "      - {" +
              hangs +
              ", when: host.name != 'b'}\n"
              "      - shell.run: echo {{ host.name }} >> {{ scratch }}/log\n",
          {"main"});
  EXPECT_EQ(read("log"), "b\n");
  EXPECT_FALSE(result.interrupted);
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  EXPECT_EQ(result.hosts.at("c"), Outcome::failed);
  EXPECT_EQ(recorder.end_of("a").message, "not through within the run's 1.00s");
  EXPECT_EQ(recorder.end_of("c").message, "not through within the run's 1.00s");
  EXPECT_TRUE(is_gone());
  EXPECT_FALSE(std::filesystem::exists(scratch / "a/lock"));
}

TEST_F(Deadlines, OfARunThatIsThroughInTimeDoNothing) {
  options.run_timeout = std::chrono::hours(1);
  EXPECT_EQ(run("stages: {main: {run: [{shell.run: 'true'}]}}", {"main"}).hosts.at("a"), Outcome::changed);
}

}  // namespace
}  // namespace espresso

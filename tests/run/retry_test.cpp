#include "engine_fixture.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Operations that are tried more than once. `count N` adds a line to the log, and succeeds when there are N.
class Retries : public Engine {
 protected:
  RunResult run_operations(const std::string& operations) {
    return run("stages:\n  main:\n    run:\n" + operations, {"main"});
  }
  static std::string count(int number) {
    return "shell.run: 'echo x >> {{ scratch }}/log; test $(wc -l < {{ scratch }}/log) -ge " + std::to_string(number) +
           "'";
  }
  std::size_t tries() const { return read("log").size() / 2; }
  const Result& last() const {
    const Result* found = nullptr;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::operation_finished) found = event.result.get();
    return *found;
  }
};

TEST_F(Retries, TryAgainWhatFails) {
  const RunResult result = run_operations("      - {" + count(3) + ", retries: 5, delay: 0s}\n");
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(tries(), 3U);
  EXPECT_EQ(last().tries, 3U);
  EXPECT_EQ(recorder.results().size(), 1U);
}

TEST_F(Retries, AreAtMostSoManyAfterTheFirstTry) {
  const RunResult result = run_operations("      - {" + count(9) +
                                          ", retries: 2, delay: 0s}\n"
                                          "      - shell.run: touch {{ scratch }}/after\n");
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(tries(), 3U);
  EXPECT_EQ(last().tries, 3U);
  EXPECT_EQ(last().message, "exited 1");
  EXPECT_FALSE(std::filesystem::exists(scratch / "after"));
}

TEST_F(Retries, LetWhatFollowsWait) {
  run_operations("      - {" + count(3) +
                 ", retries: 5, delay: 0s}\n"
                 "      - shell.run: echo after >> {{ scratch }}/log\n"
                 "      - {shell.run: 'true', retries: 1}\n"
                 "      - shell.run: echo last >> {{ scratch }}/log\n");
  EXPECT_EQ(read("log"), "x\nx\nx\nafter\nlast\n");
}

TEST_F(Retries, GoOnAfterWhatMayFail) {
  const RunResult result = run_operations("      - {" + count(9) +
                                          ", retries: 1, delay: 0s, ignore_errors: true}\n"
                                          "      - shell.run: echo after >> {{ scratch }}/log\n");
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "x\nx\nafter\n");
}

TEST_F(Retries, UntilSeesTheResultUnderTheNameThatItRegisters) {
  run_operations(
      "      - shell.run: echo x >> {{ scratch }}/log; cat {{ scratch }}/log\n"
      "        register: log\n"
      "        until: '#log.lines == 4'\n"
      "        delay: 0s\n"
      "      - shell.run: 'echo {{ log.tries }} {{ #log.lines }} >> {{ scratch }}/told'\n");
  EXPECT_EQ(tries(), 4U);
  EXPECT_EQ(read("told"), "4 4\n");
}

TEST_F(Retries, UntilTriesThreeTimesMoreByDefault) {
  const RunResult result = run_operations(
      "      - shell.run: echo x >> {{ scratch }}/log\n"
      "        until: result.stdout == 'y'\n"
      "        delay: 0s\n");
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(tries(), 4U);
  EXPECT_EQ(last().message, "'result.stdout == 'y'' does not hold");
}

TEST_F(Retries, UntilThatHoldsLeavesAFailureOne) {
  const RunResult result = run_operations("      - {shell.run: exit 3, until: result.rc == 3}\n");
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(last().tries, 1U);
}

TEST_F(Retries, EachItemIsTriedForItself) {
  run_operations(
      "      - shell.run: echo {{ item }} >> {{ scratch }}/log; grep -c {{ item }} {{ scratch }}/log || true\n"
      "        for_each: [a, b]\n"
      "        register: counts\n"
      "        until: result.stdout == '2' or item == 'b'\n"
      "        delay: 0s\n"
      "      - shell.run: echo {{ counts.results | map('tries') | join(' ') }} >> {{ scratch }}/told\n");
  EXPECT_EQ(read("log"), "a\na\nb\n");
  EXPECT_EQ(read("told"), "2 1\n");
}

TEST_F(Retries, AMistakeInUntilIsAFailureAtOnce) {
  const RunResult result = run_operations("      - {shell.run: 'true', until: result.no_such_thing == 1}\n");
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(last().tries, 1U);
  EXPECT_THAT(last().message, HasSubstr("until: "));
  EXPECT_THAT(last().message, HasSubstr("no_such_thing"));
}

TEST_F(Retries, ANameThatUntilCannotSeeIsToldBeforeAnyHostIsTouched) {
  try {
    run_operations("      - shell.run: touch {{ scratch }}/log\n        until: reslut.rc == 0\n");
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_THAT(mistakes.what(), HasSubstr("reslut"));
  }
  EXPECT_THAT(recorder.events, IsEmpty());
}

TEST_F(Retries, HoldForTheOperationsOfAComponent) {
  const std::string stages =
      "components:\n"
      "  my.counter:\n"
      "    parameters: {upto: {type: string}}\n"
      "    run:\n"
      "      - shell.run: 'echo x >> {{ scratch }}/log; test $(wc -l < {{ scratch }}/log) = {{ params.upto }}'\n"
      "      - shell.run: cat {{ scratch }}/log\n"
      "        until: '#result.lines == (params.upto | int)'\n"
      "stages:\n"
      "  main:\n"
      "    run:\n"
      "      - my.counter: {upto: '3'}\n"
      "        retries: 5\n"
      "        delay: 0s\n";
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(tries(), 3U);
}

TEST_F(Retries, CheckModeTriesNothingTwice) {
  options.check = true;
  run_operations("      - {" + count(3) +
                 ", retries: 5, until: result.rc == 0}\n"
                 "      - {stage.fail: no, retries: 5}\n");
  EXPECT_EQ(tries(), 0U);
  EXPECT_EQ(last().tries, 0U);
}

TEST_F(Retries, AreOneOperationEachInTheJournal) {
  options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
  inventory = "all: {hosts: {a: {state_folder: " + (scratch / "state").string() + "}}}\n";
  run_operations(
      "      - {" + count(3) +
      ", retries: 5, delay: 0s, ignore_errors: true}\n"
      "      - shell.run: grep -ao 'result.*[.][0-9]' {{ scratch }}/state/answers | wc -l > {{ scratch }}/told\n");
  EXPECT_EQ(tries(), 3U);
  EXPECT_EQ(read("told"), "2\n");
}

}  // namespace
}  // namespace espresso

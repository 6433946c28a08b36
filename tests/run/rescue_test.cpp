#include "engine_fixture.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Stages that go on after a failure.
class Rescue : public Engine {
 protected:
  /// An operation that adds a word to the log.
  static std::string say(const std::string& word) { return "{shell.run: 'echo " + word + " >> {{ scratch }}/log'}"; }
  static std::string main(const std::string& parts) {
    return "stages:\n  main:\n" + parts + "  after:\n    requires: main\n    run: [" + say("after") + "]\n";
  }
  const Event& end_of_stage(const std::string& name, const std::string& host = "a") const {
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::stage_finished && event.stage == name && event.host == host) return event;
    throw std::runtime_error("no end of " + name);
  }
};

const std::string three =
    "    run: [{shell.run: 'echo one >> {{ scratch }}/log'}, {shell.run: 'exit 3', register: test}, "
    "{shell.run: 'echo never >> {{ scratch }}/log'}]\n";

TEST_F(Rescue, MakesTheStageSucceedWhenItDoes) {
  const RunResult result = run(main(three + "    rescue: [" + say("rescue") + "]\n"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "one\nrescue\nafter\n");
  EXPECT_EQ(end_of_stage("main").outcome, Outcome::changed);
  EXPECT_EQ(end_of_stage("main").message, "rescued after 'shell.run exit 3' failed");
  const Event& end = recorder.end_of("a");
  EXPECT_EQ(end.rescued, 1U);
  EXPECT_FALSE(end.counts.contains(Outcome::failed));
  EXPECT_TRUE(recorder.result("shell.run exit 3").rescued);
}

TEST_F(Rescue, IsNotRunWhereNothingFails) {
  const RunResult result = run(
      main("    run: [" + say("one") + "]\n    rescue: [" + say("rescue") + "]\n    always: [" + say("always") + "]\n"),
      {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "one\nalways\nafter\n");
  EXPECT_EQ(end_of_stage("main").message, "");
}

TEST_F(Rescue, IsFollowedByAlways) {
  run(main("    always: [" + say("always") + "]\n    rescue: [" + say("rescue") + "]\n" + three), {"after"});
  EXPECT_EQ(read("log"), "one\nrescue\nalways\nafter\n");
}

TEST_F(Rescue, ThatFailsIsAFailureOfTheStageAndAlwaysRunsAllTheSame) {
  const RunResult result = run(main(three + "    rescue: [" + say("rescue") + ", {shell.run: exit 4}, " + say("never") +
                                    "]\n    always: [" + say("always") + "]\n"),
                               {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "one\nrescue\nalways\n");
  EXPECT_EQ(recorder.end_of("a").counts.at(Outcome::failed), 2U);
  EXPECT_EQ(recorder.end_of("a").rescued, 0U);
}

TEST_F(Rescue, ThatFailsWithoutAlwaysEndsTheHost) {
  const RunResult result = run(main(three + "    rescue: [{shell.run: exit 4}]\n"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "one\n");
  EXPECT_EQ(recorder.end_of("a").counts.at(Outcome::failed), 2U);
}

TEST_F(Rescue, AlwaysAloneLeavesAFailureOne) {
  const RunResult result = run(main(three + "    always: [" + say("always") + ", " + say("twice") + "]\n"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "one\nalways\ntwice\n");
  EXPECT_EQ(recorder.end_of("a").counts.at(Outcome::failed), 1U);
}

TEST_F(Rescue, AFailureOfAlwaysIsAFailureOfTheStage) {
  const RunResult result =
      run(main(three + "    rescue: [" + say("rescue") + "]\n    always: [{shell.run: exit 5}]\n"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "one\nrescue\n");
}

TEST_F(Rescue, SeesWhatFailed) {
  run(main(three + "    rescue:\n"
                   "      - shell.run: echo '{{ failed_operation.title }}|{{ failed_operation.message }}|{{ "
                   "failed_operation.rc }}|"
                   "{{ test.rc }}|{{ failed_operation.stage }}' >> {{ scratch }}/log\n"),
      {"main"});
  EXPECT_EQ(read("log"), "one\nshell.run exit 3|exited 3|3|3|main\n");
}

TEST_F(Rescue, AlwaysKnowsWhetherSomethingFailed) {
  const std::string always =
      "    always:\n      - shell.run: echo '{{ failed_operation.title if failed_operation is defined else \"fine\" "
      "}}' >> "
      "{{ scratch }}/log\n";
  run(main("    run: [" + say("one") + "]\n" + always), {"main"});
  run(main(three + always), {"main"});
  EXPECT_EQ(read("log"), "one\nfine\none\nshell.run exit 3\n");
}

TEST_F(Rescue, NamesOfWhatWasLeftOutAreThoseOfSkippedOperations) {
  run(main("    run:\n"
           "      - shell.run: exit 3\n"
           "      - {shell.run: echo x, register: later}\n"
           "    rescue:\n"
           "      - {shell.run: 'echo {{ later.skipped }} >> {{ scratch }}/log', register: repaired}\n"
           "    always:\n"
           "      - shell.run: echo {{ repaired.changed }} >> {{ scratch }}/log\n"),
      {"main"});
  run(main("    run: [{shell.run: 'true'}]\n"
           "    rescue: [{shell.run: 'true', register: repaired}]\n"
           "    always: [{shell.run: 'echo {{ repaired.skipped }} >> {{ scratch }}/log'}]\n"),
      {"main"});
  EXPECT_EQ(read("log"), "true\ntrue\ntrue\n");
}

TEST_F(Rescue, IsAskedForNowhereElse) {
  for (const char* parts : {"    run: [{shell.run: 'echo {{ failed_operation.title }}'}]\n    rescue: []\n",
                            "    run: [{shell.run: 'true', register: failed_operation}]\n"}) {
    try {
      run(main(parts), {"main"});
      ADD_FAILURE() << parts;
    } catch (const Mistakes& mistakes) {
      EXPECT_THAT(mistakes.what(), HasSubstr("failed_operation"));
    }
  }
}

TEST_F(Rescue, OfAComponentHappensAfterIt) {
  const std::string components =
      "components:\n"
      "  my.steps:\n"
      "    run: [" +
      say("a") + ", {shell.run: exit 1}, " + say("b") + "]\n";
  run(components + main("    run: [{my.steps: }, " + say("never") + "]\n    rescue: [{my.steps: }]\n    always: [" +
                        say("always") + "]\n"),
      {"main"});
  EXPECT_EQ(read("log"), "a\na\nalways\n");
}

TEST_F(Rescue, ComesAfterWhatCannotEvenBeSent) {
  const RunResult result = run(main("    run:\n"
                                    "      - {shell.run: echo x, register: told}\n"
                                    "      - fs.ensure_file: {path: \"{{ told.stdout }}\", content: a}\n"
                                    "      - " +
                                    say("never") + "\n    rescue: [" + say("rescue") + "]\n"),
                               {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "rescue\nafter\n");
}

TEST_F(Rescue, IgnoredErrorsNeedNone) {
  run(main("    run: [{shell.run: exit 1, ignore_errors: true}, " + say("one") + "]\n    rescue: [" + say("never") +
           "]\n"),
      {"main"});
  EXPECT_EQ(read("log"), "one\n");
}

TEST_F(Rescue, LetsStagesOnOtherHostsGoOn) {
  inventory = "all: {hosts: {a: , b: }}\n";
  const std::string stages =
      "stages:\n"
      "  database:\n    hosts: a\n    run: [{shell.run: exit 1}]\n    rescue: [" +
      say("rescue") + "]\n  web:\n    hosts: b\n    requires: database\n    run: [" + say("web") + "]\n";
  const RunResult result = run(stages, {"web"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  EXPECT_EQ(read("log"), "rescue\nweb\n");
}

TEST_F(Rescue, ThatFailsIsToldToOtherHosts) {
  inventory = "all: {hosts: {a: , b: }}\n";
  const std::string stages =
      "stages:\n"
      "  database:\n    hosts: a\n    run: [{shell.run: exit 1}]\n"
      "    rescue: [{shell.run: exit 2}]\n    always: [" +
      say("always") + "]\n  web:\n    hosts: b\n    requires: database\n    run: [" + say("web") + "]\n";
  run(stages, {"web"});
  EXPECT_EQ(read("log"), "always\n");
  EXPECT_THAT(end_of_stage("web", "b").message, HasSubstr("did not succeed on a"));
}

TEST_F(Rescue, KeepsTheSignalsOfItsStage) {
  options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
  inventory = "all: {hosts: {a: {state_folder: " + (scratch / "state").string() + "}}}\n";
  const std::string stages =
      "stages:\n"
      "  main:\n"
      "    run:\n"
      "      - fs.ensure_file: {path: \"{{ scratch }}/conf\", content: one}\n"
      "        signal: conf\n"
      "      - shell.run: exit 1\n"
      "    rescue: [" +
      say("rescue") + "]\n  reload:\n    on: conf\n    run: [" + say("reload") + "]\n";
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "rescue\nreload\n");
  EXPECT_TRUE(std::filesystem::is_empty(scratch / "state"));
}

TEST_F(Rescue, IsForeseenByCheckMode) {
  options.check = true;
  const RunResult result = run(main("    run: [{stage.fail: no}]\n    rescue: [{fs.ensure_file: {path: \"{{ scratch "
                                    "}}/conf\", content: one}}]\n"),
                               {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::would_change);
  EXPECT_EQ(recorder.end_of("a").rescued, 1U);
}

}  // namespace
}  // namespace espresso

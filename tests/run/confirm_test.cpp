#include "engine_fixture.h"

#include "run/confirmed_change.h"

#include <gmock/gmock.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Stages that have to be confirmed, on hosts that are shells on this machine: each new connection is a new shell.
class Confirm : public Engine {
 protected:
  Confirm() {
    options.tenure = {.run = "run1", .by = "me@here", .since = "then"};
    inventory = "all: {hosts: {a: {state_folder: " + state() + ", shell: " + shell() + "}}}\n";
    // A shell that comes about only where the file says so: what decides over new connections.
    write("shell", "#!/bin/sh\nif grep -q closed " + (scratch / "door").string() +
                       " 2>/dev/null; then echo closed >&2; exit 1; fi\nexec /bin/sh \"$@\"\n");
    std::filesystem::permissions(scratch / "shell", std::filesystem::perms::owner_all);
    write("door", "open\n");
  }
  std::string state() const { return (scratch / "state").string(); }
  std::string shell() const { return (scratch / "shell").string(); }

  /// A stage that writes this into the file that decides over new connections, and one that is told of it.
  static std::string stages(const std::string& door, const std::string& more = {}) {
    return "stages:\n"
           "  sshd:\n"
           "    confirm: 1s\n"
           "    run:\n"
           "      - fs.ensure_file: {path: '{{ scratch }}/door', content: \"" +
           door +
           "\\n\"}\n"
           "        signal: door\n" +
           more +
           "  reload:\n"
           "    on: door\n"
           "    run: [{shell.run: 'cat {{ scratch }}/door >> {{ scratch }}/log'}]\n"
           "  after:\n"
           "    requires: sshd\n"
           "    run: [{shell.run: 'echo after >> {{ scratch }}/log'}]\n";
  }
  std::vector<std::string> told(Event::Kind kind) const {
    std::vector<std::string> messages;
    for (const auto& event : recorder.events)
      if (event.kind == kind) messages.push_back(event.message);
    return messages;
  }
};

TEST_F(Confirm, IsDoneByANewConnection) {
  const RunResult result = run(stages("open and more"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("door"), "open and more\n");
  EXPECT_EQ(read("log"), "open and more\nafter\n");
  EXPECT_TRUE(std::filesystem::is_empty(state()));
  EXPECT_THAT(told(Event::Kind::taken_back), IsEmpty());
}

TEST_F(Confirm, IsNotAskedForWhereNothingChanged) {
  const RunResult result = run(stages("open"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "after\n");
  EXPECT_TRUE(std::filesystem::is_empty(state()));
}

TEST_F(Confirm, ThatDoesNotComeHasTheHostTakeItBack) {
  const RunResult result = run(stages("closed"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("door"), "open\n");
  EXPECT_EQ(read("log"), "closed\nopen\n");
  const Result& failure = recorder.result("confirm");
  EXPECT_EQ(failure.outcome, Outcome::failed);
  EXPECT_EQ(failure.message,
            "the host took back what the stage changed: no new connection within 1s: the shell there said 'closed'");
  EXPECT_THAT(told(Event::Kind::taken_back),
              ElementsAre("a: took back what 'sshd' changed (no new connection within 1s: the shell there said "
                          "'closed'): fs.ensure_file " +
                          (scratch / "door").string() + ", shell.run cat " + (scratch / "door").string() + " >> " +
                          (scratch / "log").string()));
  EXPECT_TRUE(std::filesystem::is_empty(state()));
  // With the mistake mended, the next run has nothing left to do but that.
  options.tenure.run = "run2";
  EXPECT_EQ(run(stages("open again"), {"after"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("door"), "open again\n");
  EXPECT_THAT(told(Event::Kind::notice), IsEmpty());
}

TEST_F(Confirm, IsForeseenByCheckModeAsAnyChange) {
  options.check = true;
  run(stages("closed"), {"after"});
  EXPECT_EQ(recorder.result("fs.ensure_file " + (scratch / "door").string()).outcome, Outcome::would_change);
  EXPECT_EQ(read("door"), "open\n");
  EXPECT_FALSE(std::filesystem::exists(state()));
}

TEST_F(Confirm, AFailureMidwayHasTheHostTakeItBackAtOnce) {
  const RunResult result = run(stages("open and more", "      - shell.run: exit 3\n"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("door"), "open\n");
  EXPECT_FALSE(std::filesystem::exists(scratch / "log"));
  EXPECT_THAT(
      told(Event::Kind::taken_back),
      ElementsAre("a: took back what 'sshd' changed (the stage failed before it was confirmed): fs.ensure_file " +
                  (scratch / "door").string()));
  EXPECT_TRUE(std::filesystem::is_empty(state()));
}

TEST_F(Confirm, AFailureThatIsRescuedDoesNot) {
  const RunResult result =
      run(stages("open and more", "      - shell.run: exit 3\n    rescue: [{shell.run: 'true'}]\n"), {"after"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("door"), "open and more\n");
  EXPECT_EQ(read("log"), "open and more\nafter\n");
}

TEST_F(Confirm, AFailureOfWhatListensTakesItBackToo) {
  const std::string failing =
      "stages:\n  sshd:\n    confirm: 1s\n    run:\n      - fs.ensure_file: {path: '{{ scratch "
      "}}/door', content: more}\n        signal: door\n  reload:\n    on: door\n    run: "
      "[{shell.run: 'exit 1'}]\n";
  EXPECT_EQ(run(failing, {"sshd"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("door"), "open\n");
}

TEST_F(Confirm, WhatListensToTheFailureComesAfterwards) {
  const std::string more =
      stages("closed") +
      "  repair:\n    on: sshd.failed\n    run: [{shell.run: 'cat {{ scratch }}/door >> {{ scratch "
      "}}/log'}]\n";
  EXPECT_EQ(run(more, {"after"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "closed\nopen\nopen\n");
}

TEST_F(Confirm, OperationsOfComponentsBelongToIt) {
  const std::string text =
      "components:\n  my.door:\n    run: [{fs.ensure_file: {path: '{{ scratch }}/door', content: "
      "closed}}]\nstages:\n  sshd: {confirm: 1s, run: [{my.door: }]}\n";
  EXPECT_EQ(run(text, {"sshd"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("door"), "open\n");
}

TEST_F(Confirm, IsNotForWhatNobodyCanKeep) {
  options.tenure = {};
  EXPECT_EQ(run(stages("closed"), {"after"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("door"), "open\n");
  EXPECT_THAT(recorder.result("fs.ensure_file " + (scratch / "door").string()).message,
              HasSubstr("nothing can be kept at the host, so 'confirm' could not take it back"));
}

TEST_F(Confirm, EachOfSeveralStagesIsConfirmedByItself) {
  const std::string text =
      "stages:\n"
      "  one: {confirm: 5s, run: [{fs.ensure_file: {path: '{{ scratch }}/one', content: a}}]}\n"
      "  two: {requires: one, confirm: 1s, run: [{fs.ensure_file: {path: '{{ scratch }}/door', content: closed}}]}\n";
  EXPECT_EQ(run(text, {"two"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("one"), "a");
  EXPECT_EQ(read("door"), "open\n");
}

TEST_F(Confirm, AKilledProgramLeavesItToTheHost) {
  // Its time is over only when the program is dead, since the operation under way keeps it from running.
  const std::string text = stages("closed", "      - shell.run: 'kill -KILL {{ engine }}; sleep 1'\n");
  const pid_t engine = fork();
  if (engine == 0) {
    inventory = "all: {vars: {engine: " + std::to_string(getpid()) + "}, hosts: {a: {state_folder: " + state() +
                ", shell: " + shell() + "}}}\n";
    run(text, {"after"});
    _exit(0);
  }
  int status = 0;
  waitpid(engine, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  while (read("door") != "open\n") usleep(1000);
  while (std::filesystem::exists(scratch / "state/confirm")) usleep(1000);
  options.tenure.run = "run2";
  EXPECT_EQ(run(stages("open and more"), {"after"}).hosts.at("a"), Outcome::changed);
  // What listens had been sent along; what follows it had to wait.
  EXPECT_EQ(read("log"), "closed\nopen\nopen and more\nafter\n");
  EXPECT_THAT(told(Event::Kind::taken_back), ElementsAre(HasSubstr("nobody confirmed it within 1s")));
}

/// Where it begins and ends.
class ConfirmedChanges : public testing::Test {
 protected:
  std::vector<StagePlan> plan(const std::string& text) {
    Diagnostics diagnostics;
    files = parse_stages(std::make_shared<Source>(Source{"stages.yaml", "stages:\n" + text}), diagnostics);
    diagnostics.throw_if_any();
    std::vector<StagePlan> stages;
    for (const auto& stage : files.stages.all()) stages.push_back({.stage = stage, .calls = {}});
    return stages;
  }
  StageFiles files;
};

TEST_F(ConfirmedChanges, EndWithWhatListens) {
  const auto stages = plan(
      "  sshd: {confirm: 90s, signal: x, run: []}\n"
      "  between: {run: []}\n"
      "  reload: {on: x, signal: y, run: []}\n"
      "  further: {on: y, run: []}\n"
      "  failed: {on: sshd.failed, run: []}\n");
  EXPECT_FALSE(confirmed_change(stages, 1));
  const auto change = confirmed_change(stages, 0);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->first, 0U);
  EXPECT_EQ(change->last, 3U);
  EXPECT_EQ(change->within, std::chrono::seconds(90));
  std::vector<Keeping> keeping;
  for (std::size_t i = 0; i < stages.size(); ++i) keeping.push_back(keeping_in(*change, stages, i));
  EXPECT_THAT(keeping, ElementsAre(Keeping::own, Keeping::joined, Keeping::again, Keeping::again, Keeping::none));
}

TEST_F(ConfirmedChanges, ThatOverlapAreOne) {
  const auto stages = plan(
      "  sshd: {confirm: 90s, signal: x, run: []}\n"
      "  network: {confirm: 30s, run: []}\n"
      "  reload: {on: x, run: []}\n");
  auto change = *confirmed_change(stages, 0);
  merge(change, *confirmed_change(stages, 1));
  EXPECT_EQ(change.last, 2U);
  EXPECT_EQ(change.within, std::chrono::seconds(30));
  EXPECT_EQ(stages_of(change), "'sshd' and 'network'");
  EXPECT_EQ(keeping_in(change, stages, 1), Keeping::own);
  EXPECT_EQ(keeping_in(change, stages, 2), Keeping::again);
}

}  // namespace
}  // namespace espresso

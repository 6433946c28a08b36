#include "shell_host.h"
#include "shells.h"

#include "core/text.h"
#include "run/host_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

// What the runner keeps at the host, in every shell: lock, journal, signals.

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> library = {
    wrap_helper("h_add",
                "check() { unknown 'always runs'; }\napply() { say \"$text\" >>\"$path\"; say \"<$text>\"; "
                "say oops >&2; tell size 12; }"),
    wrap_helper("h_file", "check() { [ -e \"$path\" ] || differs missing; }\napply() { : >\"$path\"; }"),
    wrap_helper("h_slow",
                "check() { unknown x; }\napply() { : >\"$path.begun\"; while [ ! -e \"$path.go\" ]; do sleep "
                "0.05; done; seq 20000; say x >>\"$path\"; }"),
    wrap_helper("h_dies",
                "check() { unknown x; }\napply() { read -r guard more <\"$r_state/guard\"; kill -KILL $$ $guard \"$(sh "
                "-c 'echo $PPID')\"; }"),
    wrap_helper("h_unchanged", "check() { unknown x; }\napply() { unchanged; }"),
    wrap_helper("h_fails", "check() { differs x; }\napply() { return 1; }"),
    wrap_helper("h_refuses", "check() { fail no; }\napply() { :; }"),
};

class StateIn : public testing::TestWithParam<Shell> {
 protected:
  std::unique_ptr<ShellHost> start(Tenure tenure = {}) {
    if (tenure.run.empty()) tenure.run = "run1";
    return start_as_given(tenure);
  }
  std::unique_ptr<ShellHost> start_as_given(Tenure tenure) {
    tenure.host = "web1";
    tenure.by = "me@here";
    tenure.since = "2026-11-23T10:00:00Z";
    if (tenure.reason.empty()) tenure.reason = "a change";
    tenure.place = folder();
    // In a process group of its own, as sshd starts it.
    const std::string command = "exec setsid sh -c " + quote_for_any_shell(GetParam().boot());
    return std::make_unique<ShellHost>(command, library, RunnerKind::full, tenure);
  }
  std::string folder() const { return scratch / "state"; }
  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string line(const std::string& helper, const std::string& text = "x") const {
    return "path=" + quote(scratch / "f") + " text=" + quote(text) + "; " + helper + "; run_operation";
  }
  void wait_for(const std::string& path) const {
    while (!std::filesystem::exists(path)) usleep(1000);
  }

  ScratchFolder scratch;
};

TEST_P(StateIn, NothingIsLeftWhenAllIsDone) {
  auto host = start();
  host->submit(line("h_add"));
  EXPECT_EQ(host->answer().output, "<x>");
  EXPECT_EQ(host->ready().at(4), folder());
  host->send("Q done\n");
  EXPECT_EQ(host->finish(), 0);
  EXPECT_THAT(entries(), IsEmpty());
  EXPECT_EQ(std::filesystem::status(folder()).permissions(), std::filesystem::perms::owner_all);
}

TEST_P(StateIn, NothingIsTouchedWithoutARun) {
  auto host = start_as_given({});
  host->submit(line("h_add"));
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_EQ(host->ready().at(4), "");
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_P(StateIn, WhatACutConnectionLeavesTellsHowFarItCame) {
  auto host = start();
  host->submit(line("h_add", "a"));
  host->submit(line("h_file"));
  EXPECT_EQ(host->answer().error_output, "oops");
  host->answer();
  EXPECT_EQ(host->finish(), 0);
  EXPECT_THAT(entries(), ElementsAre("answers", "errors", "run"));
  const std::string token = host->token();

  auto next = start({.run = "run2"});
  next->submit(line("h_add", "b"));
  EXPECT_EQ(next->answer().word, "skipped");
  EXPECT_THAT(next->beginnings(), ElementsAre("left|" + token + "|run1|2026-11-23T10:00:00Z|me@here"));
  const HostJournal journal =
      read_journal({.token = token, .answers = next->left_answers(), .errors = next->left_errors()});
  ASSERT_EQ(journal.entries.size(), 2U);
  const auto& first = journal.entries.at("key0");
  EXPECT_EQ(first.run, "run1");
  EXPECT_TRUE(first.ended);
  EXPECT_EQ(first.answer.word, "changed");
  EXPECT_EQ(first.answer.output.text(), "<a>");
  EXPECT_EQ(first.answer.error_output.text(), "oops");
  EXPECT_EQ(first.answer.told.values().size(), 1U);
  EXPECT_EQ(journal.entries.at("key1").answer.word, "ok");

  next->go_on(token);
  next->submit(line("h_add", "c"));
  EXPECT_EQ(next->answer().word, "changed");
  EXPECT_EQ(next->finish(), 0);
  EXPECT_EQ(read_file(scratch / "f"), "ac");

  auto last = start({.run = "run3"});
  last->ready();
  const HostJournal both =
      read_journal({.token = token, .answers = last->left_answers(), .errors = last->left_errors()});
  EXPECT_EQ(both.entries.at("key1").run, "run2");
}

TEST_P(StateIn, AnOperationGetsToItsEndWhenNobodyListens) {
  auto host = start();
  host->submit(line("h_slow"));
  host->submit(line("h_add", "never"));
  host->flush();
  wait_for(scratch / "f.begun");
  host->hang_up();
  write_file(scratch / "f.go", "");
  EXPECT_EQ(host->finish(), 0);
  EXPECT_EQ(read_file(scratch / "f").substr(0, 1), "x");
  auto next = start();
  next->ready();
  const HostJournal journal =
      read_journal({.token = host->token(), .answers = next->left_answers(), .errors = next->left_errors()});
  EXPECT_TRUE(journal.entries.at("key0").ended);
}

TEST_P(StateIn, TheSameRunTakesOverFromItsLostConnection) {
  auto host = start();
  host->submit(line("h_slow"));
  host->submit(line("h_add", "never"));
  host->flush();
  wait_for(scratch / "f.begun");
  auto next = start();
  next->submit(line("h_file"));
  next->flush();
  wait_for(folder() + "/taken");
  write_file(scratch / "f.go", "");
  // It waits for what is under way, and tells of it.
  EXPECT_EQ(next->answer().word, "skipped");
  EXPECT_THAT(next->beginnings().front(), HasSubstr("waits|run1|web1|me@here"));
  const HostJournal journal =
      read_journal({.token = host->token(), .answers = next->left_answers(), .errors = next->left_errors()});
  EXPECT_EQ(journal.entries.at("key0").answer.word, "changed");
  EXPECT_EQ(journal.entries.size(), 1U);
  EXPECT_EQ(read_file(scratch / "f"), "x");
}

TEST_P(StateIn, WhoComesSecondIsToldWhoHoldsTheHost) {
  auto host = start();
  host->ready();
  auto other = start({.run = "run2"});
  EXPECT_EQ(other->finish(), 0);
  EXPECT_THAT(other->beginnings(), ElementsAre("locked|run1|web1|me@here|2026-11-23T10:00:00Z|a change"));
  auto patient = start({.run = "run3", .patience = std::chrono::seconds(30)});
  patient->submit(line("h_file"));
  host->send("Q done\n");
  host->finish();
  EXPECT_EQ(patient->answer().word, "changed");
}

TEST_P(StateIn, ALockCanBeBroken) {
  auto host = start();
  host->submit(line("h_slow"));
  host->flush();
  wait_for(scratch / "f.begun");
  auto other = start({.run = "run2", .breaks_lock = true});
  other->ready();
  EXPECT_THAT(other->beginnings().front(), HasSubstr("broken|run1|web1"));
  EXPECT_NE(host->finish(), 0);
}

TEST_P(StateIn, TheLockOfOneThatIsGoneHoldsNobody) {
  {
    auto host = start();
    kill(std::stoi(host->ready().at(1)), SIGKILL);
  }
  EXPECT_TRUE(std::filesystem::exists(folder() + "/lock"));
  auto next = start({.run = "run2"});
  EXPECT_EQ(next->ready().at(4), folder());
  // One that died before it wrote whose it is.
  next.reset();
  write_file(folder() + "/lock", "");
  EXPECT_EQ(start({.run = "run3"})->ready().at(4), folder());
}

// As if its engine had not been heard of for so long.
void grow_old(const std::string& file, std::chrono::minutes age = std::chrono::minutes(6)) {
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - age);
}

TEST_P(StateIn, WhatAnEarlierEspressoHoldsIsHeld) {
  auto host = start();
  host->ready();
  std::string lock = read_file(folder() + "/lock");
  const std::string reason =
      "\x1f"
      "a change";
  lock.erase(lock.find(reason), reason.size());
  write_file(folder() + "/lock", lock);
  auto other = start({.run = "run2"});
  EXPECT_EQ(other->finish(), 0);
  EXPECT_THAT(other->beginnings(), ElementsAre("locked|run1|web1|me@here|2026-11-23T10:00:00Z|"));
}

TEST_P(StateIn, ALockThatNobodyWantsAnyMoreExpires) {
  auto host = start();
  host->ready();
  grow_old(folder() + "/lock");
  grow_old(folder() + "/busy", std::chrono::minutes(4));
  {
    auto other = start({.run = "run2"});
    EXPECT_EQ(other->finish(), 0);
    EXPECT_THAT(other->beginnings().at(0), HasSubstr("locked|run1"));
  }
  grow_old(folder() + "/busy");
  auto other = start({.run = "run3"});
  other->ready();
  EXPECT_EQ(other->beginnings().at(0), "expired|run1|web1|me@here|2026-11-23T10:00:00Z|a change");
  other->go_on(host->token());
  other->submit(line("h_file"));
  EXPECT_EQ(other->answer().word, "changed");
  host->finish();
}

TEST_P(StateIn, ALockDoesNotExpireWhileItsEngineIsHeardOf) {
  auto host = start();
  host->ready();
  grow_old(folder() + "/lock");
  grow_old(folder() + "/busy");
  host->send("H\n");
  host->submit(line("h_file"));
  host->answer();
  auto other = start({.run = "run2"});
  EXPECT_EQ(other->finish(), 0);
  EXPECT_THAT(other->beginnings().at(0), HasSubstr("locked|run1"));
}

TEST_P(StateIn, ALockDoesNotExpireWhileSomethingIsDone) {
  // What it says goes into files first, or straight to the engine.
  for (const OperationFlags flags : {OperationFlags{}, OperationFlags{.live = true}}) {
    auto host = start();
    host->submit(line("h_slow"), flags);
    host->flush();
    wait_for(scratch / "f.begun");
    grow_old(folder() + "/lock");
    grow_old(folder() + "/busy");
    auto other = start({.run = "run2"});
    EXPECT_EQ(other->finish(), 0);
    EXPECT_THAT(other->beginnings().at(0), HasSubstr("locked|run1"));
    write_file(scratch / "f.go", "");
    EXPECT_EQ(host->answer().word, "changed");
    host->send("Q done\n");
    EXPECT_EQ(host->finish(), 0);
    EXPECT_THAT(entries(), IsEmpty());
    std::filesystem::remove(scratch / "f.go");
    std::filesystem::remove(scratch / "f.begun");
  }
}

TEST_P(StateIn, WhatHadBegunAndNeverEndedIsKnown) {
  auto host = start();
  host->submit(line("h_dies"));
  EXPECT_NE(host->finish(), 0);
  auto next = start();
  next->ready();
  const HostJournal journal = read_journal({.token = host->token(), .answers = next->left_answers(), .errors = {}});
  EXPECT_FALSE(journal.entries.at("key0").ended);
}

TEST_P(StateIn, SignalsOutliveTheRunUntilTheyAreDelivered) {
  auto host = start();
  host->submit(line("h_file"), {}, {}, {}, {"one", "two"});
  host->submit(line("h_file"), {}, {}, {}, {"three"});
  host->submit(line("h_unchanged"), {}, {}, {}, {"four"});
  host->submit(line("h_refuses"), {.ignore_errors = true}, {}, {}, {"five"});
  host->submit(line("h_fails"), {.ignore_errors = true}, {}, {}, {"six"});
  host->answers(5);
  host->finish();
  auto next = start({.run = "run2"});
  next->ready();
  ASSERT_GE(next->beginnings().size(), 4U);
  EXPECT_EQ(next->beginnings()[0], "left-signal|@run1");
  EXPECT_EQ(next->beginnings()[1], "left-signal|+one");
  EXPECT_EQ(next->beginnings()[2], "left-signal|+two");
  EXPECT_EQ(next->beginnings()[3], "left-signal|+six");
  next->go_on(host->token());
  next->mark(listen_request(0, "k", "reload", {"one"}));
  next->submit(line("h_add", "1"));
  next->mark(delivered_request(2, "k", "reload"));
  next->mark(listen_request(3, "k", "again", {"three", "four", "five"}));
  next->submit(line("h_add", "2"));
  next->mark(delivered_request(5, "k", "again"));
  next->mark(listen_request(6, "k", "reload", {"one"}));
  next->submit(line("h_add", "3"));
  std::vector<std::string> words;
  for (const auto& answer : next->answers(8)) words.push_back(answer.word);
  EXPECT_THAT(words, ElementsAre("ok", "changed", "ok", "quiet", "quiet", "quiet", "quiet", "quiet"));
  EXPECT_EQ(read_file(scratch / "f"), "1");
  next->finish();
  auto last = start({.run = "run3"});
  last->ready();
  EXPECT_EQ(last->beginnings()[4], "left-signal|-reload");
  last->send("Q told\n");
  last->finish();
  EXPECT_THAT(entries(), ElementsAre("signals"));
}

TEST_P(StateIn, SignalsAreForgottenOnDemandAndNothingElse) {
  auto host = start();
  host->submit(line("h_add", "1"), {}, {}, {}, {"one", "two"});
  host->mark(listen_request(1, "k", "reload", {"one"}));
  host->mark(delivered_request(2, "k", "reload"));
  host->submit(line("h_add", "2"), {}, {}, {}, {"one", "three"});
  host->answers(4);
  host->finish();
  ASSERT_EQ(read_file(folder() + "/signals"), "@run1\n+one\n+two\n-reload\n@run1\n+one\n+three\n");
  auto next = start({.run = "run2"});
  next->mark(forget_request(0, {"one", "none"}));
  EXPECT_EQ(next->answer().word, "changed");
  EXPECT_EQ(read_file(folder() + "/signals"), "@run1\n+two\n-reload\n+three\n");
  next->send("Q lost\n");
  next->finish();
  EXPECT_EQ(read_file(folder() + "/signals"), "@run1\n+two\n-reload\n+three\n");
  // The journal is still that of the run that was cut off.
  EXPECT_THAT(entries(), ElementsAre("answers", "errors", "run", "signals"));
  EXPECT_THAT(read_file(folder() + "/run"), HasSubstr("run1"));
  auto last = start({.run = "run3"});
  last->mark(forget_request(0, {}));
  EXPECT_EQ(last->answer().word, "changed");
  last->send("Q lost\n");
  last->finish();
  EXPECT_THAT(entries(), ElementsAre("answers", "errors", "run"));
}

TEST_P(StateIn, CheckModeForeseesSignalsAndKeepsNone) {
  auto host = start_as_given({});
  host->submit(line("h_file"), {.check = true}, {}, {}, {"one"});
  host->mark(listen_request(1, "k", "reload", {"one"}));
  host->submit("h_add; run_operation", {.check = true});
  EXPECT_EQ(host->answers(3)[2].word, "unknown");
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

INSTANTIATE_TEST_SUITE_P(Shells, StateIn, testing::ValuesIn(shells_to_test()),
                         [](const auto& info) { return info.param.name; });

TEST(HostJournal, PassesOverWhatIsNoAnswer) {
  const std::string us = "\x1f";
  const auto record = [&](const std::string& fields) { return "\nTOKEN " + fields + us + "\n"; };
  const HostJournal journal = read_journal(
      {.token = "TOKEN",
       .answers = "\nWRONG result" + us + "0" + us + "changed" + us + "k" + us + "\n" + record("result" + us + "0") +
                  record("old" + us + "/f") + record("result" + us + "0" + us + "ok" + us + "inside") +
                  record("old-end") + record("begun" + us + "a") + "\nTOKEN result" + us + "0",
       .errors = "text" + record("end" + us + "nobody")});
  ASSERT_EQ(journal.entries.size(), 1U);
  EXPECT_FALSE(journal.entries.at("a").ended);
}

TEST(Undelivered, AreThoseRaisedSinceTheyWereDelivered) {
  const std::vector<std::string> log = {"+a", "+b", "-s", "+b", "+b", "-t", "+c"};
  EXPECT_THAT(undelivered(log, "s", {"a", "b"}), ElementsAre("b"));
  EXPECT_THAT(undelivered(log, "t", {"a", "b", "c"}), ElementsAre("c"));
  EXPECT_THAT(undelivered(log, "u", {"a"}), ElementsAre("a"));
  EXPECT_THAT(undelivered(log, "u", {"d"}), IsEmpty());
}

}  // namespace
}  // namespace espresso

#include "engine_fixture.h"

#include "core/text.h"

#include <gmock/gmock.h>

#include <set>

namespace espresso {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class Signals : public Engine {
 protected:
  Signals() {
    options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
    inventory = "all: {hosts: {a: {state_folder: " + (scratch / "state").string() + "}}}\n";
  }
  std::vector<std::string> stages_told() const {
    std::vector<std::string> names;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::stage_finished) names.push_back(event.stage);
    return names;
  }
  std::vector<std::string> notices() const {
    std::vector<std::string> messages;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::notice) messages.push_back(event.message);
    return messages;
  }
  std::vector<std::string> hints() const {
    std::vector<std::string> hints;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::notice) hints.push_back(event.hint);
    return hints;
  }
  const Event& told_signals() const {
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::signals_told) return event;
    throw std::runtime_error("no signals were told");
  }
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    if (std::filesystem::exists(scratch / "state"))
      for (const auto& entry : std::filesystem::directory_iterator(scratch / "state"))
        names.push_back(entry.path().filename());
    return names;
  }

  const std::string stages = R"(
stages:
  web:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/conf", content: one}
        signal: conf
      - fs.ensure_file: {path: "{{ scratch }}/site", content: one}
        signal: [site, conf]
  other:
    requires: web
    run: [{shell.run: 'echo other >> {{ scratch }}/log'}]
  reload:
    on: conf
    run:
      - shell.run: 'echo reload >> {{ scratch }}/log'
      - fs.ensure_file: {path: "{{ scratch }}/skipped", content: one}
        when: false
  audit:
    on: web.changed
    run: [{shell.run: 'echo audit >> {{ scratch }}/log'}]
  never:
    on: site
    hosts: all:!a
    run: [{shell.run: 'echo never >> {{ scratch }}/log'}]
)";
};

TEST_F(Signals, RunWhatListensOnceAfterTheStageThatRaisedThem) {
  EXPECT_EQ(run(stages, {"other"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "reload\naudit\nother\n");
  EXPECT_THAT(stages_told(), ElementsAre("web", "reload", "audit", "other"));
  EXPECT_THAT(left(), ElementsAre());
}

TEST_F(Signals, NothingIsToldOfWhatNobodyRaised) {
  write("conf", "one");
  write("site", "one");
  EXPECT_EQ(run(stages, {"web"}).hosts.at("a"), Outcome::ok);
  EXPECT_EQ(read("log"), "");
  EXPECT_THAT(stages_told(), ElementsAre("web"));
  EXPECT_EQ(recorder.results().size(), 2U);
}

TEST_F(Signals, WhatListensRunsAsItIsWhenItIsAskedFor) {
  EXPECT_EQ(run(stages, {"reload"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "reload\n");
}

TEST_F(Signals, CheckModeForeseesThem) {
  options.check = true;
  EXPECT_EQ(run(stages, {"web"}).hosts.at("a"), Outcome::unknown);
  EXPECT_THAT(recorder.results(), Contains(HasSubstr("echo reload")));
  write("conf", "one");
  write("site", "one");
  EXPECT_EQ(run(stages, {"web"}).hosts.at("a"), Outcome::ok);
  EXPECT_THAT(left(), ElementsAre());
}

// As the program checks: it holds no host, so that nothing has a key there.
TEST_F(Signals, CheckModeForeseesThemInNobodysName) {
  options.tenure = {};
  options.check = true;
  EXPECT_EQ(run(stages, {"web"}).hosts.at("a"), Outcome::unknown);
  EXPECT_THAT(recorder.results(), Contains(HasSubstr("echo reload")));
  EXPECT_THAT(recorder.results(), Contains(HasSubstr("echo audit")));
}

const std::string failing = R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/conf", content: one}
        signal: conf
      - shell.run: test -e {{ scratch }}/repaired
  reload:
    on: conf
    run: [{shell.run: 'echo reload >> {{ scratch }}/log'}]
  elsewhere:
    run: [{shell.run: 'echo elsewhere >> {{ scratch }}/log'}]
)";

TEST_F(Signals, OfAFailedRunAreDeliveredFirstByTheNext) {
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "");
  EXPECT_THAT(left(), ElementsAre("signals"));
  options.tenure.run = "run2";
  EXPECT_EQ(run(failing, {"elsewhere"}).hosts.at("a"), Outcome::changed);
  EXPECT_THAT(notices(), Contains("a: delivers conf, which an earlier run raised"));
  EXPECT_EQ(read("log"), "reload\nelsewhere\n");
  EXPECT_THAT(left(), ElementsAre());
  write("repaired", "");
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "reload\nelsewhere\n");
}

TEST_F(Signals, ThatNothingListensToAnyMoreAreKeptAndTold) {
  run(failing, {"main"});
  const std::string other = "stages: {main: {run: [{shell.run: 'true'}]}}";
  EXPECT_EQ(run(other, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_THAT(notices(), Contains("a: nothing listens any more to conf, which an earlier run raised"));
  EXPECT_THAT(hints(), Contains("to forget it, give 'espresso signals drop conf --hosts a'"));
  EXPECT_THAT(left(), ElementsAre("signals"));
}

TEST_F(Signals, ThatAreLeftAreToldWithThoseWhoWillHearThem) {
  run(failing, {"main"});
  options.tenure = {};
  options.left_signals = LeftSignals{};
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::ok);
  EXPECT_THAT(told_signals().signals, ElementsAre(Pair("conf", ElementsAre("reload"))));
  EXPECT_THAT(notices(), ElementsAre());
  EXPECT_EQ(read("log"), "");
  run("stages: {main: {run: [{shell.run: 'true'}]}}", {"main"});
  EXPECT_THAT(told_signals().signals, ElementsAre(Pair("conf", ElementsAre())));
  options.left_signals->names = {"other"};
  run(failing, {"main"});
  EXPECT_THAT(told_signals().signals, ElementsAre());
  EXPECT_THAT(left(), ElementsAre("signals"));
}

TEST_F(Signals, ThatAreDroppedAreNotDelivered) {
  run(failing, {"main"});
  options.left_signals = LeftSignals{.names = {"conf"}, .drops = true};
  options.check = true;
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::would_change);
  EXPECT_THAT(told_signals().dropped, ElementsAre("conf"));
  EXPECT_THAT(left(), ElementsAre("signals"));
  options.check = false;
  options.left_signals->names = {"other"};
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::ok);
  EXPECT_THAT(left(), ElementsAre("signals"));
  options.left_signals->names = {"other", "conf"};
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_THAT(told_signals().dropped, ElementsAre("conf"));
  EXPECT_THAT(told_signals().signals, ElementsAre());
  EXPECT_THAT(left(), ElementsAre());
  options.left_signals.reset();
  write("repaired", "");
  EXPECT_EQ(run(failing, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "");
}

TEST_F(Signals, OfARunThatWasKilledAreDroppedAndItsJournalIsKept) {
  const std::string text = R"(
stages:
  main:
    run:
      - shell.run: 'echo one >> {{ scratch }}/log'
        signal: conf
      - shell.run: 'cp -r {{ scratch }}/state {{ scratch }}/then'
        name: second
  reload:
    on: conf
    run: [{shell.run: 'echo reload >> {{ scratch }}/log'}]
)";
  run(text, {"main"});
  std::filesystem::remove(scratch / "then/lock");
  std::filesystem::remove_all(scratch / "state");
  std::filesystem::rename(scratch / "then", scratch / "state");
  options.tenure.run = "run2";
  options.left_signals = LeftSignals{.drops = true};
  EXPECT_EQ(run(text, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_THAT(told_signals().dropped, ElementsAre("conf"));
  EXPECT_THAT(notices(), ElementsAre());
  options.tenure.run = "run3";
  options.left_signals.reset();
  run(text, {"main"});
  EXPECT_THAT(notices(), Contains("a: goes on after run run1 of me@here, begun now, which was cut off"));
  EXPECT_EQ(read("log"), "one\nreload\n");
}

TEST_F(Signals, AreRaisedThroughComponents) {
  const std::string text = R"(
components:
  web.site:
    run: [{fs.ensure_file: {path: "{{ scratch }}/conf", content: one}}]
stages:
  main:
    signal: done
    run:
      - web.site:
        signal: conf
  reload:
    on: conf
    run: [{shell.run: 'echo reload >> {{ scratch }}/log'}]
  finish:
    on: done
    run: [{shell.run: 'echo finish >> {{ scratch }}/log'}]
)";
  EXPECT_EQ(run(text, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "reload\nfinish\n");
}

TEST_F(Signals, WhatARunThatWasKilledDidIsNotDoneAgain) {
  const std::string text = R"(
stages:
  main:
    run:
      - shell.run: 'echo one >> {{ scratch }}/log; echo said'
        register: first
      - shell.run: 'echo two >> {{ scratch }}/log; cp -r {{ scratch }}/state {{ scratch }}/then'
        name: second
      - shell.run: 'echo {{ first.stdout }} >> {{ scratch }}/log'
)";
  run(text, {"main"});
  EXPECT_EQ(read("log"), "one\ntwo\nsaid\n");
  // As it was while the second was under way, of a runner that is gone.
  std::filesystem::remove(scratch / "then/lock");
  std::filesystem::remove_all(scratch / "state");
  std::filesystem::rename(scratch / "then", scratch / "state");
  options.tenure.run = "run2";
  EXPECT_EQ(run(text, {"main"}).hosts.at("a"), Outcome::failed);
  EXPECT_THAT(notices(), Contains("a: goes on after run run1 of me@here, begun now, which was cut off"));
  EXPECT_EQ(recorder.results().at(0), "a shell.run echo one >> " + (scratch / "log").string() + "; echo said: changed");
  EXPECT_EQ(recorder.result("second").message,
            "it had begun when the host was lost, and how it ended is not known; see at the host, then run again");
  EXPECT_EQ(read("log"), "one\ntwo\nsaid\n");
  EXPECT_THAT(left(), ElementsAre());
  EXPECT_EQ(run(text, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("log"), "one\ntwo\nsaid\none\ntwo\nsaid\n");
}

TEST_F(Signals, AHeldHostIsLeftAlone) {
  std::filesystem::create_directories(scratch / "state");
  // This process holds it.
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  const auto fields = split(text.substr(text.rfind(')') + 2), ' ');
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::string boot_id;
  std::getline(boot, boot_id);
  const std::string us = "\x1f";
  write("state/lock", "run0" + us + "a" + us + std::to_string(getpid()) + us + boot_id + us + fields.at(19) + us +
                          "you@there" + us + "yesterday\n");
  EXPECT_EQ(run(stages, {"web"}).hosts.at("a"), Outcome::failed);
  EXPECT_EQ(recorder.end_of("a").message, "it is held by run run0 of you@there, since yesterday");
  EXPECT_FALSE(std::filesystem::exists(scratch / "conf"));
}

}  // namespace
}  // namespace espresso

#include "engine_fixture.h"

#include "core/text.h"

#include <gmock/gmock.h>

#include <unistd.h>

namespace espresso {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Hosts a, b and lb. What runs says in $WHERE on which of them.
class Delegate : public Engine {
 protected:
  Delegate() {
    options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
    selected = "a,b";
    std::string hosts;
    for (const std::string name : {"a", "b", "lb"}) {
      write("sh-" + name, "#!/bin/sh\nWHERE=" + name + " exec /bin/sh \"$@\"\n");
      std::filesystem::permissions(scratch / ("sh-" + name), std::filesystem::perms(0755));
      hosts += "    " + name + ": {own: of-" + name + ", shell: " + (scratch / ("sh-" + name)).string() +
               ", state_folder: " + (scratch / ("state-" + name)).string() + "}\n";
    }
    inventory = "all:\n  hosts:\n" + hosts;
  }
  std::vector<std::string> lines(const std::string& file) const {
    auto lines = split(read(file), '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  }
  std::vector<std::string> left_at(const std::string& host) const {
    std::vector<std::string> names;
    if (const auto folder = scratch / ("state-" + host); std::filesystem::exists(folder))
      for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }
};

TEST_F(Delegate, RunsOnTheOtherHostWithTheValuesOfItsOwn) {
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "echo {{ host.name }} {{ own }} $WHERE >> {{ scratch }}/log"
        delegate: lb
)",
                          {"main"});
  EXPECT_EQ(result.hosts.size(), 2U) << "the other host is not one of the run";
  EXPECT_THAT(lines("log"), UnorderedElementsAre("a of-a lb", "b of-b lb"));
  const std::string command = " >> " + scratch.string() + "/log (on lb): changed";
  EXPECT_THAT(recorder.results("a"), ElementsAre("a shell.run echo a of-a $WHERE" + command));
  EXPECT_THAT(recorder.results("lb"), IsEmpty());
  for (const auto& event : recorder.events) EXPECT_NE(event.host, "lb");
  EXPECT_THAT(left_at("lb"), IsEmpty()) << "neither a lock nor a journal stays";
}

TEST_F(Delegate, StandsInItsPlaceAmongTheOperationsOfItsHost) {
  selected = "a";
  run(R"(
stages:
  main:
    run:
      - shell.run: "sleep 0.2; echo 1 $WHERE >> {{ scratch }}/log"
      - shell.run: "echo 2 $WHERE >> {{ scratch }}/log"
        delegate: lb
        register: there
      - shell.run: "echo 3 $WHERE {{ there.changed }} >> {{ scratch }}/log"
      - shell.run: "echo 4 $WHERE >> {{ scratch }}/log"
        delegate: a
)",
      {"main"});
  EXPECT_THAT(lines("log"), ElementsAre("1 a", "2 lb", "3 a true", "4 a"));
}

TEST_F(Delegate, OneAtATimeHoweverManyAsk) {
  inventory = "all:\n  vars: {state_folder: " + (scratch / "state-lb").string() + "}\n  hosts:\n    lb:\n";
  selected.clear();
  for (int i = 1; i <= 20; ++i) {
    const std::string name = "h" + std::to_string(i);
    inventory += "    " + name + ": {state_folder: " + (scratch / ("state-" + name)).string() + "}\n";
    selected += (i > 1 ? "," : "") + name;
  }
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "mkdir {{ scratch }}/one && echo {{ host.name }} >> {{ scratch }}/log && rmdir {{ scratch }}/one"
        delegate: lb
)",
                          {"main"});
  for (const auto& [host, outcome] : result.hosts) EXPECT_EQ(outcome, Outcome::changed) << host;
  EXPECT_EQ(lines("log").size(), 20U);
}

TEST_F(Delegate, ItsHostMayBeComputedAndBeEachOfSeveral) {
  selected = "a";
  inventory += "  children: {balancers: {hosts: {lb: , b: }}}\n";
  run(R"(
components:
  site.drain:
    parameters: {of: {type: string, doc: Whom.}}
    run:
      - shell.run: "echo {{ params.of }} $WHERE >> {{ scratch }}/log"
stages:
  main:
    run:
      - shell.run: "echo {{ item }} $WHERE >> {{ scratch }}/log"
        for_each: "{{ groups.balancers }}"
        delegate: "{{ item }}"
      - site.drain: {of: web}
        delegate: "{{ groups.balancers[1] }}"
)",
      {"main"});
  EXPECT_THAT(lines("log"), UnorderedElementsAre("lb lb", "b b", "web b"));
}

TEST_F(Delegate, HostsMayDelegateToEachOther) {
  options.forks = 1;
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "echo {{ host.name }} $WHERE >> {{ scratch }}/log"
        delegate: "{{ host.name == 'a' and 'b' or 'a' }}"
      - shell.run: "echo {{ host.name }} $WHERE >> {{ scratch }}/log"
)",
                          {"main"});
  EXPECT_THAT(lines("log"), UnorderedElementsAre("a b", "b a", "a a", "b b"));
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  EXPECT_THAT(left_at("a"), IsEmpty());
}

TEST_F(Delegate, WhatFailsThereFailsHere) {
  selected = "a";
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "exit 3"
        delegate: lb
      - shell.run: "echo never >> {{ scratch }}/log"
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(recorder.result("shell.run exit 3 (on lb)").message, "exited 3");
  EXPECT_THAT(lines("log"), IsEmpty());
}

TEST_F(Delegate, MayFailOrBeRescued) {
  selected = "a";
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "exit 3"
        delegate: lb
        ignore_errors: true
      - shell.run: "echo goes on $WHERE >> {{ scratch }}/log"
        delegate: lb
      - shell.run: "exit 4"
        delegate: lb
    rescue:
      - shell.run: "echo rescued from {{ failed_operation.rc }} on $WHERE >> {{ scratch }}/log"
        delegate: lb
)",
                          {"main"});
  EXPECT_THAT(lines("log"), ElementsAre("goes on lb", "rescued from 4 on lb"));
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
}

TEST_F(Delegate, IsTriedAgain) {
  selected = "a";
  run(R"(
stages:
  main:
    run:
      - shell.run: "echo $WHERE >> {{ scratch }}/log; [ $(wc -l < {{ scratch }}/log) -ge 3 ]"
        delegate: lb
        retries: 5
        delay: 1ms
)",
      {"main"});
  EXPECT_THAT(lines("log"), ElementsAre("lb", "lb", "lb"));
  EXPECT_EQ(recorder.end_of("a").outcome, Outcome::changed);
}

TEST_F(Delegate, AHostThatCannotBeReachedFailsWhatIsAskedOfIt) {
  inventory += "    gone:\n";
  options.refused.emplace("gone", Unreachable("no answer within 10s"));
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "true"
        delegate: gone
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(result.hosts.at("b"), Outcome::failed);
  EXPECT_EQ(recorder.result("shell.run true (on gone)").message, "'gone': no answer within 10s");
}

TEST_F(Delegate, OneThatAnotherRunHoldsIsNotTouched) {
  selected = "a";
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  const std::string self = std::to_string(getpid());
  write("state-lb/lock", "run0\x1flb\x1f" + self + "\x1f" + boot + "\x1f\x1fyou@there\x1fthen\n");
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: "echo $WHERE >> {{ scratch }}/log"
        delegate: lb
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_THAT(recorder.results("a"), ElementsAre(HasSubstr("(on lb): failed")));
  EXPECT_THAT(lines("log"), IsEmpty());
  EXPECT_EQ(recorder.result("shell.run echo $WHERE >> " + scratch.string() + "/log (on lb)").message,
            "'lb': it is held by run run0 of you@there, since then");
}

TEST_F(Delegate, CheckModeAsksThereAndChangesNothing) {
  selected = "a";
  options.check = true;
  run(R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/file", content: there}
        delegate: lb
      - shell.run: "true"
        delegate: lb
)",
      {"main"});
  EXPECT_THAT(recorder.results(), ElementsAre("a fs.ensure_file " + scratch.string() + "/file (on lb): would-change",
                                              "a shell.run true (on lb): unknown"));
  EXPECT_EQ(read("file"), "");
}

TEST_F(Delegate, ItsSignalsAreRaisedOnTheHostThatDelegates) {
  const std::string stages = R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}.conf", content: one}
        delegate: lb
        signal: conf
  reload:
    on: conf
    run:
      - shell.run: "echo {{ host.name }} $WHERE >> {{ scratch }}/log"
)";
  run(stages, {"main"});
  EXPECT_THAT(lines("log"), UnorderedElementsAre("a a", "b b"));
  run(stages, {"main"});
  EXPECT_EQ(lines("log").size(), 2U) << "nothing changed, and nothing is raised";
  EXPECT_THAT(left_at("a"), IsEmpty());
  std::filesystem::remove(scratch / "a.conf");
  options.check = true;
  run(stages, {"main"});
  EXPECT_THAT(recorder.results("a"), Contains(HasSubstr("shell.run echo a")));
  EXPECT_THAT(recorder.results("b"), ElementsAre(HasSubstr("b.conf (on lb): ok")));
}

TEST_F(Delegate, LargeContentAndTreesGoWhereTheyAreWanted) {
  selected = "a";
  write("files/big", std::string(100'000, 'x'));
  write("files/tree/one", "1");
  write("files/tree/two", std::string(5'000, '2'));
  const auto result = run(R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/there", source: big}
        delegate: lb
      - fs.ensure_tree: {path: "{{ scratch }}/copy", source: tree}
        delegate: lb
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("there").size(), 100'000U);
  EXPECT_EQ(read("copy/two").size(), 5'000U);
}

class DelegateMistakes : public Delegate {
 protected:
  std::string mistakes(const std::string& stages) {
    try {
      run(stages, {"main"});
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
    return "none";
  }
};

TEST_F(DelegateMistakes, AnUnknownHost) {
  EXPECT_THAT(mistakes("stages: {main: {run: [{shell.run: 'true', delegate: lbb}]}}"),
              AllOf(HasSubstr("stages.yaml:1:53: error: the inventory has no host 'lbb' to delegate to"),
                    HasSubstr("hint: did you mean 'lb'?")));
}

TEST_F(DelegateMistakes, NoHostAtAll) {
  EXPECT_THAT(mistakes("stages: {main: {run: [{shell.run: 'true', delegate: '{{ 7 }}'}]}}"),
              HasSubstr("'delegate' takes the name of a host, and this is an integer"));
  EXPECT_THAT(mistakes("stages: {main: {run: [{shell.run: 'true', delegate: [lb]}]}}"),
              HasSubstr("'delegate' takes the name of a host"));
}

TEST_F(DelegateMistakes, WaitingForOneself) {
  EXPECT_THAT(mistakes("stages: {main: {run: [{wait.for_connection: , delegate: lb}]}}"),
              HasSubstr("'wait.for_connection' waits for the host itself, and cannot be delegated"));
}

}  // namespace
}  // namespace espresso

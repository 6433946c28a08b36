// Stages whose hosts wait for each other: only where the words of the stage say so.
#include "engine_fixture.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Hosts : public Engine {
 protected:
  Hosts() {
    options.operation_timeout = std::chrono::minutes(2);
    options.tenure = {.run = "run1", .by = "me@here", .since = "now"};
    six = "all: {hosts: {" + host("a") + ", " + host("b") + ", " + host("c") + ", " + host("d") + ", " + host("e") +
          ", " + host("f") + "}}\n";
  }
  /// A host with a state of its own.
  std::string host(const std::string& name) const {
    return name + ": {state_folder: " + (scratch / ("state-" + name)).string() + "}";
  }

  /// "+host" where the first operation of the stage begins there, "-host" where the stage ends.
  std::vector<std::string> walk_through(const std::string& stage) const {
    std::vector<std::string> steps;
    std::set<std::string> begun;
    for (const auto& event : recorder.events) {
      if (event.stage != stage) continue;
      if (event.kind == Event::Kind::operation_started && begun.insert(event.host).second)
        steps.push_back("+" + event.host);
      if (event.kind == Event::Kind::stage_finished) steps.push_back("-" + event.host);
    }
    return steps;
  }
  /// The most hosts in the stage at once.
  static std::size_t most_at_once(const std::vector<std::string>& steps) {
    std::size_t now = 0, most = 0;
    for (const auto& step : steps) {
      now += step[0] == '+' ? 1 : -1;
      most = std::max(most, now);
    }
    return most;
  }
  std::map<std::string, std::string> reasons(const std::string& stage) const {
    std::map<std::string, std::string> found;
    for (const auto& event : recorder.events) {
      if (event.kind == Event::Kind::stage_finished && event.stage == stage && !event.message.empty())
        found[event.host] = event.message;
    }
    return found;
  }
  std::string six;

  static std::string stage(const std::string& terms, const std::string& rest) {
    return "stages:\n  main:\n    " + terms + "\n" + rest;
  }
};

const std::string works = "    run: [{shell.run: 'echo {{ host.name }} >> {{ scratch }}/log'}]\n";

TEST_F(Hosts, WhereAStageIsRescuedTheNextBatchBegins) {
  inventory = six;
  const std::string rolls = stage("rolling: 2\n    max_failures: 0", R"(    run:
      - shell.run: '[ {{ host.name }} != a ]'
    rescue: [{shell.run: 'echo rescued {{ host.name }} >> {{ scratch }}/log; [ {{ host.name }} != {{ lost }} ]'}]
    always: [{shell.run: 'echo always {{ host.name }} >> {{ scratch }}/log-{{ host.name }}'}]
)");
  const auto with = [&](const std::string& lost) {
    std::string text = rolls;
    text.replace(text.find("{{ lost }}"), 10, lost);
    return text;
  };
  const auto rescued = run(with("none"), {"main"});
  EXPECT_EQ(rescued.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(rescued.hosts.at("f"), Outcome::changed);
  EXPECT_EQ(read("log"), "rescued a\n");
  EXPECT_EQ(read("log-a") + read("log-f"), "always a\nalways f\n");
  // Where the rescue fails, so has the stage: no other batch begins.
  const auto lost = run(with("a"), {"main"});
  EXPECT_EQ(lost.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(read("log"), "rescued a\nrescued a\n");
  EXPECT_EQ(read("log-a") + read("log-b") + read("log-c"), "always a\nalways a\nalways b\nalways b\nalways c\n");
}

TEST_F(Hosts, WithoutWordsNoneWaitsForAnother) {
  inventory = "all: {hosts: {" + host("a") + ", " + host("hung") + ", " + host("b") + "}}\n";
  // It ends only once the others have got to the end of their last stage.
  const auto result = run(R"(
stages:
  first:
    run:
      - shell.run: "until [ -e {{ scratch }}/a ] && [ -e {{ scratch }}/b ]; do sleep 0.05; done"
        when: host.name == "hung"
      - shell.run: "true"
        signal: reload
  second:
    requires: first
    run: [{shell.run: "true"}]
  listens:
    on: reload
    run: [{shell.run: "true"}]
  last:
    requires: second
    run: [{shell.run: "touch {{ scratch }}/{{ host.name }}"}]
)",
                          {"last"});
  EXPECT_THAT(result.hosts, UnorderedElementsAre(std::pair("a", Outcome::changed), std::pair("b", Outcome::changed),
                                                 std::pair("hung", Outcome::changed)));
}

TEST_F(Hosts, RollThroughAStageAndWhatListensToIt) {
  inventory = six;
  run(stage("rolling: [1, 50%]", R"(    run:
      - shell.run: "true"
        signal: conf
  reload:
    on: conf
    run: [{shell.run: "true"}]
  after:
    requires: main
    run: [{shell.run: "true"}]
)"),
      {"after"});
  // The position of each host's last step in the batch's stages, and of its first.
  std::map<std::string, std::size_t> first, last;
  for (std::size_t i = 0; i < recorder.events.size(); ++i) {
    const Event& event = recorder.events[i];
    if (event.stage != "main" && event.stage != "reload") continue;
    if (event.kind == Event::Kind::operation_started) first.emplace(event.host, i);
    if (event.kind == Event::Kind::stage_finished && event.stage == "reload") last[event.host] = i;
  }
  ASSERT_EQ(last.size(), 6U);
  for (const std::string host : {"b", "c", "d"}) EXPECT_LT(last.at("a"), first.at(host));
  for (const std::string later : {"e", "f"})
    for (const std::string host : {"b", "c", "d"}) EXPECT_LT(last.at(host), first.at(later));
}

TEST_F(Hosts, AreNotTouchedBeforeTheirTurn) {
  inventory = six;
  run(stage("rolling: 2", works), {"main"});
  std::map<std::string, std::size_t> connecting, ended;
  for (std::size_t i = 0; i < recorder.events.size(); ++i) {
    const Event& event = recorder.events[i];
    if (event.kind == Event::Kind::host_connecting) connecting[event.host] = i;
    if (event.kind == Event::Kind::stage_finished) ended[event.host] = i;
  }
  ASSERT_EQ(connecting.size(), 6U);
  for (const std::string host : {"c", "d"}) EXPECT_GT(connecting.at(host), std::max(ended.at("a"), ended.at("b")));
  for (const std::string host : {"e", "f"}) EXPECT_GT(connecting.at(host), std::max(ended.at("c"), ended.at("d")));
}

TEST_F(Hosts, WhoseTurnNeverComesAreNotTouchedAtAll) {
  inventory = six;
  const auto result = run(stage("rolling: 2\n    max_failures: 0", R"(    run:
      - shell.run: "[ {{ host.name }} != a ]"
        signal: conf
  reload:
    on: conf
    run: [{shell.run: "true"}]
  after:
    requires: main
    rolling: 3
    run: [{shell.run: "true"}]
)"),
                          {"after"});
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  std::set<std::string> touched;
  for (const auto& event : recorder.events)
    if (event.kind == Event::Kind::host_connecting) touched.insert(event.host);
  EXPECT_THAT(touched, UnorderedElementsAre("a", "b"));
  for (const std::string host : {"c", "d", "e", "f"}) {
    EXPECT_EQ(result.hosts.at(host), Outcome::skipped);
    EXPECT_FALSE(std::filesystem::exists(scratch / ("state-" + host)));
    EXPECT_EQ(reasons("main").at(host), "failed on a, more than 'max_failures: 0' allows");
    EXPECT_THAT(reasons("after").at(host), HasSubstr("requires 'main'"));
  }
}

// What has to be done once is not taken on by a host that may not be there.
TEST_F(Hosts, AreThereBeforeOneOfThemIsChosen) {
  inventory = "all: {hosts: {dead: {shell: /no/such/shell}, " + host("b") + "}}\n";
  const auto result = run(stage("run_once: true", works), {"main"});
  EXPECT_EQ(result.hosts.at("dead"), Outcome::unreachable);
  EXPECT_EQ(read("log"), "b\n");
}

TEST_F(Hosts, OneForkSufficesForBatchesAndBarriers) {
  inventory = six;
  options.forks = 1;
  const auto result =
      run(stage("rolling: 2", works + "  all:\n    requires: main\n    barrier: true\n" + works), {"all"});
  EXPECT_EQ(result.hosts.at("f"), Outcome::changed);
  EXPECT_EQ(recorder.results().size(), 12U);
}

TEST_F(Hosts, AfterTooManyFailuresLaterBatchesAreSkipped) {
  inventory = six;
  const auto result = run(stage("rolling: 2\n    max_failures: 1", R"(    run:
      - shell.run: "false"
        when: host.name == "a" or host.name == "c"
      - shell.run: echo {{ host.name }} >> {{ scratch }}/log
  after:
    requires: main
    run: [{shell.run: "true"}]
  other:
    run: [{shell.run: "true"}]
)"),
                          {"after", "other"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(result.hosts.at("c"), Outcome::failed);
  EXPECT_EQ(read("log"), "b\nd\n");
  const std::string why = "failed on a,c, more than 'max_failures: 1' allows";
  EXPECT_THAT(reasons("main"), UnorderedElementsAre(std::pair("e", why), std::pair("f", why)));
  EXPECT_EQ(reasons("after").at("e"), "requires 'main', which was skipped");
  EXPECT_THAT(recorder.results("e"), ElementsAre("e shell.run true: changed"));
}

TEST_F(Hosts, AHostThatCannotBeReachedStopsNoBatch) {
  inventory = "all: {hosts: {" + host("a") + ", dead: {shell: /no/such/shell}, " + host("c") + "}}\n";
  run(stage("rolling: 1\n    barrier: true", works), {"main"});
  EXPECT_EQ(read("log"), "a\nc\n");
}

TEST_F(Hosts, AreThrottled) {
  inventory = six;
  run(stage("throttle: 2", works), {"main"});
  const auto steps = walk_through("main");
  EXPECT_EQ(steps.size(), 12U);
  EXPECT_EQ(most_at_once(steps), 2U);
}

TEST_F(Hosts, ABarrierGathersAll) {
  inventory = six;
  run("stages: {first: {run: [{shell.run: 'true'}]}, main: {requires: first, barrier: true, run: [{shell.run: "
      "'true'}]}}\n",
      {"main"});
  std::string order;
  for (const auto& event : recorder.events)
    if (event.kind == Event::Kind::operation_finished) order += event.stage == "first" ? '1' : '2';
  EXPECT_EQ(order, "111111222222");
}

const std::string once = R"(stages:
  main:
    run_once: true
    run:
      - shell.run: echo {{ host.name }} | tee -a {{ scratch }}/log
        register: leader
      - shell.run: "false"
        when: host.name == failing | default("")
  after:
    requires: main
    run: [{shell.run: "echo {{ host.name }} {{ leader.stdout }} >> {{ scratch }}/{{ host.name }}"}]
)";

TEST_F(Hosts, OneRunsForAllAndTellsWhatItRegistered) {
  inventory = "all: {hosts: {" + host("a") + ", " + host("b") + ", " + host("c") + "}}\n";
  const auto result = run(once, {"after"});
  EXPECT_EQ(read("log"), "a\n");
  for (const std::string host : {"a", "b", "c"}) EXPECT_EQ(read(host), host + " a\n");
  EXPECT_THAT(reasons("main"),
              UnorderedElementsAre(std::pair("b", "ran once, on a"), std::pair("c", "ran once, on a")));
  EXPECT_EQ(result.hosts.at("c"), Outcome::changed);
}

TEST_F(Hosts, WhereTheOneFailsAllDoWithout) {
  inventory = "all: {vars: {failing: a}, hosts: {" + host("a") + ", " + host("b") + "}}\n";
  const auto result = run(once, {"after"});
  EXPECT_EQ(result.hosts.at("b"), Outcome::skipped);
  EXPECT_EQ(reasons("main").at("b"), "runs once, and did not succeed on a");
  EXPECT_EQ(reasons("after").at("b"), "requires 'main', which was skipped");
}

TEST_F(Hosts, WhereTheFirstIsDownTheNextRunsForAll) {
  inventory = "all: {hosts: {dead: {shell: /no/such/shell}, " + host("b") + ", " + host("c") + "}}\n";
  run(once, {"after"});
  EXPECT_EQ(read("log"), "b\n");
  EXPECT_EQ(read("c"), "c b\n");
}

/// Web servers and a load balancer, each with a state of its own.
class HeardElsewhere : public Hosts {
 protected:
  HeardElsewhere() {
    inventory = "all: {children: {web: {hosts: {" + host("web1") + ", " + host("web2") + "}}, lb: {hosts: {" +
                host("lb1") + "}}}}\n";
  }
  /// What runs have left at the host.
  std::string left(const std::string& host) const { return read("state-" + host + "/signals"); }
  std::vector<std::string> notices() const {
    std::vector<std::string> messages;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::notice) messages.push_back(event.message);
    return messages;
  }

  const std::string stages = R"(stages:
  web:
    hosts: web
    run:
      - fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}", content: one}
        signal: deployed
  reload:
    hosts: lb
    on: {signal: deployed, from: web}
    run:
      - shell.run: 'echo {{ join(signal.hosts, " ") }} >> {{ scratch }}/log'
      - shell.run: '! [ -e {{ scratch }}/broken ]'
  other:
    run: [{shell.run: "true"}]
)";
};

TEST_F(HeardElsewhere, AStageRunsOnceAfterAllWhoMayHaveRaisedIt) {
  EXPECT_EQ(run(stages, {"web"}).hosts.at("lb1"), Outcome::changed);
  EXPECT_EQ(read("log"), "web1 web2\n");
  EXPECT_EQ(left("web1") + left("web2"), "");
  std::filesystem::remove(scratch / "web2");
  run(stages, {"web"});
  EXPECT_EQ(read("log"), "web1 web2\nweb2\n");
  EXPECT_EQ(run(stages, {"web"}).hosts.at("lb1"), Outcome::skipped);
  EXPECT_EQ(read("log"), "web1 web2\nweb2\n");
}

TEST_F(HeardElsewhere, OneOfSeveralThatListenMayDoItForAll) {
  const std::string text = R"(stages:
  web:
    run: [{fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}", content: one}, signal: deployed}]
  announce:
    on: {signal: deployed, from: all}
    run_once: true
    run: [{shell.run: 'echo {{ host.name }} {{ join(signal.hosts, " ") }} >> {{ scratch }}/log'}]
)";
  run(text, {"web"});
  EXPECT_EQ(read("log"), "web1 web1 web2 lb1\n");
  EXPECT_EQ(reasons("announce").at("lb1"), "ran once, on web1");
  run(text, {"web"});
  EXPECT_EQ(read("log"), "web1 web1 web2 lb1\n");
  EXPECT_TRUE(reasons("announce").empty());
}

TEST_F(HeardElsewhere, OneForkSuffices) {
  options.forks = 1;
  EXPECT_EQ(run(stages, {"web"}).hosts.at("lb1"), Outcome::changed);
  EXPECT_EQ(read("log"), "web1 web2\n");
  EXPECT_EQ(left("web1") + left("web2"), "");
}

TEST_F(HeardElsewhere, OfOtherHostsThanNamedBringsNothingAbout) {
  std::string other = stages;
  other.replace(other.find("from: web"), 9, "from: web2");
  write("web2", "one");
  run(other, {"web"});
  EXPECT_EQ(read("log"), "");
}

TEST_F(HeardElsewhere, WhereWhatListensFailsTheNextRunDelivers) {
  write("broken", "");
  EXPECT_EQ(run(stages, {"web"}).hosts.at("lb1"), Outcome::failed);
  EXPECT_EQ(left("web1"), "@run1\n+deployed\n");
  EXPECT_EQ(left("web2"), "@run1\n+deployed\n");
  EXPECT_EQ(recorder.end_of("web1").message, "what it raised for reload has not come there yet");
  std::filesystem::remove(scratch / "broken");
  options.tenure.run = "run2";
  EXPECT_EQ(run(stages, {"web"}).hosts.at("web1"), Outcome::ok);
  EXPECT_THAT(notices(), UnorderedElementsAre("web1: delivers deployed to 'reload', which an earlier run raised",
                                              "web2: delivers deployed to 'reload', which an earlier run raised"));
  EXPECT_EQ(read("log"), "web1 web2\nweb1 web2\n");
  EXPECT_EQ(left("web1") + left("web2"), "");
}

TEST_F(HeardElsewhere, ARunThatDoesNotGetThereKeepsAndTellsIt) {
  write("broken", "");
  run(stages, {"web"});
  std::filesystem::remove(scratch / "broken");
  EXPECT_EQ(run(stages, {"other"}).hosts.at("web1"), Outcome::changed);
  EXPECT_THAT(notices(),
              testing::Contains("web1: still has to deliver deployed to 'reload', which an earlier run raised"));
  EXPECT_EQ(left("web1"), "@run1\n+deployed\n");
  EXPECT_EQ(read("log"), "web1 web2\n");
}

TEST_F(HeardElsewhere, AFailureAfterwardsNeitherLosesNorRepeatsIt) {
  const std::string failing = stages + R"(  later:
    hosts: web
    requires: web
    run: [{stage.fail: no}]
)";
  EXPECT_EQ(run(failing, {"later"}).hosts.at("web1"), Outcome::failed);
  EXPECT_EQ(read("log"), "web1 web2\n");
  run(stages, {"web"});
  EXPECT_EQ(read("log"), "web1 web2\n");
  EXPECT_EQ(left("web1") + left("web2"), "");
}

TEST_F(HeardElsewhere, CheckModeForeseesIt) {
  options.check = true;
  run(stages, {"web"});
  EXPECT_THAT(recorder.results("lb1"), testing::Contains(HasSubstr("web1 web2")));
  EXPECT_EQ(read("log"), "");
}

const std::string failing = R"(stages:
  web:
    hosts: web
    run:
      - shell.run: '[ {{ host.name }} != web1 ]'
      - shell.run: 'true'
  tell:
    hosts: lb
    on: {signal: web.failed, from: web}
    run: [{shell.run: 'echo {{ join(signal.hosts, " ") }} >> {{ scratch }}/log'}]
  clean:
    on: web.failed
    run: [{shell.run: 'echo clean {{ host.name }} >> {{ scratch }}/log-{{ host.name }}'}]
  after:
    requires: web
    run: [{shell.run: 'echo after >> {{ scratch }}/log-{{ host.name }}'}]
)";

TEST_F(HeardElsewhere, AFailureIsHeardThereAndOnOthers) {
  const auto result = run(failing, {"after"});
  EXPECT_EQ(result.hosts.at("web1"), Outcome::failed);
  EXPECT_EQ(read("log"), "web1\n");
  EXPECT_EQ(read("log-web1"), "clean web1\n");
  EXPECT_EQ(read("log-web2"), "after\n");
  EXPECT_THAT(recorder.results("web1"),
              ElementsAre("web1 shell.run [ web1 != web1 ]: failed",
                          "web1 shell.run echo clean web1 >> " + (scratch / "log-web1").string() + ": changed"));
}

TEST_F(HeardElsewhere, WhatTookTooLongHasFailedForAll) {
  std::string slow = failing;
  slow.replace(slow.find("shell.run: '[ {{ host.name }} != web1 ]'"), 40,
               "shell.run: '[ {{ host.name }} != web1 ] || sleep 1000', timeout: 300ms");
  slow.replace(slow.find("- shell.run: '[ "), 2, "- {");
  slow.replace(slow.find("timeout: 300ms"), 14, "timeout: 300ms}");
  run(slow, {"after"});
  EXPECT_EQ(read("log"), "web1\n");
  EXPECT_EQ(read("log-web1"), "clean web1\n");
}

TEST_F(HeardElsewhere, AFailureIsHeardAfterItsRescueHasFailed) {
  std::string rescued = failing;
  rescued.replace(
      rescued.find("  tell:\n"), 0,
      "    rescue: [{shell.run: 'echo rescue >> {{ scratch }}/log-{{ host.name }}; [ -e {{ scratch }}/well ]'}]\n"
      "    always: [{shell.run: 'echo always >> {{ scratch }}/log-{{ host.name }}'}]\n");
  EXPECT_EQ(run(rescued, {"after"}).hosts.at("web1"), Outcome::failed);
  EXPECT_EQ(read("log"), "web1\n");
  EXPECT_EQ(read("log-web1"), "rescue\nalways\nclean web1\n");
  write("well", "");
  EXPECT_EQ(run(rescued, {"after"}).hosts.at("web1"), Outcome::changed);
  EXPECT_EQ(read("log"), "web1\n");
  EXPECT_EQ(read("log-web1"), "rescue\nalways\nclean web1\nrescue\nalways\nafter\n");
}

TEST_F(HeardElsewhere, NoFailureBringsNothingAbout) {
  std::string fine = failing;
  fine.replace(fine.find("!= web1"), 7, "!= none");
  const auto result = run(fine, {"after"});
  EXPECT_EQ(result.hosts.at("web1"), Outcome::changed);
  EXPECT_EQ(read("log"), "");
  EXPECT_EQ(read("log-web1"), "after\n");
}

const std::string lost = R"(stages:
  main:
    run: [{shell.run: 'echo main {{ host.name }} >> {{ scratch }}/log'}]
  tell:
    hosts: desk:other
    on: {signal: host.unreachable, from: all}
    run: [{shell.run: 'echo {{ join(signal.hosts, " ") }} >> {{ scratch }}/told-{{ host.name }}'}]
)";

TEST_F(Hosts, ThatAreLostAreHeardOfByOthersAtTheEnd) {
  inventory = "all: {hosts: {" + host("desk") + ", " + host("other") + ", dead: {shell: /no/such/shell}}}\n";
  const auto result = run(lost, {"main"});
  EXPECT_EQ(result.hosts.at("dead"), Outcome::unreachable);
  EXPECT_EQ(read("told-desk"), "dead\n");
  EXPECT_EQ(read("told-other"), "dead\n");
}

TEST_F(Hosts, NoLossBringsNothingAbout) {
  inventory = "all: {hosts: {" + host("desk") + ", " + host("other") + "}}\n";
  EXPECT_EQ(run(lost, {"main"}).hosts.at("desk"), Outcome::changed);
  EXPECT_EQ(read("told-desk") + read("told-other"), "");
}

}  // namespace
}  // namespace espresso

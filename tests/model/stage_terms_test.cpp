#include "model/stage_terms.h"

#include "model/mistakes_of.h"
#include "model/stage_file.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;

/// Stage `a` with these keys, from line 3, column 5 on.
StageFiles read(const std::string& keys, Diagnostics& diagnostics) {
  return parse_stages(std::make_shared<Source>(Source{"stages.yaml", "stages:\n  a:\n    " + keys + "\n"}),
                      diagnostics);
}

StageTerms terms(const std::string& keys) {
  Diagnostics diagnostics;
  const auto files = read(keys, diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  return files.stages.find("a")->terms();
}

/// Messages and hints alone.
std::vector<std::string> mistakes(const std::string& keys) {
  Diagnostics diagnostics;
  read(keys, diagnostics);
  std::vector<std::string> messages;
  for (const auto& one : diagnostics.all())
    messages.push_back(one.span.location() + ": " + one.message + (one.hint.empty() ? "" : " (" + one.hint + ")"));
  return messages;
}

TEST(StageTerms, AreReadFromStageFiles) {
  const StageTerms all = terms("{rolling: [1, 25%], throttle: 5, max_failures: 10%, barrier: true, run_once: false}");
  ASSERT_EQ(all.rolling.size(), 2U);
  EXPECT_EQ(all.rolling[0].text(), "1");
  EXPECT_EQ(all.rolling[1].text(), "25%");
  EXPECT_EQ(all.throttle, 5U);
  EXPECT_EQ(all.max_failures->text(), "10%");
  EXPECT_TRUE(all.barrier);
  EXPECT_FALSE(all.run_once);
  EXPECT_TRUE(terms("{run_once: true, barrier: true}").run_once);
  EXPECT_FALSE(terms("{doc: none}").any());
}

TEST(StageTerms, AtBatchesThatWouldNeverEndAreMistakes) {
  const std::string takes = "takes a number of hosts from 1 on, a percentage from 1% to 100%, or a list of these, not ";
  EXPECT_THAT(mistakes("{rolling: 0}"), ElementsAre("stages.yaml:3:15: 'rolling' " + takes + "'0'"));
  EXPECT_THAT(mistakes("{rolling: [2, 0%]}"), ElementsAre("stages.yaml:3:19: 'rolling' " + takes + "'0%'"));
  EXPECT_THAT(
      mistakes("{rolling: [101%, -1, 1.5, many]}"),
      ElementsAre("stages.yaml:3:16: 'rolling' " + takes + "'101%'", "stages.yaml:3:22: 'rolling' " + takes + "'-1'",
                  "stages.yaml:3:26: 'rolling' " + takes + "'1.5'", "stages.yaml:3:31: 'rolling' " + takes + "'many'"));
  EXPECT_THAT(mistakes("{rolling: []}"),
              ElementsAre("stages.yaml:3:15: 'rolling' has no batch (say how many hosts one has, such as 25%)"));
  EXPECT_THAT(mistakes("{throttle: 0}"),
              ElementsAre("stages.yaml:3:16: 'throttle' takes a number of hosts from 1 on, not '0'"));
  EXPECT_THAT(
      mistakes("{max_failures: 200%}"),
      ElementsAre("stages.yaml:3:20: 'max_failures' takes a number of hosts, or a percentage up to 100%, not '200%'"));
}

TEST(StageTerms, ThatContradictEachOtherAreMistakes) {
  Diagnostics diagnostics;
  read("rolling: 2\n    run_once: true", diagnostics);
  EXPECT_EQ(shown(diagnostics),
            "stages.yaml:3:5: error: 'rolling' contradicts 'run_once': only one host goes through the stage\n"
            "  3 |     rolling: 2\n"
            "    |     ^^^^^^^\n"
            "stages.yaml:4:5: note: it runs once\n"
            "  4 |     run_once: true\n"
            "    |     ^^^^^^^^\n"
            "hint: remove one of them\n");
  EXPECT_THAT(mistakes("{throttle: 2, max_failures: 1, run_once: true}"),
              ElementsAre("stages.yaml:3:6: 'throttle' contradicts 'run_once': only one host goes through the stage "
                          "(remove one of them)",
                          "stages.yaml:3:19: 'max_failures' contradicts 'run_once': only one host goes through the "
                          "stage (remove one of them)"));
}

TEST(StageTerms, AStageThatRunsOnceHearsAllHosts) {
  EXPECT_THAT(
      mistakes("{run_once: true, on: b.changed}\n  b: {}"),
      ElementsAre("stages.yaml:3:26: 'b.changed' may be raised on another host than the one on which 'run_once' "
                  "runs it (hear it of all hosts: {signal: b.changed, from: all})"));
  EXPECT_THAT(mistakes("{run_once: true, on: {signal: b.changed, from: all}}\n  b: {}"), ElementsAre());
}

TEST(HeardSignals, NameTheHostsThatRaiseThem) {
  Diagnostics diagnostics;
  const auto files = read("on: [b.changed, {signal: b.changed, from: web:!web1}]\n  b: {}", diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  const auto stage = files.stages.find("a");
  ASSERT_EQ(stage->listens().size(), 2U);
  EXPECT_EQ(stage->listens()[1].from, "web:!web1");
  EXPECT_EQ(stage->listens()[1].from_span.location(), "stages.yaml:3:47");
  EXPECT_THAT(own_signals(*stage), ElementsAre("b.changed"));
}

TEST(HeardSignals, MustSayWhichAndFromWhom) {
  EXPECT_THAT(
      mistakes("on: {signal: b.changed}\n  b: {}"),
      ElementsAre("stages.yaml:3:9: 'from' is missing: the hosts where the signal is raised (add a host pattern, "
                  "such as 'from: all'; a signal of the same host stands alone, as 'on: NAME')"));
  EXPECT_THAT(mistakes("on: {from: web}"),
              ElementsAre("stages.yaml:3:9: no signal is named here (name it with 'signal:')"));
  EXPECT_THAT(mistakes("on: {signal: x, form: web}"),
              ElementsAre("stages.yaml:3:21: unknown key 'form' (did you mean 'from'?)"));
  EXPECT_THAT(
      mistakes("on: {signal: b.chnged, from: web}\n  b: {signal: b.changed}"),
      testing::Contains("stages.yaml:3:18: no operation raises the signal 'b.chnged' (did you mean 'b.changed'?)"));
}

TEST(HeardSignals, CloseCirclesAsThoseOfTheSameHostDo) {
  EXPECT_THAT(
      mistakes("{requires: b}\n  b: {on: {signal: a.changed, from: all}}"),
      ElementsAre("stages.yaml:3:16: stages wait for each other in a circle of requirements and signals: a -> b -> "
                  "a (remove one of these)"));
}

TEST(HeardSignals, OfLostHostsAreTheLastOfARun) {
  EXPECT_THAT(mistakes("on: {signal: host.unreachable, from: all}"), ElementsAre());
  EXPECT_THAT(
      mistakes("on: host.unreachable"),
      ElementsAre("stages.yaml:3:9: 'host.unreachable' is heard on other hosts: a host that is lost runs nothing "
                  "(name the hosts: {signal: host.unreachable, from: all})"));
  EXPECT_THAT(
      mistakes("{on: {signal: host.unreachable, from: all}, requires: b}\n  b: {}"),
      ElementsAre("stages.yaml:3:59: 'a' listens to 'host.unreachable' and is in every run, and so would be what it "
                  "requires (do all of it in one stage)"));
  EXPECT_THAT(
      mistakes("on: {signal: host.unreachable, from: all}\n  b: {requires: a}\n  c: {on: a.changed}"),
      ElementsAre("stages.yaml:4:17: 'a' listens to 'host.unreachable' and runs last: nothing can require it",
                  "stages.yaml:5:11: 'a' listens to 'host.unreachable' and runs last: nothing can listen to it"));
}

TEST(HeardSignals, OfLostHostsBringAStageToTheEndOfEveryOrder) {
  Diagnostics diagnostics;
  const auto files = read("on: {signal: host.unreachable, from: all}\n  b: {}\n  c: {requires: b}", diagnostics);
  std::vector<std::string> names;
  for (const auto& turn : files.stages.order({"c"}, "STAGE")) names.push_back(turn.stage->name());
  EXPECT_THAT(names, ElementsAre("b", "c", "a"));
}

}  // namespace
}  // namespace espresso

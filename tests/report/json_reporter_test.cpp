#include "report/json_reporter.h"

#include "events.h"

#include <gmock/gmock.h>

#include <sstream>

namespace espresso {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// 2026-01-31T09:30:00.250Z
constexpr auto noon = std::chrono::system_clock::time_point(std::chrono::milliseconds(1769851800250));

std::string told(const Event& event, std::chrono::system_clock::time_point now = noon) {
  std::ostringstream out;
  make_json_reporter(out, [now] { return now; })->on(event);
  return out.str();
}

Map told_values() {
  Map values;
  values.set("size", 12);
  values.set("paths", List{"/a"});
  return values;
}

TEST(JsonReporter, TellsAResultWithAllThatIsKnown) {
  Event event =
      finished("web1", {.helper = "fs.ensure_file",
                        .title = "fs.ensure_file /etc/motd",
                        .outcome = Outcome::failed,
                        .message = "applied, but mode is 0644, not 0600",
                        .note = "by the way",
                        .hint = "look at the file system",
                        .location = "stages.yaml:3:7",
                        .called_from = {"stages.yaml:9:5"},
                        .mistakes = {{.location = "a.tmpl:1:4", .message = "m", .hint = "h", .text = "t\n"}},
                        .differences = {{.what = "mode", .from = "0644", .to = "0600"}, {.what = "no such file"}},
                        .diff = "--- a\n+++ b\n",
                        .output = "out\n",
                        .error_output = "err\n",
                        .exit_status = 0,
                        .values = told_values(),
                        .values_cut = true,
                        .tries = 2,
                        .ignored = true,
                        .rescued = true,
                        .duration = 1250ms});
  event.index = 3;
  EXPECT_EQ(
      told(event),
      R"({"event":"operation_finished","time":"2026-01-31T09:30:00.250Z","host":"web1","stage":"main","index":3,)"
      R"("helper":"fs.ensure_file","title":"fs.ensure_file /etc/motd","outcome":"failed",)"
      R"("message":"applied, but mode is 0644, not 0600","note":"by the way","hint":"look at the file system","location":"stages.yaml:3:7",)"
      R"("called_from":["stages.yaml:9:5"],)"
      R"("mistakes":[{"location":"a.tmpl:1:4","message":"m","hint":"h","text":"t\n"}],)"
      R"("differences":[{"what":"mode","from":"0644","to":"0600"},{"what":"no such file"}],)"
      R"("diff":"--- a\n+++ b\n","stdout":"out\n","stderr":"err\n","exit_status":0,)"
      R"("values":{"size":12,"paths":["/a"]},"values_cut":true,"tries":2,"ignored":true,"rescued":true,"duration":1.25})"
      "\n");
}

TEST(JsonReporter, LeavesOutWhatHasNoValue) {
  EXPECT_EQ(told(finished("web1", {.title = "the key", .outcome = Outcome::changed, .sensitive = true})),
            R"({"event":"operation_finished","time":"2026-01-31T09:30:00.250Z","host":"web1","stage":"main","index":0,)"
            R"("title":"the key","outcome":"changed","sensitive":true,"duration":0.0})"
            "\n");
}

TEST(JsonReporter, TellsTheOtherEvents) {
  Event start = run_started({"web1", "db1"}, {"setup", "main"});
  start.check = true;
  start.stage_hosts = {{"main", {"web1"}}};
  start.stage_batches = {{"main", {1}}};
  EXPECT_EQ(
      told(start),
      R"({"event":"run_started","time":"2026-01-31T09:30:00.250Z","hosts":["web1","db1"],"stages":["setup","main"],)"
      R"("stage_hosts":{"main":["web1"]},"stage_batches":{"main":[1]},"check":true})"
      "\n");
  EXPECT_EQ(told(connecting("web1")), R"({"event":"host_connecting","time":"2026-01-31T09:30:00.250Z","host":"web1"})"
                                      "\n");
  EXPECT_EQ(told(started("web1", "dpkg.update")),
            R"({"event":"operation_started","time":"2026-01-31T09:30:00.250Z","host":"web1","stage":"main","index":0,)"
            R"("title":"dpkg.update"})"
            "\n");
  EXPECT_EQ(
      told(stage_finished("web1", "web", Outcome::skipped, "why")),
      R"({"event":"stage_finished","time":"2026-01-31T09:30:00.250Z","host":"web1","stage":"web","outcome":"skipped",)"
      R"("message":"why"})"
      "\n");
  EXPECT_EQ(told(host_finished("web1", Outcome::unreachable, {{Outcome::ok, 4}, {Outcome::would_change, 2}}, "lost",
                               "retry")),
            R"({"event":"host_finished","time":"2026-01-31T09:30:00.250Z","host":"web1","outcome":"unreachable",)"
            R"("message":"lost","hint":"retry","counts":{"ok":4,"would-change":2},"duration":0.0})"
            "\n");
  Event rescued = host_finished("web1", Outcome::changed, {{Outcome::changed, 2}});
  rescued.rescued = 1;
  EXPECT_EQ(told(rescued),
            R"({"event":"host_finished","time":"2026-01-31T09:30:00.250Z","host":"web1","outcome":"changed",)"
            R"("counts":{"changed":2},"rescued":1,"duration":0.0})"
            "\n");
  Map facts;
  facts.set("boot_id", "x");
  EXPECT_EQ(told({.kind = Event::Kind::facts_told,
                  .host = "web1",
                  .facts = facts,
                  .fact_failures = {{"own", "it ended with status 1"}}}),
            R"({"event":"facts_told","time":"2026-01-31T09:30:00.250Z","host":"web1","facts":{"boot_id":"x"},)"
            R"("fact_failures":{"own":"it ended with status 1"}})"
            "\n");
  EXPECT_EQ(told({.kind = Event::Kind::signals_told,
                  .host = "web1",
                  .signals = {{"conf", {"reload"}}, {"old", {}}},
                  .dropped = {"site"}}),
            R"({"event":"signals_told","time":"2026-01-31T09:30:00.250Z","host":"web1",)"
            R"("signals":{"conf":["reload"],"old":[]},"dropped":["site"]})"
            "\n");
  EXPECT_EQ(told({.kind = Event::Kind::taken_back,
                  .host = "web1",
                  .stage = "sshd",
                  .message = "web1: took back",
                  .operations = {"fs.ensure_file /x"},
                  .files = {"/x"}}),
            R"({"event":"taken_back","time":"2026-01-31T09:30:00.250Z","host":"web1","stage":"sshd",)"
            R"("message":"web1: took back","operations":["fs.ensure_file /x"],"files":["/x"]})"
            "\n");
  Event end = run_finished(12345ms, true);
  end.interrupted = true;
  EXPECT_EQ(
      told(end),
      R"({"event":"run_finished","time":"2026-01-31T09:30:00.250Z","duration":12.345,"check":true,"interrupted":true})"
      "\n");
}

TEST(JsonReporter, OneEventIsOneLineOfUtf8WhateverAHostSays) {
  EXPECT_EQ(told({.kind = Event::Kind::notice, .host = "a\xff", .message = std::string("b\nc\x1b\0\xC3", 6)}),
            "{\"event\":\"notice\",\"time\":\"2026-01-31T09:30:00.250Z\",\"host\":\"a\xEF\xBF\xBD\","
            "\"message\":\"b\\nc\\u001b\\u0000\xEF\xBF\xBD\"}\n");
}

TEST(JsonReporter, TimesBefore1970AreRight) {
  EXPECT_THAT(told(connecting("a"), std::chrono::system_clock::time_point(-1ms)),
              ::testing::HasSubstr("\"time\":\"1969-12-31T23:59:59.999Z\""));
}

}  // namespace
}  // namespace espresso

#include "report/text_reporter.h"

#include "events.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace espresso {
namespace {

using namespace std::chrono_literals;
using namespace testing;

/// What a reporter has told since last asked.
class Told {
 public:
  explicit Told(TextOptions options = {}) : reporter_(make_text_reporter(out_, std::move(options))) {}

  std::string on(const std::vector<Event>& events) {
    out_.str({});
    for (const auto& event : events) reporter_->on(event);
    return out_.str();
  }

 private:
  std::ostringstream out_;
  std::unique_ptr<Reporter> reporter_;
};

Result failed_curl() {
  return {.helper = "dpkg.ensure_installed",
          .title = "dpkg.ensure_installed curl",
          .outcome = Outcome::failed,
          .message = "E: Unable to locate package curl",
          .hint = "run dpkg.update before",
          .location = "stages.yaml:12:7",
          .output = "Reading package lists...\n",
          .error_output = "E: Unable to locate package curl\n",
          .exit_status = 100};
}

TEST(TextReporter, AFailureInAComponentTellsWhereThatIsCalled) {
  Told told;
  Result result{.title = "stage.fail no", .outcome = Outcome::failed, .message = "no", .location = "s.yaml:4:9"};
  result.called_from = {"s.yaml:2:5", "s.yaml:9:7"};
  EXPECT_THAT(told.on({run_started({"web1"}), finished("web1", result)}),
              ::testing::HasSubstr("stage.fail no: no\n"
                                   "    at s.yaml:4:9\n"
                                   "    called at s.yaml:2:5\n"
                                   "    called at s.yaml:9:7\n"));
}

TEST(TextReporter, AMistakeThatShowsOnlyAtTheHostIsToldAsOthersAreAtItsPlace) {
  Result result{.title = "fs.ensure_file /etc/motd", .outcome = Outcome::failed, .message = "'r' has no 'rcc'"};
  result.hint = "did you mean 'rc'?";
  result.location = "files/motd.tmpl:2:10";
  result.called_from = {"s.yaml:8:9", "s.yaml:4:5"};
  result.mistakes = {{.location = "files/motd.tmpl:2:10",
                      .message = "'r' has no 'rcc'",
                      .hint = "did you mean 'rc'?",
                      .text = "files/motd.tmpl:2:10: error: 'r' has no 'rcc'\n"
                              "  2 | two {{ r.rcc }}\n"
                              "    |          ^^^\n"
                              "s.yaml:4:5: note: the component is called here\n"
                              "  4 |   - a.motd:\n"
                              "    |     ^^^^^^\n"
                              "hint: did you mean 'rc'?\n"}};
  EXPECT_EQ(Told().on({run_started({"web1"}), finished("web1", result)}),
            "failed  web1  main: fs.ensure_file /etc/motd: 'r' has no 'rcc'\n"
            "    files/motd.tmpl:2:10: error: 'r' has no 'rcc'\n"
            "      2 | two {{ r.rcc }}\n"
            "        |          ^^^\n"
            "    s.yaml:4:5: note: the component is called here\n"
            "      4 |   - a.motd:\n"
            "        |     ^^^^^^\n"
            "    hint: did you mean 'rc'?\n"
            "    called at s.yaml:8:9\n");
}

TEST(TextReporter, TellsAResultOnceForAllHostsWhenTheLastHasAnswered) {
  Told told;
  EXPECT_EQ(told.on({run_started({"web1", "web2", "web3"}), connecting("web1"), connecting("web2"), connecting("web3"),
                     started("web1", "fs.ensure_file /etc/motd"), finished("web2", motd(Outcome::changed)),
                     finished("web1", motd(Outcome::changed)), finished("web2", curl(Outcome::ok))}),
            "");
  EXPECT_EQ(told.on({finished("web3", motd(Outcome::changed))}),
            "changed  web[1-3]  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n");
}

TEST(TextReporter, TellsNotesThoughNothingHasChanged) {
  const Result one{.title = "stage.log a", .outcome = Outcome::ok, .note = "first\x1b\n  second\n"};
  EXPECT_EQ(Told().on({run_started({"web1", "web2"}), finished("web1", one), finished("web2", one)}),
            "log  web[1-2]  main: first\\x1b\n"
            "      second\n");
  const Result blank{.title = "stage.log", .outcome = Outcome::ok, .note = "\n"};
  EXPECT_EQ(Told().on({run_started({"web1"}), finished("web1", blank)}), "log  web1  main: \n");
}

TEST(TextReporter, TellsDifferentResultsApart) {
  Result other = motd(Outcome::changed);
  other.differences = {{.what = "no such file"}};
  EXPECT_EQ(Told().on({run_started({"web1", "web2", "web3", "web4"}), finished("web1", motd(Outcome::changed)),
                       finished("web2", other), finished("web3", motd(Outcome::ok)), finished("web4", other)}),
            "changed  web1  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n"
            "changed  web[2,4]  main: fs.ensure_file /etc/motd (no such file)\n");
}

TEST(TextReporter, DoesNotWaitForHostsThatDoNotRunTheStageOrHaveLeftIt) {
  Told told;
  Event start = run_started({"web1", "web2", "db1"}, {"web"});
  start.stage_hosts = {{"web", {"web1", "web2"}}};
  EXPECT_EQ(told.on({start, finished("web1", motd(Outcome::changed), "web"), stage_finished("web2", "web")}),
            "changed  web1  web: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n");
}

TEST(TextReporter, TellsABatchWhenItIsThrough) {
  Told told;
  Event start = run_started({"web1", "web2", "web3", "web4"}, {"web"});
  start.stage_hosts = {{"web", {"web1", "web2", "web3", "web4"}}};
  start.stage_batches = {{"web", {2, 2}}};
  EXPECT_EQ(told.on({start, finished("web1", motd(Outcome::changed), "web")}), "");
  EXPECT_EQ(told.on({finished("web2", motd(Outcome::changed), "web")}),
            "changed  web[1-2]  web: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n");
  EXPECT_EQ(told.on({stage_finished("web1", "web"), stage_finished("web2", "web"),
                     finished("web3", motd(Outcome::changed), "web"), host_finished("web4", Outcome::failed, {})}),
            "changed  web3  web: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n");
}

TEST(TextReporter, AHostThatEndsIsNotWaitedFor) {
  Told told;
  EXPECT_EQ(told.on({run_started({"web1", "web2"}), finished("web1", motd(Outcome::changed))}), "");
  EXPECT_EQ(told.on({host_finished("web2", Outcome::unreachable, {}, "connection refused", "is sshd running?")}),
            "changed  web1  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n"
            "unreachable  web2  connection refused\n"
            "    hint: is sshd running?\n");
}

TEST(TextReporter, TellsAFailureAtOnceWithWhatIsKnownOfIt) {
  Told told;
  EXPECT_EQ(told.on({run_started({"web1", "web2"}), finished("web1", failed_curl())}),
            "failed  web1  main: dpkg.ensure_installed curl: E: Unable to locate package curl\n"
            "    at stages.yaml:12:7\n"
            "    exit status 100\n"
            "    stdout:\n"
            "      Reading package lists...\n"
            "    stderr:\n"
            "      E: Unable to locate package curl\n"
            "    hint: run dpkg.update before\n");
  EXPECT_EQ(told.on({finished("web2", failed_curl())}),
            "failed  web2  main: dpkg.ensure_installed curl: E: Unable to locate package curl\n")
      << "the same details are not told again";
}

TEST(TextReporter, BoundsAndEscapesOutput) {
  Result result{.title = "shell.run 'a\x1b[2J'", .outcome = Outcome::failed, .message = "no\x1b[1m\rway"};
  for (int i = 1; i <= 50; ++i) result.error_output += "line " + std::to_string(i) + "\x1b[0m\r\n";
  const std::string text = Told().on({run_started({"a\x1b"}), finished("a\x1b", result)});
  EXPECT_THAT(text, ::testing::StartsWith("failed  a\\x1b  main: shell.run 'a\\x1b[2J': no\\x1b[1m\\rway\n"
                                          "    stderr:\n"
                                          "      line 1\\x1b[0m\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("      line 10\\x1b[0m\n"
                                         "      [10 lines left out]\n"
                                         "      line 21\\x1b[0m\n"));
  EXPECT_THAT(text, ::testing::EndsWith("      line 50\\x1b[0m\n"));
}

TEST(TextReporter, AnIgnoredFailureIsAResultLikeOthers) {
  Result result = failed_curl();
  result.ignored = true;
  result.hint.clear();
  EXPECT_EQ(Told().on({run_started({"web1", "web2"}), finished("web1", result), finished("web2", result)}),
            "failed (ignored)  web[1-2]  main: dpkg.ensure_installed curl: E: Unable to locate package curl\n");
}

TEST(TextReporter, TellsHowOftenSomethingWasTried) {
  Told told;
  Result twice = curl(Outcome::changed), failed = failed_curl();
  twice.tries = 2;
  failed.tries = 4;
  EXPECT_EQ(told.on({run_started({"web1"}), finished("web1", twice)}),
            "changed  web1  main: dpkg.ensure_installed curl (tried 2 times)\n");
  EXPECT_THAT(
      told.on({finished("web1", failed)}),
      ::testing::StartsWith("failed  web1  main: dpkg.ensure_installed curl: E: Unable to locate package curl (tried 4 "
                            "times)\n"));
}

TEST(TextReporter, AFailureThatIsRescuedIsNotWhyTheHostEnded) {
  Told told;
  Result failed = failed_curl();
  failed.rescued = true;
  Event end = host_finished("web1", Outcome::changed, {{Outcome::changed, 1}});
  end.rescued = 1;
  EXPECT_THAT(told.on({run_started({"web1"}), finished("web1", failed)}),
              ::testing::StartsWith(
                  "failed (to be rescued)  web1  main: dpkg.ensure_installed curl: E: Unable to locate package "
                  "curl\n    at stages.yaml:12:7\n"));
  EXPECT_EQ(
      told.on({finished("web1", motd(Outcome::changed)),
               stage_finished("web1", "main", Outcome::changed, "rescued after 'dpkg.ensure_installed curl' failed"),
               end, run_finished(1s)}),
      "changed  web1  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n"
      "changed  web1  main: rescued after 'dpkg.ensure_installed curl' failed\n"
      "\n"
      "web1  changed 1  rescued 1\n"
      "1 host in 1.00s\n");
}

TEST(TextReporter, CheckModeTellsWhatWouldChangeAndWhatCannotBeKnown) {
  Result nginx{.title = "shell.run nginx -t", .outcome = Outcome::unknown, .message = "it has no check"};
  EXPECT_EQ(Told().on({run_started({"web1"}), finished("web1", motd(Outcome::would_change)), finished("web1", nginx),
                       host_finished("web1", Outcome::unknown, {{Outcome::would_change, 1}, {Outcome::unknown, 1}}),
                       run_finished(1s, true)}),
            "would-change  web1  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n"
            "unknown  web1  main: shell.run nginx -t (it has no check)\n"
            "\n"
            "web1  would-change 1  unknown 1\n"
            "1 host in 1.00s, nothing was changed (check mode)\n");
}

TEST(TextReporter, SensitiveResultsKeepTheirSilence) {
  Result secret{.title = "deploy the key", .outcome = Outcome::changed, .sensitive = true};
  EXPECT_EQ(Told().on({run_started({"web1"}), finished("web1", secret)}),
            "changed  web1  main: deploy the key (sensitive)\n");
}

TEST(TextReporter, AStageThatIsLeftOutIsToldWithItsReason) {
  EXPECT_EQ(
      Told().on({run_started({"web1", "web2"}),
                 stage_finished("web1", "web", Outcome::skipped, "requires 'database', which did not succeed on db1"),
                 stage_finished("web2", "web", Outcome::skipped, "requires 'database', which did not succeed on db1")}),
      "skipped  web[1-2]  web: requires 'database', which did not succeed on db1\n");
}

TEST(TextReporter, NoticesAreToldAtOnce) {
  EXPECT_EQ(Told().on({{.kind = Event::Kind::notice,
                        .message = "host keys are not verified",
                        .hint = "use --host-key-check strict"}}),
            "note: host keys are not verified\n"
            "    hint: use --host-key-check strict\n");
}

TEST(TextReporter, TheSummaryFoldsHostsAndRepeatsReasons) {
  Result slow = curl(Outcome::changed), slower = curl(Outcome::changed), quick = motd(Outcome::ok);
  slow.duration = 2s, slower.duration = 12s, quick.duration = 99ms;
  EXPECT_EQ(Told().on({run_started({"web1", "web2", "web3", "web4", "db1"}), finished("web1", slow),
                       finished("web2", slower), finished("web1", quick), finished("web3", failed_curl()),
                       host_finished("web2", Outcome::changed, {{Outcome::changed, 2}, {Outcome::ok, 4}}),
                       host_finished("web1", Outcome::changed, {{Outcome::changed, 2}, {Outcome::ok, 4}}),
                       host_finished("web3", Outcome::failed, {{Outcome::ok, 1}, {Outcome::failed, 1}}),
                       host_finished("web4", Outcome::unreachable, {}, "connection refused"),
                       host_finished("db1", Outcome::ok, {}), run_finished(14s)}),
            "failed  web3  main: dpkg.ensure_installed curl: E: Unable to locate package curl\n"
            "    at stages.yaml:12:7\n"
            "    exit status 100\n"
            "    stdout:\n"
            "      Reading package lists...\n"
            "    stderr:\n"
            "      E: Unable to locate package curl\n"
            "    hint: run dpkg.update before\n"
            "unreachable  web4  connection refused\n"
            "changed  web[1-2]  main: dpkg.ensure_installed curl\n"
            "\n"
            "web[1-2]  ok 4  changed 2\n"
            "web3      ok 1  failed 1  main: dpkg.ensure_installed curl: E: Unable to locate package curl\n"
            "web4      unreachable  connection refused\n"
            "db1       nothing to do\n"
            "slowest  12s  web2  main: dpkg.ensure_installed curl\n"
            "5 hosts in 14s\n");
}

TEST(TextReporter, ARunWithNothingToTellIsItsSummary) {
  EXPECT_EQ(Told().on({run_started({"web1"}), finished("web1", motd(Outcome::ok)),
                       host_finished("web1", Outcome::ok, {{Outcome::ok, 1}}), run_finished(1s)}),
            "web1  ok 1\n"
            "1 host in 1.00s\n");
}

TEST(TextReporter, AnInterruptedRunSaysSo) {
  Event end = run_finished(3s);
  end.interrupted = true;
  EXPECT_EQ(
      Told().on({run_started({"web1", "web2"}), host_finished("web1", Outcome::ok, {{Outcome::ok, 1}}, "interrupted"),
                 host_finished("web2", Outcome::skipped, {}, "not begun: interrupted"), end}),
      "web1  ok 1  interrupted\n"
      "web2  nothing done  not begun: interrupted\n"
      "interrupted: 2 hosts in 3.00s\n");
}

TEST(TextReporter, AThousandHostsWithEqualResultsAreOneLine) {
  std::vector<std::string> hosts;
  for (int i = 1; i <= 1000; ++i) hosts.push_back("host" + std::to_string(i));
  std::vector<Event> events{run_started(hosts)};
  for (const auto& host : hosts) events.push_back(finished(host, motd(Outcome::changed)));
  std::reverse(hosts.begin(), hosts.end());
  for (const auto& host : hosts) events.push_back(finished(host, curl(Outcome::ok)));
  for (const auto& host : hosts)
    events.push_back(host_finished(host, Outcome::changed, {{Outcome::ok, 1}, {Outcome::changed, 1}}));
  events.push_back(run_finished(12s));
  EXPECT_EQ(Told().on(events),
            "changed  host[1-1000]  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n"
            "\n"
            "host[1-1000]  ok 1  changed 1\n"
            "1000 hosts in 12s\n");
}

TEST(TextReporter, NamesThatDoNotFoldAreCutAndCounted) {
  std::vector<Event> events{run_started({})};
  std::vector<std::string> hosts;
  for (char c = 'a'; c <= 'z'; ++c) hosts.push_back(std::string("host-") + c);
  events.front().hosts = hosts;
  for (const auto& host : hosts) events.push_back(finished(host, curl(Outcome::changed)));
  EXPECT_EQ(Told().on(events),
            "changed  host-a,host-b,host-c,host-d,host-e,host-f,host-g,host-h,hos… (26 hosts)"
            "  main: dpkg.ensure_installed curl\n");
}

TEST(TextReporter, VerboselyTellsWhatWasOkAndAllOutput) {
  Result echo{.title = "shell.run uptime", .outcome = Outcome::ok, .output = "up 3 days\n"};
  EXPECT_EQ(Told({.verbosity = 1}).on({run_started({"a1", "a2"}), finished("a1", echo), finished("a2", echo)}),
            "ok  a[1-2]  main: shell.run uptime\n"
            "    stdout:\n"
            "      up 3 days\n");
}

TEST(TextReporter, QuietlyTellsOnlyWhatWentWrong) {
  EXPECT_EQ(Told({.quiet = true})
                .on({run_started({"web1", "web2"}), finished("web1", motd(Outcome::changed)),
                     host_finished("web1", Outcome::changed, {{Outcome::changed, 1}}),
                     host_finished("web2", Outcome::unreachable, {}, "connection refused"), run_finished(1s)}),
            "unreachable  web2  connection refused\n");
}

TEST(TextReporter, DiffsAreShownBelowAndEscaped) {
  Result result = motd(Outcome::changed);
  result.diff = "--- a\n+++ b\n@@ -1 +1,2 @@\n-old\x1b\n+new\r\n \n";
  EXPECT_EQ(Told({.diff = true}).on({run_started({"web1"}), finished("web1", result)}),
            "changed  web1  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)\n"
            "    --- a\n"
            "    +++ b\n"
            "    @@ -1 +1,2 @@\n"
            "    -old\\x1b\n"
            "    +new\\r\n"
            "     \n");
}

TEST(TextReporter, ColorsOnlyWhenAskedTo) {
  EXPECT_EQ(Told({.color = true}).on({run_started({"web1"}), finished("web1", curl(Outcome::changed))}),
            "\x1b[33mchanged\x1b[0m  web1  main: dpkg.ensure_installed curl\n");
}

/// A reporter on a terminal with a clock of its own.
class OnTerminal : public ::testing::Test {
 protected:
  std::chrono::steady_clock::time_point now_{};
  Told told_{{.is_terminal = true, .width = 40, .now = [this] { return now_; }}};
};

TEST_F(OnTerminal, ABlockShowsWhatRunsAndLinesScrollAboveIt) {
  EXPECT_EQ(told_.on({run_started({"web1", "web2"})}), "0 of 2 hosts done, 0 running\n");
  EXPECT_EQ(told_.on({connecting("web1")}), "\x1b[1A\x1b[J0 of 2 hosts done, 1 running\nweb1  connecting\n");
  EXPECT_EQ(told_.on({started("web1", "dpkg.update")}),
            "\x1b[2A\x1b[J0 of 2 hosts done, 1 running\nweb1  main  dpkg.update\n");
  EXPECT_EQ(told_.on({started("web2", "dpkg.update")}),
            "\x1b[2A\x1b[J0 of 2 hosts done, 2 running\nweb[1-2]  main  dpkg.update\n");
  EXPECT_EQ(told_.on({host_finished("web2", Outcome::unreachable, {}, "connection lost")}),
            "\x1b[2A\x1b[J"
            "unreachable  web2  connection lost\n"
            "1 of 2 hosts done, 1 running, 1 failed\n"
            "web1  main  dpkg.update\n");
  EXPECT_EQ(told_.on({host_finished("web1", Outcome::ok, {{Outcome::ok, 1}}), run_finished(2s)}),
            "\x1b[2A\x1b[J2 of 2 hosts done, 0 running, 1 failed\n"
            "\x1b[1A\x1b[J\n"
            "web2  unreachable  connection lost\n"
            "web1  ok 1\n"
            "2 hosts in 2.00s\n");
}

TEST_F(OnTerminal, TheBlockNeverWrapsNorDrivesTheTerminal) {
  told_.on({run_started({"web1"})});
  EXPECT_EQ(told_.on({started("web1", "shell.run '\x1b[2J' and\tmore than fits")}),
            "\x1b[1A\x1b[J0 of 1 hosts done, 1 running\n"
            "web1  main  shell.run '\\x1b[2J' and mo…\n");
}

TEST_F(OnTerminal, TheLargestGroupsAreShown) {
  told_.on({run_started({"a1", "a2", "b", "c", "d", "e", "f"})});
  const std::vector<Event> events{started("b", "2"), started("c", "3"),  started("d", "4"), started("e", "5"),
                                  started("f", "6"), started("a1", "1"), started("a2", "1")};
  EXPECT_THAT(told_.on(events), ::testing::EndsWith("\x1b[J0 of 7 hosts done, 7 running\n"
                                                    "a[1-2]  main  1\n"
                                                    "b  main  2\n"
                                                    "c  main  3\n"
                                                    "d  main  4\n"
                                                    "and 2 more groups\n"));
}

TEST_F(OnTerminal, AFloodOfEventsIsDrawnNowAndThen) {
  told_.on({run_started({"web1"})});
  std::vector<Event> flood;
  for (int i = 0; i < 1000; ++i) flood.push_back(started("web1", "operation " + std::to_string(i)));
  const std::string drawn = told_.on(flood);
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\x1b'), 2 * 39);
  EXPECT_EQ(told_.on({finished("web1", curl(Outcome::changed))}),
            "\x1b[2A\x1b[Jchanged  web1  main: dpkg.ensure_installed curl\n0 of 1 hosts done, 1 running\n")
      << "lines are never held back";
  now_ += 1s;
  EXPECT_EQ(told_.on({started("web1", "the next")}),
            "\x1b[1A\x1b[J0 of 1 hosts done, 1 running\nweb1  main  the next\n");
}

}  // namespace
}  // namespace espresso

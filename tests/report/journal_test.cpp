#include "report/journal.h"

#include "core/error.h"
#include "core/temporary_folder.h"
#include "events.h"
#include "report/event_json.h"
#include "report/journal_folder.h"
#include "report/masking_reporter.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sys/stat.h>

namespace espresso {
namespace {

using namespace std::chrono_literals;
using namespace testing;
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// 2026-01-31T09:30:00.250Z
constexpr auto noon = std::chrono::system_clock::time_point(std::chrono::milliseconds(1769851800250));

/// What a run told whoever shows it.
class Told : public Reporter {
 public:
  void on(const Event& event) override {
    kinds.emplace_back(name_of(event.kind));
    if (event.kind == Event::Kind::notice) notices.push_back(event.message);
  }
  std::vector<std::string> kinds;
  std::vector<std::string> notices;
};

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Reporter> journal(std::size_t keep = 0) {
    return make_journal({.folder = folder, .keep = keep, .now = [this] { return now; }},
                        {.words = {"run", "main"}, .folder = "/srv/infra", .user = "alice", .program = "espresso 1"},
                        told);
  }
  void record(const std::vector<Event>& events, std::size_t keep = 0) {
    const auto reporter = journal(keep);
    for (const auto& event : events) reporter->on(event);
  }
  fs::path file(const std::string& id = "20260131-093000-250") const { return folder / (id + ".jsonl"); }
  std::string text() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::chrono::system_clock::time_point now = noon;
  TemporaryFolder scratch;
  fs::path folder = scratch.path() / "state/espresso/runs";
  Told told;
};

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

TEST_F(JournalTest, HoldsEachLineOnceItWasTold) {
  const auto reporter = journal();
  reporter->on(run_started({"web1"}));
  reporter->on(connecting("web1"));
  reporter->on(started("web1", "fs.ensure_file /etc/motd"));
  EXPECT_EQ(
      text(),
      R"({"event":"run","format":1,"id":"20260131-093000-250","time":"2026-01-31T09:30:00.250Z","words":["run","main"],)"
      R"("masked":false,"folder":"/srv/infra","user":"alice","program":"espresso 1"})"
      "\n"
      R"({"event":"run_started","time":"2026-01-31T09:30:00.250Z","hosts":["web1"],"stages":["main"]})"
      "\n");
  const std::size_t before = text().size();
  reporter->on(finished("web1", curl(Outcome::changed)));
  EXPECT_EQ(
      text().substr(before),
      R"({"event":"operation_finished","time":"2026-01-31T09:30:00.250Z","host":"web1","stage":"main","index":0,)"
      R"("helper":"dpkg.ensure_installed","title":"dpkg.ensure_installed curl","outcome":"changed","duration":0.0})"
      "\n");
  EXPECT_THAT(told.kinds, ElementsAre("run_started", "host_connecting", "operation_started", "operation_finished"));
}

TEST_F(JournalTest, IsForItsOwnerOnly) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms(0755));
  record({run_started({"web1"}), host_finished("web1", Outcome::ok, {}), run_finished(1s)});
  EXPECT_EQ(mode_of(folder), 0700U);
  EXPECT_EQ(mode_of(file()), 0600U);
}

TEST_F(JournalTest, MakesTheFoldersItLacksForItsOwnerOnly) {
  record({run_started({"web1"}), host_finished("web1", Outcome::ok, {}), run_finished(1s)});
  EXPECT_EQ(mode_of(scratch.path() / "state"), 0700U);
  EXPECT_EQ(mode_of(folder.parent_path()), 0700U);
}

TEST_F(JournalTest, IsReadAsItWasWritten) {
  Result result = motd(Outcome::failed);
  result.message = "applied, but …", result.note = "n", result.hint = "h", result.location = "stages.yaml:3:7";
  result.called_from = {"stages.yaml:9:5"}, result.diff = "-a\n+b\n", result.output = "out\xff\n";
  result.error_output = "err", result.exit_status = 3, result.ignored = true, result.duration = 1250ms;
  result.values.set("size", 12), result.values.set("paths", List{"/a", Value()}), result.values_cut = true;
  result.mistakes = {{.location = "a.tmpl:1:4", .message = "m", .hint = "h", .text = "t\n"}, {.message = "n"}};
  Event finish = finished("web1", result);
  finish.index = 7;
  Event begin = run_started({"web1", "web2"});
  begin.stage_hosts = {{"main", {"web1"}}};
  Event end = run_finished(2s, true);
  end.interrupted = true;
  std::vector<Event> events{begin, finish, stage_finished("web1", "main", Outcome::failed, "why"),
                            host_finished("web1", Outcome::failed, {{Outcome::ok, 2}, {Outcome::failed, 1}}, "m", "h"),
                            end};
  record(events);
  const RunRecord run = load_run(folder, "20260131-093000-250");
  EXPECT_EQ(run.state, RunRecord::State::interrupted);
  EXPECT_EQ(run.header.time, "2026-01-31T09:30:00.250Z");
  EXPECT_EQ(run.header.words, (std::vector<std::string>{"run", "main"}));
  events.back().counts = {{Outcome::failed, 1}};
  ASSERT_EQ(run.events.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(event_line(run.events[i], noon), event_line(events[i], noon));
}

TEST_F(JournalTest, TellsHowManyHostsEndedHow) {
  record({run_started({"a", "b", "c"}), host_finished("a", Outcome::ok, {}),
          host_finished("b", Outcome::unreachable, {}), host_finished("c", Outcome::ok, {}), run_finished(3s)});
  const RunSummary run = summarize_run(folder, "20260131-093000-250");
  EXPECT_EQ(run.state, RunRecord::State::finished);
  EXPECT_EQ(run.hosts, 3U);
  EXPECT_EQ(run.duration, 3s);
  EXPECT_THAT(run.counts, ElementsAre(Pair(Outcome::ok, 2), Pair(Outcome::unreachable, 1)));
}

TEST_F(JournalTest, OfARunThatLastsSaysSo) {
  const auto reporter = journal();
  reporter->on(run_started({"a", "b"}));
  reporter->on(host_finished("a", Outcome::changed, {}));
  const RunSummary run = summarize_run(folder, "20260131-093000-250");
  EXPECT_EQ(run.state, RunRecord::State::running);
  EXPECT_EQ(run.hosts, 2U);
  EXPECT_THAT(run.counts, ElementsAre(Pair(Outcome::changed, 1)));
}

TEST_F(JournalTest, OfAKilledRunHoldsAllButTheTornLine) {
  record({run_started({"a", "b"}), finished("a", motd(Outcome::changed)), finished("a", curl(Outcome::ok))});
  const std::string whole = text();
  for (std::size_t cut = 0; cut < 40; ++cut) {
    fs::resize_file(file(), whole.size() - 1 - cut);
    const RunRecord run = load_run(folder, "20260131-093000-250");
    EXPECT_EQ(run.state, RunRecord::State::killed);
    ASSERT_EQ(run.events.size(), 2U) << cut;
    EXPECT_EQ(run.events.back().result->title, "fs.ensure_file /etc/motd");
    EXPECT_EQ(summarize_run(folder, "20260131-093000-250").state, RunRecord::State::killed);
  }
}

TEST_F(JournalTest, OfARunThatTouchedNoHostIsNotKept) {
  record({run_started({"a"})});
  EXPECT_THAT(journal_ids(folder), IsEmpty());
}

TEST_F(JournalTest, OfRunsAtTheSameMomentAreTwo) {
  const std::vector<Event> run{run_started({"a"}), host_finished("a", Outcome::ok, {}), run_finished(1s)};
  record(run);
  record(run);
  EXPECT_THAT(journal_ids(folder), ElementsAre("20260131-093000-251", "20260131-093000-250"));
}

TEST_F(JournalTest, KeepsTheLatestAndThoseThatLast) {
  const std::vector<Event> run{run_started({"a"}), host_finished("a", Outcome::ok, {}), run_finished(1s)};
  const auto lasting = journal();
  lasting->on(run_started({"a"}));  // …250
  for (int i = 0; i < 4; ++i) {
    now += 1s;
    record(run, 2);
  }
  EXPECT_THAT(journal_ids(folder), ElementsAre("20260131-093004-250", "20260131-093003-250", "20260131-093000-250"));
}

TEST_F(JournalTest, NeverHoldsASecret) {
  Secrets secrets;
  secrets.add("hunter2");
  const auto reporter = journal();
  MaskingReporter masking(*reporter, secrets);
  Result result = curl(Outcome::changed);
  result.output = result.diff = result.message = "it is hunter2";
  masking.on(run_started({"a"}));
  masking.on(finished("a", result));
  masking.on(host_finished("a", Outcome::failed, {}, "hunter2", "not hunter2"));
  EXPECT_EQ(text().find("hunter2"), std::string::npos) << text();
  EXPECT_NE(text().find("it is ***"), std::string::npos) << text();
}

TEST_F(JournalTest, ThatCannotBeWrittenIsToldOnceAndTheRunGoesOn) {
  folder = scratch.write("file", "") + "/runs";
  record({run_started({"a"}), finished("a", curl(Outcome::ok)), run_finished(1s)});
  EXPECT_THAT(told.kinds, ElementsAre("notice", "run_started", "operation_finished", "run_finished"));
  EXPECT_THAT(told.notices, ElementsAre("this run is not recorded any further: cannot make '" + folder.string() +
                                        "': Not a directory"));
}

TEST_F(JournalTest, ThatIsNoneIsRefused) {
  fs::create_directories(folder);
  std::ofstream(file("x")) << "hello\n";
  try {
    load_run(folder, "x");
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "'" + file("x").string() + "' is no journal of a run");
  }
}

}  // namespace
}  // namespace espresso

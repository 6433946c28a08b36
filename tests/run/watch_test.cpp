#include "shell_host.h"
#include "shells.h"

#include "core/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

// The watchdog at the host, in every shell. Whatever these operations wait for never comes.

namespace espresso {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> library = {
    wrap_helper("h_ok", "check() { :; }\napply() { :; }"),
    wrap_helper("h_add", "check() { unknown x; }\napply() { say \"$text\" >>\"$path\"; }"),
    // With a child and a grandchild, and a command that must not follow.
    wrap_helper("h_hangs",
                "check() { unknown x; }\napply() { make_temp \"${path%/*}\"; echo \"$r_temp\" >\"$path.temp\"; sh -c "
                "'sleep 1000 & echo $! $$ >\"$0.pids\"; wait' \"$path\"; : >\"$path.went-on\"; }"),
    wrap_helper(
        "h_stubborn",
        "check() { unknown x; }\napply() { sh -c 'trap \"\" TERM; echo $$ >\"$0.pids\"; while :; do sleep 1000; "
        "done' \"$path\"; }"),
    wrap_helper("h_check_hangs", "check() { sleep 1000; }\napply() { :; }"),
    wrap_helper("h_reads_and_hangs", "check() { unknown x; }\napply() { head -c 3 <&9 >\"$path\"; sleep 1000; }"),
};

class WatchIn : public testing::TestWithParam<Shell> {
 protected:
  std::unique_ptr<ShellHost> start(std::chrono::seconds longest = std::chrono::seconds(1)) {
    const Tenure tenure{
        .run = "run1", .host = "web1", .by = "me@here", .since = "now", .place = scratch / "state", .longest = longest};
    const std::string command = "exec setsid sh -c " + quote_for_any_shell(GetParam().boot());
    return std::make_unique<ShellHost>(command, library, RunnerKind::full, tenure);
  }
  std::string line(const std::string& helper, const std::string& text = "x") const {
    return "path=" + quote(scratch / "f") + " text=" + quote(text) + "; " + helper + "; run_operation";
  }
  /// Whether a process of that number is there, and no zombie.
  static bool lives(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string number, name, state;
    return file >> number >> name >> state && state != "Z";
  }
  void expect_all_gone() {
    for (const auto& pid : split(std::string(trim(read_file(scratch / "f.pids"))), ' '))
      EXPECT_FALSE(lives(pid)) << pid;
  }
  std::string watchdog() { return split(read_file(scratch / "state/guard"), ' ').front(); }
  static void wait_for(const std::string& path) {
    while (!std::filesystem::exists(path)) usleep(1000);
  }

  ScratchFolder scratch;
};

INSTANTIATE_TEST_SUITE_P(Shells, WatchIn, testing::ValuesIn(shells_to_test()),
                         [](const auto& info) { return info.param.name; });

TEST_P(WatchIn, EndsWhatIsOverdueWithAllThatItStarted) {
  auto host = start();
  host->submit(line("h_hangs"), {.ignore_errors = true});
  host->submit(line("h_add"));
  const auto answer = host->answer();
  EXPECT_EQ(answer.word, "failed");
  EXPECT_EQ(answer.reason, "it did not end within 1s and was killed");
  EXPECT_EQ(host->answer().word, "changed");
  expect_all_gone();
  EXPECT_FALSE(std::filesystem::exists(scratch / "f.went-on"));
  EXPECT_FALSE(std::filesystem::exists(std::string(trim(read_file(scratch / "f.temp")))));
  const std::string pid = watchdog();
  EXPECT_TRUE(lives(pid));
  host->send("Q done\n");
  EXPECT_EQ(host->finish(), 0);
  while (lives(pid)) usleep(1000);
  EXPECT_TRUE(std::filesystem::is_empty(scratch / "state"));
}

TEST_P(WatchIn, EndsItWhenNobodyListensAnyMore) {
  auto host = start();
  host->submit(line("h_hangs"));
  host->flush();
  wait_for(scratch / "f.pids");
  host->hang_up();
  EXPECT_EQ(host->finish(), 0);
  expect_all_gone();
  EXPECT_FALSE(std::filesystem::exists(scratch / "state/lock"));
  EXPECT_THAT(read_file(scratch / "state/answers"), HasSubstr("it did not end within 1s"));
}

TEST_P(WatchIn, EndsWhatDoesNotListenToIt) {
  auto host = start();
  host->submit(line("h_stubborn"));
  EXPECT_EQ(host->answer().reason, "it did not end within 1s and was killed");
  expect_all_gone();
}

TEST_P(WatchIn, WatchesTheCheckOfAnOperationWithALimitOfItsOwn) {
  auto host = start(std::chrono::seconds(1000));
  host->submit(line("h_check_hangs"), {.limit = std::chrono::seconds(2), .is_watched_at_once = true});
  EXPECT_EQ(host->answer().reason, "it did not end within 2s and was killed");
}

TEST_P(WatchIn, GivesAnOperationTheTimeThatIsItsOwn) {
  auto host = start(std::chrono::seconds(1000));
  host->submit(line("h_add"));
  host->submit(line("h_hangs"), {.limit = std::chrono::seconds(1)});
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_EQ(host->answer().reason, "it did not end within 1s and was killed");
  expect_all_gone();
}

TEST_P(WatchIn, ReadsTheContentOfWhatItEnds) {
  auto host = start();
  const std::string content(200'000, 'c');
  host->submit(line("h_reads_and_hangs"), {.ignore_errors = true}, content);
  host->submit(line("h_add", "after"));
  EXPECT_EQ(host->answer().reason, "it did not end within 1s and was killed");
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_EQ(read_file(scratch / "f"), "cccafter");
}

TEST_P(WatchIn, IsNotThereWhereAllIsAsItShouldBe) {
  auto host = start();
  host->submit(line("h_ok"));
  EXPECT_EQ(host->answer().word, "ok");
  EXPECT_FALSE(std::filesystem::exists(scratch / "state/guard"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "state/guarded"));
}

TEST_P(WatchIn, IsOneForAllOperations) {
  auto host = start();
  host->submit(line("h_add"));
  host->answer();
  const std::string first = read_file(scratch / "state/guard");
  host->submit(line("h_add"));
  host->submit(line("h_add"));
  host->answers(2);
  EXPECT_EQ(read_file(scratch / "state/guard"), first);
  EXPECT_TRUE(lives(watchdog()));
}

}  // namespace
}  // namespace espresso

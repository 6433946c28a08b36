#include "shell_host.h"
#include "shells.h"

#include "core/text.h"
#include "run/host_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

// Changes that have to be confirmed, at the host, in every shell (confirm.sh).

namespace espresso {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Not before main(): what is embedded is there then.
std::vector<std::string> library() {
  return {
      confirm_functions(),
      wrap_helper(
          "h_file",
          "check() { [ \"$(cat \"$path\" 2>/dev/null)\" = \"$text\" ] || differs content; }\napply() { make_temp "
          "\"${path%/*}\"; say \"$text\" >\"$r_temp\"; finish_file \"$path\" '' '' ''; }"),
      wrap_helper("h_remove",
                  "check() { { [ ! -e \"$path\" ] && [ ! -L \"$path\" ]; } || differs x; }\napply() { keep_tree "
                  "\"$path\"; rm -rf -- \"$path\"; }"),
      wrap_helper("h_folder",
                  "check() { [ -d \"$path\" ] || differs missing; }\napply() { keep \"$path\"; mkdir -p "
                  "\"$path\"; }"),
      wrap_helper("h_tree",
                  "check() { [ -e \"$path/new\" ] || differs x; }\napply() { keep_tree \"$path\"; mkdir -p "
                  "\"$path\"; say x >\"$path/new\"; rm -f \"$path/old\"; }"),
      wrap_helper("h_mode",
                  "check() { check_attributes \"$path\" 700 '' ''; }\napply() { set_attributes \"$path\" 700 "
                  "'' ''; }"),
      wrap_helper("h_value", "check() { unknown x; }\napply() { keep_value \"$path\"; say \"$text\" >\"$path\"; }"),
      wrap_helper("h_add", "check() { unknown x; }\napply() { say \"$text\" >>\"$path\"; }"),
      wrap_helper("h_same", "check() { unknown x; }\napply() { unchanged; }"),
      wrap_helper("h_fails", "check() { differs x; }\napply() { return 1; }"),
      wrap_helper("h_waits",
                  "check() { unknown x; }\napply() { : >\"$path.begun\"; while [ ! -e \"$path.go\" ]; do sleep "
                  "0.05; done; }"),
  };
}

class ConfirmIn : public testing::TestWithParam<Shell> {
 protected:
  ~ConfirmIn() override { write_file(scratch / "f.go", ""); }

  std::unique_ptr<ShellHost> start(const std::string& run = "run1",
                                   std::chrono::seconds longest = std::chrono::seconds(60)) {
    const Tenure tenure{
        .run = run, .host = "web1", .by = "me@here", .since = "then", .place = scratch / "state", .longest = longest};
    const std::string command = "exec setsid sh -c " + quote_for_any_shell(GetParam().boot());
    return std::make_unique<ShellHost>(command, library(), RunnerKind::full, tenure);
  }
  /// One whose changes in the stage 'sshd' are to be confirmed.
  std::unique_ptr<ShellHost> start_confirmed(std::chrono::seconds within = std::chrono::seconds(1000)) {
    auto host = start();
    host->send(confirm_request(within, "sshd"));
    return host;
  }
  std::string line(const std::string& helper, const std::string& name, const std::string& text = "new") const {
    return "path=" + quote(scratch / name) + " text=" + quote(text) + "; " + helper + "; run_operation";
  }
  static constexpr OperationFlags own{.keeping = Keeping::own};
  static constexpr OperationFlags joined{.keeping = Keeping::joined};
  static constexpr OperationFlags again{.keeping = Keeping::again};
  /// Each time another number.
  void end_confirm(ShellHost& host, int number) { host.mark(end_confirm_request(number, "end")); }
  void take_back(ShellHost& host, int number) { host.mark(take_back_request(number, "it failed")); }
  void confirm() {
    EXPECT_EQ(run_shell(confirm_script(scratch / "state", "run1") + " >" + scratch / "said"), 0);
    EXPECT_EQ(read_file(scratch / "said"), std::string(confirmed_word) + "\n");
  }
  bool is_armed() const { return fs::exists(scratch / "state/confirm/about"); }
  std::string reverter() const { return split(read_file(scratch / "state/confirm/reverter"), ' ').front(); }
  static void wait_until(const std::function<bool()>& holds) {
    while (!holds()) usleep(1000);
  }
  void wait_until_taken_back() {
    wait_until([&] { return !fs::exists(scratch / "state/confirm") && fs::exists(scratch / "state/reverted"); });
  }
  /// Whether a process of that number is there, and no zombie.
  static bool lives(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string number, name, state;
    return file >> number >> name >> state && state != "Z";
  }
  /// Another one with each child that has ended.
  static std::string children_of(const std::string& pid) {
    const std::string stat = read_file("/proc/" + pid + "/stat");
    return split(stat.substr(stat.rfind(") ") + 2), ' ').at(8);
  }
  static mode_t mode_of(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777U;
  }

  ScratchFolder scratch;
};

INSTANTIATE_TEST_SUITE_P(Shells, ConfirmIn, testing::ValuesIn(shells_to_test()),
                         [](const auto& info) { return info.param.name; });

TEST_P(ConfirmIn, PutsBackWhatWasThere) {
  write_file(scratch / "file", "old");
  chmod((scratch / "file").c_str(), 0640);
  EXPECT_EQ(run_shell("touch -d '2001-02-03 04:05:06' " + quote(scratch / "file")), 0);
  const auto time = fs::last_write_time(scratch / "file");
  write_file(scratch / "removed", "gone\n");
  fs::create_symlink("nowhere", scratch / "link");
  fs::create_directories(scratch / "tree/below");
  write_file(scratch / "tree/old", "kept");
  write_file(scratch / "tree/below/odd name\n", "odd");
  fs::create_directories(scratch / "all/below");
  fs::create_symlink("below", scratch / "all/link");
  fs::create_directory(scratch / "folder");
  chmod((scratch / "folder").c_str(), 0755);
  write_file(scratch / "value", "1");

  auto host = start_confirmed();
  for (const auto& one : {line("h_file", "file"), line("h_file", "file", "newer"), line("h_file", "fresh"),
                          line("h_remove", "removed"), line("h_file", "link"), line("h_folder", "made/below/it"),
                          line("h_file", "made/below/it/file"), line("h_tree", "tree"), line("h_remove", "all"),
                          line("h_tree", "new-tree"), line("h_mode", "folder"), line("h_value", "value", "2")}) {
    host->submit(one, own);
    const auto answer = host->answer();
    EXPECT_EQ(answer.word, "changed") << one << answer.reason << answer.error_output;
  }
  EXPECT_EQ(read_file(scratch / "file"), "newer");
  EXPECT_FALSE(fs::exists(scratch / "all"));
  EXPECT_EQ(mode_of(scratch / "state/confirm"), 0700U);
  take_back(*host, 12);
  EXPECT_EQ(host->answer().word, "changed");

  EXPECT_EQ(read_file(scratch / "file"), "old");
  EXPECT_EQ(mode_of(scratch / "file"), 0640U);
  EXPECT_EQ(fs::last_write_time(scratch / "file"), time);
  EXPECT_FALSE(fs::exists(scratch / "fresh"));
  EXPECT_EQ(read_file(scratch / "removed"), "gone\n");
  EXPECT_EQ(fs::read_symlink(scratch / "link"), "nowhere");
  EXPECT_FALSE(fs::exists(scratch / "made"));
  EXPECT_EQ(read_file(scratch / "tree/old"), "kept");
  EXPECT_EQ(read_file(scratch / "tree/below/odd name\n"), "odd");
  EXPECT_FALSE(fs::exists(scratch / "tree/new"));
  EXPECT_EQ(fs::read_symlink(scratch / "all/link"), "below");
  EXPECT_FALSE(fs::exists(scratch / "new-tree"));
  EXPECT_EQ(mode_of(scratch / "folder"), 0755U);
  EXPECT_EQ(read_file(scratch / "value"), "1");
  ASSERT_FALSE(host->taken_back().empty());
  EXPECT_THAT(host->taken_back().front(),
              testing::MatchesRegex(R"(sshd\|run1\|me@here\|then\|20[-0-9T:]*Z\|it failed\|0\|)"));
  EXPECT_FALSE(fs::exists(scratch / "state/confirm"));
  host->send("Q told\n");
  EXPECT_EQ(host->finish(), 0);
  EXPECT_TRUE(fs::is_empty(scratch / "state"));
}

TEST_P(ConfirmIn, IsNotThereWhereNothingChanges) {
  write_file(scratch / "file", "new");
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->submit(line("h_same", "x"), own);
  host->submit(line("h_file", "other"), joined);
  host->submit(line("h_add", "log"), again);
  end_confirm(*host, 4);
  host->submit(line("h_add", "after"));
  for (const auto* word : {"ok", "ok", "changed", "changed", "ok", "changed"}) EXPECT_EQ(host->answer().word, word);
  EXPECT_FALSE(is_armed());
}

TEST_P(ConfirmIn, HoldsUpWhatFollowsUntilItIsConfirmed) {
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  end_confirm(*host, 1);
  host->submit(line("h_add", "after"));
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_EQ(host->answer().word, "need");
  EXPECT_EQ(host->answer().word, "skipped");
  const std::string pid = reverter();
  confirm();
  host->send("C\n");
  end_confirm(*host, 3);
  host->submit(line("h_add", "after"));
  EXPECT_EQ(host->answer().word, "ok");
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_EQ(read_file(scratch / "file"), "new");
  EXPECT_FALSE(lives(pid));
  host->send("Q done\n");
  EXPECT_EQ(host->finish(), 0);
  EXPECT_TRUE(fs::is_empty(scratch / "state"));
}

TEST_P(ConfirmIn, OfAnotherRunIsNotConfirmed) {
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->answer();
  EXPECT_NE(run_shell(confirm_script(scratch / "state", "run2")), 0);
  take_back(*host, 1);
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_NE(run_shell(confirm_script(scratch / "state", "run1")), 0);
}

TEST_P(ConfirmIn, TakesItBackWhenNobodyConfirms) {
  write_file(scratch / "file", "old");
  auto host = start_confirmed(std::chrono::seconds(1));
  host->submit(line("h_file", "file"), own, {}, {}, {"changed"});
  host->submit(line("h_add", "log", "reload "), again);
  host->answers(2);
  end_confirm(*host, 2);
  EXPECT_EQ(host->answer().word, "need");
  wait_until_taken_back();
  EXPECT_EQ(read_file(scratch / "file"), "old");
  EXPECT_EQ(read_file(scratch / "log"), "reload reload ");
  // Whoever could do more has been ended: some shells hear of it, others have to be killed.
  EXPECT_THAT(host->finish(), AnyOf(0, 128 + SIGKILL));

  auto next = start("run2");
  next->ready();
  ASSERT_THAT(next->taken_back(), SizeIs(2));
  EXPECT_THAT(next->taken_back()[0], HasSubstr("|nobody confirmed it within 1s|1|"));
  EXPECT_EQ(next->taken_back()[1], scratch / "file");
  // Neither is anything believed to have been done nor to have been raised.
  EXPECT_THAT(next->beginnings(), ElementsAre("left|" + host->token() + "|run1|then|me@here"));
  EXPECT_THAT(
      read_journal({.token = host->token(), .answers = next->left_answers(), .errors = next->left_errors()}).entries,
      IsEmpty());
}

TEST_P(ConfirmIn, DoesSoWhenAllElseIsKilled) {
  write_file(scratch / "file", "old");
  auto host = start_confirmed(std::chrono::seconds(1));
  host->submit(line("h_file", "file"), own);
  host->answer();
  kill(-std::stoi(host->ready().at(2)), SIGKILL);
  wait_until_taken_back();
  EXPECT_EQ(read_file(scratch / "file"), "old");
}

TEST_P(ConfirmIn, WaitsForWhatIsUnderWay) {
  write_file(scratch / "file", "old");
  auto host = start_confirmed(std::chrono::seconds(1));
  host->submit(line("h_file", "file"), own);
  host->answer();
  host->submit(line("h_waits", "f"), again);
  host->flush();
  wait_until([&] { return fs::exists(scratch / "f.begun"); });
  // It looks once a second: more than its time has passed when it has looked so often.
  std::string looked;
  for (int times = 0; times < 5; ++times)
    wait_until([&] {
      const std::string before = std::exchange(looked, children_of(reverter()));
      return looked != before;
    });
  EXPECT_EQ(read_file(scratch / "file"), "new");
  write_file(scratch / "f.go", "");
  EXPECT_EQ(host->answer().word, "changed");
  wait_until_taken_back();
  EXPECT_EQ(read_file(scratch / "file"), "old");
}

TEST_P(ConfirmIn, WhatListensAndChangedFilesItselfIsNotRunAgain) {
  write_file(scratch / "file", "old");
  write_file(scratch / "listens", "old");
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->submit(line("h_file", "listens"), again);
  host->submit(line("h_fails", "x"), {.ignore_errors = true, .keeping = Keeping::again});
  host->answers(3);
  take_back(*host, 3);
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_EQ(read_file(scratch / "listens"), "old");
  EXPECT_THAT(host->taken_back().front(),
              HasSubstr("|1|an operation that is to follow failed: apply ended with status 1"));
}

TEST_P(ConfirmIn, LeftByAKilledReverterIsTakenBackByTheNextRun) {
  write_file(scratch / "file", "old");
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->submit(line("h_add", "log", "x"), again);
  host->answers(2);
  kill(std::stoi(reverter()), SIGKILL);
  kill(-std::stoi(host->ready().at(2)), SIGKILL);
  auto next = start("run2");
  next->ready();
  EXPECT_THAT(next->beginnings(), testing::Contains("takes-back|run1|web1|me@here|then"));
  EXPECT_EQ(read_file(scratch / "file"), "old");
  EXPECT_EQ(read_file(scratch / "log"), "xx");
  ASSERT_THAT(next->taken_back(), SizeIs(2));
  EXPECT_THAT(next->taken_back()[0], HasSubstr("|the run was cut off|"));
  EXPECT_FALSE(fs::exists(scratch / "state/confirm"));
}

TEST_P(ConfirmIn, OfAnotherStartOfTheSystemIsTakenBackByTheNextRun) {
  write_file(scratch / "file", "old");
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->answer();
  // As after a restart: nobody of then lives, and numbers may belong to others.
  kill(std::stoi(reverter()), SIGKILL);
  kill(-std::stoi(host->ready().at(2)), SIGKILL);
  const std::string state = scratch / "state";
  EXPECT_EQ(run_shell("sed -i 's/" + host->ready().at(3) + "/another-boot/' " + quote(state + "/lock") + " " +
                      quote(state + "/confirm/about") + " && echo \"1 1\" >" + quote(state + "/confirm/reverter")),
            0);
  auto next = start("run2");
  next->ready();
  EXPECT_EQ(read_file(scratch / "file"), "old");
}

TEST_P(ConfirmIn, GoesOnWhenItsOwnRunComesBack) {
  write_file(scratch / "file", "old");
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->answer();
  EXPECT_EQ(host->finish(), 0);
  auto back = start();
  back->ready();
  EXPECT_THAT(back->taken_back(), IsEmpty());
  EXPECT_EQ(read_file(scratch / "file"), "new");
  EXPECT_TRUE(is_armed());
  back->go_on(host->token());
  end_confirm(*back, 0);
  EXPECT_EQ(back->answer().word, "need");
  back->send("Y\nC\n");
  end_confirm(*back, 1);
  EXPECT_EQ(back->answer().word, "ok");
  EXPECT_FALSE(is_armed());
}

TEST_P(ConfirmIn, IsBegunAgainWhenItWasCutOff) {
  write_file(scratch / "file", "old");
  write_file(scratch / "other", "old");
  auto host = start_confirmed();
  host->submit(line("h_file", "file"), own);
  host->submit(line("h_file", "other"), own);
  host->answers(2);
  kill(std::stoi(reverter()), SIGKILL);
  kill(-std::stoi(host->ready().at(2)), SIGKILL);
  // One had put back the newest, and was killed.
  fs::create_symlink("reverting", scratch / "state/confirm/settled");
  write_file(scratch / "other", "old");
  auto next = start("run2");
  next->ready();
  EXPECT_EQ(read_file(scratch / "file"), "old");
  EXPECT_EQ(read_file(scratch / "other"), "old");
}

TEST_P(ConfirmIn, RefusesWhatCannotBeKept) {
  EXPECT_EQ(run_shell("dd if=/dev/zero bs=1024 count=65600 of=" + quote(scratch / "large") + " 2>/dev/null"), 0);
  auto host = start_confirmed();
  host->submit(line("h_file", "large"), own);
  const auto answer = host->answer();
  EXPECT_EQ(answer.word, "failed");
  EXPECT_THAT(answer.reason, HasSubstr("is too large to be kept for 'confirm'"));
  EXPECT_EQ(fs::file_size(scratch / "large"), 65600U * 1024);
}

TEST_P(ConfirmIn, TellsWhatCannotBePutBack) {
  auto host = start_confirmed();
  host->submit(line("h_folder", "made"), own);
  host->answer();
  write_file(scratch / "made/by-another", "x");
  take_back(*host, 1);
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_TRUE(fs::exists(scratch / "made/by-another"));
  EXPECT_THAT(host->taken_back().front(), HasSubstr("made': "));
}

TEST_P(ConfirmIn, WritesThroughNoDirectoryThatWasReplaced) {
  fs::create_directories(scratch / "one");
  write_file(scratch / "one/file", "old");
  fs::create_directories(scratch / "elsewhere");
  auto host = start_confirmed();
  host->submit(line("h_file", "one/file"), own);
  host->answer();
  fs::rename(scratch / "one", scratch / "away");
  fs::create_symlink("elsewhere", scratch / "one");
  take_back(*host, 1);
  EXPECT_EQ(host->answer().word, "changed");
  EXPECT_TRUE(fs::is_empty(scratch / "elsewhere"));
  EXPECT_THAT(host->taken_back().front(), HasSubstr("its directory is another one now"));
}

}  // namespace
}  // namespace espresso

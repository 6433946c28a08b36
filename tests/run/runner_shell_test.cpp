#include "shell_host.h"
#include "shells.h"

#include "core/hash.h"
#include "core/text.h"
#include "run/told_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <pwd.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

// Made for these tests, one for each thing that a helper may do.
const std::vector<std::string> library = {
    wrap_helper("h_ok", "check() { :; }\napply() { :; }"),
    wrap_helper("h_say", "check() { unknown 'always runs'; }\napply() { say \"$text\"; say \"$text\" >&2; }"),
    wrap_helper("h_tell",
                "check() { tell name \"$text\"; tell_number size 12; tell_boolean exists true; tell_list none; "
                "tell_item list \"$text\"; tell_item list b; }\napply() { :; }"),
    wrap_helper("h_words", "check() { unknown x; }\napply() { for word; do say \"<$word>\"; done; }"),
    wrap_helper("h_file",
                "check() { content_differs \"$path\" && differs content; }\n"
                "apply() { install_content \"$path\" \"$mode\" '' ''; }"),
    wrap_helper("h_fail", "check() { fail 'no such luck'; }\napply() { :; }"),
    wrap_helper("h_never", "check() { differs mode 0644 0755; }\napply() { :; }"),
    wrap_helper("h_apply_fails", "check() { differs x; }\napply() { return 3; }"),
    wrap_helper("h_exit", "check() { exit 0; }\napply() { :; }"),
    wrap_helper("h_killed", "check() { kill -9 \"$(sh -c 'echo $PPID')\"; }\napply() { :; }"),
    wrap_helper("h_syntax", "check() { if; }\napply() { :; }"),
    wrap_helper("h_reads", "check() { unknown x; }\napply() { cat; cat <&9; }"),
    wrap_helper("h_unchanged", "check() { unknown x; }\napply() { unchanged; }"),
    wrap_helper("h_quietly",
                "check() { unknown x; }\napply() { quietly sh -c \"$line\" || fail \"last words: $quiet_output\"; }"),
    wrap_helper("h_environment", "check() { unknown x; }\napply() { env; umask; }"),
    wrap_helper("h_leaves_temp", "check() { differs x; }\napply() { make_temp \"$path\"; exit 5; }"),
    wrap_helper("h_interrupts", "check() { kill -USR1 $$; differs x; }\napply() { :; }"),
};

std::string random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string file_line(const std::string& path, const std::string& content) {
  return "path=" + quote(path) + " mode='' given=' path ' content_kind=blob content_sha256=" + sha256(content) +
         " content_size=" + std::to_string(content.size()) + "; h_file; run_operation";
}

std::string words(const std::vector<ShellHost::Answer>& answers) {
  std::string text;
  for (const auto& answer : answers) text += (text.empty() ? "" : " ") + answer.word;
  return text;
}

class RunnerIn : public testing::TestWithParam<Shell> {
 protected:
  ShellHost host{GetParam().boot(), library};
  ScratchFolder scratch;
  std::vector<std::string> entries() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path()))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
};

INSTANTIATE_TEST_SUITE_P(Shells, RunnerIn, testing::ValuesIn(shells_to_test()),
                         [](const auto& shell) { return shell.param.name; });

TEST_P(RunnerIn, TellsWhoItIs) {
  const auto ready = host.ready();
  ASSERT_EQ(ready.size(), 5U);
  EXPECT_EQ(ready[0], "3");
  EXPECT_EQ(ready[2], std::to_string(getpgid(std::stoi(ready[1]))));
  EXPECT_EQ(ready[3] + "\n", read_file("/proc/sys/kernel/random/boot_id"));
  EXPECT_EQ(ready[4], "");
}

TEST_P(RunnerIn, TellsValuesToTheByte) {
  const std::string text = "\n no \\n escape, 100%s, -n\xff\r\n\n";
  host.submit("text=" + quote(text) + "; h_tell; run_operation");
  const auto answer = host.answer();
  EXPECT_EQ(answer.word, "ok");
  EXPECT_THAT(answer.values,
              ElementsAre("name|=" + text, "size|#12", "exists|?true", "none|[", "list|-" + text, "list|-b"));
}

TEST_P(RunnerIn, TellsLongValuesInPieces) {
  std::string text(10'000, '\n');
  for (std::size_t i = 0; i < text.size(); i += 7) text[i] = static_cast<char>('a' + i % 26);
  host.submit("text=" + quote(text) + "; h_tell; run_operation");
  ToldValues told;
  for (const auto& value : host.answer().values)
    told.take(value.substr(0, value.find('|')), value.substr(value.find('|') + 1));
  EXPECT_EQ(told.values().find("name")->as_string(), text);
  EXPECT_EQ(told.values().find("list")->as_list().size(), 2U);
}

TEST_P(RunnerIn, AnswersManyOperationsThatWereSentBackToBack) {
  for (int n = 0; n < 100; ++n) host.submit("text='" + std::to_string(n) + "'; h_say; run_operation");
  for (int n = 0; n < 100; ++n) {
    const auto answer = host.answer();
    EXPECT_EQ(answer.word, "changed");
    EXPECT_EQ(answer.output, std::to_string(n));
    EXPECT_EQ(answer.error_output, std::to_string(n));
  }
}

TEST_P(RunnerIn, KeepsOutputToTheByte) {
  const std::string text = "no \\n escape, 100%s, -n\n\ttab \xff\xfe $HOME `x`\r\n\n";
  host.submit("text=" + quote(text) + "; h_say; run_operation");
  const auto answer = host.answer();
  EXPECT_EQ(answer.output, text);
  EXPECT_EQ(answer.error_output, text);
}

TEST_P(RunnerIn, PassesWordsAsTheyAre) {
  host.submit("h_words; run_operation '' '*' 'a b' " + quote("new\nline") + " '-n' '$x'");
  EXPECT_EQ(host.answer().output, "<><*><a b><new\nline><-n><$x>");
}

TEST_P(RunnerIn, ChecksAgainAfterApply) {
  host.submit("h_never; run_operation");
  const auto answer = host.answer();
  EXPECT_EQ(answer.word, "failed");
  EXPECT_THAT(answer.differs, ElementsAre("before|mode|0644|0755", "after|mode|0644|0755"));
  EXPECT_EQ(answer.reason, "applied, but a difference remains: mode is '0644', not '0755'");
}

TEST_P(RunnerIn, OnlyChecksInCheckMode) {
  host.submit("h_never; run_operation", {.check = true});
  host.submit("text=x; h_say; run_operation", {.check = true});
  host.submit("h_ok; run_operation", {.check = true});
  const auto would = host.answer(), unknown = host.answer();
  EXPECT_EQ(would.word, "would-change");
  EXPECT_THAT(would.differs, ElementsAre("before|mode|0644|0755"));
  EXPECT_EQ(unknown.word, "unknown");
  EXPECT_EQ(unknown.reason, "always runs");
  EXPECT_EQ(unknown.output, "");
  EXPECT_EQ(host.answer().word, "ok");
}

TEST_P(RunnerIn, BelievesAnApplyThatFoundNothingToChange) {
  host.submit("h_unchanged; run_operation");
  EXPECT_EQ(host.answer().word, "ok");
}

TEST_P(RunnerIn, SkipsWhatFollowsAFailureUntilItIsToldToGoOn) {
  host.submit("h_fail; run_operation");
  host.submit("h_ok; run_operation");
  host.submit(file_line(scratch / "f", "content"), {}, "content");
  host.send("C\n");
  host.submit("h_ok; run_operation");
  const auto answers = host.answers(4);
  EXPECT_EQ(words(answers), "failed skipped skipped ok");
  EXPECT_EQ(answers[0].reason, "no such luck");
  EXPECT_THAT(entries(), ElementsAre());
}

TEST_P(RunnerIn, GoesOnAfterAFailureThatMayBe) {
  host.submit("h_fail; run_operation", {.ignore_errors = true});
  host.submit("h_ok; run_operation");
  EXPECT_EQ(words(host.answers(2)), "failed ok");
}

TEST_P(RunnerIn, OutlivesWhateverAHelperDoes) {
  for (const char* helper : {"h_exit", "h_syntax", "h_killed", "h_apply_fails", "h_unknown_helper"}) {
    host.submit(std::string(helper) + "; run_operation", {.ignore_errors = true});
    host.submit("h_ok; run_operation");
  }
  const auto answers = host.answers(10);
  EXPECT_EQ(words(answers), "failed ok failed ok failed ok failed ok failed ok");
  EXPECT_EQ(answers[0].reason, "the helper ended early with status 0");
  // dash and ash end at a syntax error, bash goes on without the helper.
  EXPECT_THAT(answers[2].reason, AnyOf("the helper ended early with status 2", "the helper defines no check"));
  EXPECT_EQ(answers[8].reason, "the helper defines no check");
  EXPECT_EQ(answers[4].reason, "the helper was killed by signal 9");
  EXPECT_EQ(answers[6].reason, "apply ended with status 3");
}

TEST_P(RunnerIn, InstallsContentToTheByte) {
  const std::string content = random_bytes(300'000, 1);
  host.submit(file_line(scratch / "a b", content), {}, content);
  host.submit("text=after; h_say; run_operation");
  EXPECT_EQ(host.answer().word, "changed");
  EXPECT_EQ(host.answer().output, "after");
  EXPECT_TRUE(read_file(scratch / "a b") == content);
  EXPECT_THAT(entries(), ElementsAre("a b"));
}

TEST_P(RunnerIn, AsksForContentOnlyWhereItIsMissing) {
  const std::string here = random_bytes(2000, 2), missing = random_bytes(2000, 3), other = random_bytes(70'000, 4);
  write_file(scratch / "here", here);
  host.submit(file_line(scratch / "here", here));
  host.submit(file_line(scratch / "missing", missing));
  host.submit("text=x; h_say; run_operation");
  host.submit(file_line(scratch / "here", here));
  host.submit(file_line(scratch / "other", other));
  EXPECT_EQ(words(host.answers(5)), "ok need skipped skipped need");
  host.send("C\n");
  host.submit(file_line(scratch / "missing", missing), {}, missing);
  host.submit("text=x; h_say; run_operation");
  host.submit(file_line(scratch / "here", here));
  host.submit(file_line(scratch / "other", other), {}, other);
  EXPECT_EQ(words(host.answers(4)), "changed changed ok changed");
  EXPECT_TRUE(read_file(scratch / "missing") == missing);
  EXPECT_TRUE(read_file(scratch / "other") == other);
}

TEST_P(RunnerIn, NeedsNoContentInCheckMode) {
  host.submit(file_line(scratch / "f", "12345"), {.check = true});
  EXPECT_EQ(host.answer().word, "would-change");
}

TEST_P(RunnerIn, ReadsContentThatNobodyTakes) {
  const std::string content = random_bytes(200'000, 5);
  host.submit(file_line(scratch / "no/such/folder/f", content), {.ignore_errors = true}, content);
  host.submit("h_exit; run_operation", {.ignore_errors = true}, content);
  host.submit("h_killed; run_operation", {.ignore_errors = true}, content);
  host.submit(file_line(scratch / "f", content), {.check = true}, content);
  host.submit("text=after; h_say; run_operation");
  const auto answers = host.answers(5);
  EXPECT_EQ(words(answers), "failed failed failed would-change changed");
  EXPECT_EQ(answers[0].reason, "there is no directory '" + scratch / "no/such/folder" + "' for it");
  EXPECT_EQ(answers[4].output, "after");
}

TEST_P(RunnerIn, RefusesContentThatIsNotWhatWasAnnounced) {
  const std::string content = random_bytes(5000, 6);
  write_file(scratch / "f", "before");
  host.submit(file_line(scratch / "f", random_bytes(5000, 7)), {}, content);
  const auto answer = host.answer();
  EXPECT_EQ(answer.word, "failed");
  EXPECT_EQ(answer.reason, "the content of '" + scratch / "f" + "' did not arrive whole");
  EXPECT_EQ(read_file(scratch / "f"), "before");
  EXPECT_THAT(entries(), ElementsAre("f"));
}

TEST_P(RunnerIn, LeavesNothingWhenItsInputEndsInTheMiddleOfContent) {
  const std::string content = random_bytes(150'000, 8);
  write_file(scratch / "f", "before");
  host.send(operation_request(0, {.line = file_line(scratch / "f", content), .content_size = content.size()}) +
            content.substr(0, 70'000));
  EXPECT_EQ(host.finish(), 0);
  EXPECT_EQ(host.answer().word, "failed");
  EXPECT_EQ(read_file(scratch / "f"), "before");
  EXPECT_THAT(entries(), ElementsAre("f"));
}

TEST_P(RunnerIn, LeavesNoTemporaryFileOfAHelperThatEndsEarly) {
  host.submit("path=" + quote(scratch.path().string()) + "; h_leaves_temp; run_operation");
  EXPECT_EQ(host.answer().reason, "the helper ended early with status 5");
  EXPECT_THAT(entries(), ElementsAre());
}

TEST_P(RunnerIn, EndsWithItsInput) { EXPECT_EQ(host.finish(), 0); }

TEST_P(RunnerIn, EndsWhenItIsToldTo) {
  host.send("Q done\n");
  EXPECT_EQ(host.finish(), 0);
}

TEST_P(RunnerIn, SkipsForGoodAfterAnInterrupt) {
  host.submit("h_interrupts; run_operation");
  host.submit("h_ok; run_operation");
  host.send("C\n");
  host.submit("h_ok; run_operation");
  const auto answers = host.answers(3);
  EXPECT_EQ(answers[1].word + " " + answers[2].word, "skipped skipped");
}

TEST_P(RunnerIn, TakesAnInterruptWhileItWaits) {
  kill(std::stoi(host.ready()[1]), SIGUSR1);
  host.submit("h_ok; run_operation");
  EXPECT_EQ(host.answer().word, "skipped");
}

TEST_P(RunnerIn, GivesOperationsNoInput) {
  host.submit("h_reads; run_operation", {.ignore_errors = true});
  host.submit("text=after; h_say; run_operation");
  EXPECT_EQ(host.answer().output, "");
  EXPECT_EQ(host.answer().output, "after");
}

TEST_P(RunnerIn, TellsTheOutputOfQuietCommandsAfterwards) {
  host.submit("line='echo out; echo err >&2; exit 3'; h_quietly; run_operation");
  const auto answer = host.answer();
  EXPECT_EQ(answer.output, "out\nerr\n");
  EXPECT_EQ(answer.reason, "last words: out\nerr");
}

TEST_P(RunnerIn, HidesItsTokenFromWhatItRuns) {
  host.submit("h_environment; run_operation");
  const auto answer = host.answer();
  EXPECT_THAT(answer.output, testing::Not(HasSubstr(host.token())));
  EXPECT_THAT(answer.output, EndsWith("022\n"));
  EXPECT_THAT(answer.output, HasSubstr("LC_ALL=C\n"));
  const std::string pid = host.ready()[1];
  EXPECT_THAT(read_file("/proc/" + pid + "/cmdline"), testing::Not(HasSubstr(host.token())));
  EXPECT_THAT(read_file("/proc/" + pid + "/environ"), testing::Not(HasSubstr(host.token())));
}

TEST_P(RunnerIn, SendsTheFormerContentForADiff) {
  write_file(scratch / "f", "old\n\ncontent");
  host.submit(file_line(scratch / "f", "new"), {.check = true, .diff = true});
  host.submit(file_line(scratch / "f", "new"), {.diff = true}, "new");
  host.submit(file_line(scratch / "g", "new"), {.diff = true}, "new");
  host.submit("sensitive=1; " + file_line(scratch / "h", "new"), {.diff = true}, "new");
  const auto answers = host.answers(4);
  EXPECT_EQ(words(answers), "would-change changed changed changed");
  EXPECT_EQ(answers[0].old_content, "old\n\ncontent");
  EXPECT_EQ(answers[1].old_content, "old\n\ncontent");
  EXPECT_EQ(answers[2].old_content, "");
  EXPECT_EQ(answers[3].old_content, std::nullopt);
}

// As root: nobody. Another user has nobody to become but itself.
class RunnerAsUserIn : public RunnerIn {
 protected:
  RunnerAsUserIn() {
    const passwd* entry = getuid() == 0 ? getpwnam("nobody") : getpwuid(getuid());
    user = entry->pw_name;
    uid = entry->pw_uid;
    gid = entry->pw_gid;
    EXPECT_EQ(chown(scratch.path().c_str(), entry->pw_uid, entry->pw_gid), 0);
  }
  void submit(const std::string& line, OperationFlags flags = {}, std::optional<std::string_view> content = {}) {
    host.submit(line, flags, content, user);
  }
  uid_t owner_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_uid;
  }
  std::string user;
  uid_t uid = 0;
  gid_t gid = 0;
};

INSTANTIATE_TEST_SUITE_P(Shells, RunnerAsUserIn, testing::ValuesIn(shells_to_test()),
                         [](const auto& shell) { return shell.param.name; });

TEST_P(RunnerAsUserIn, RunsTheWholeOperationAsThatUserAndTheNextAsItself) {
  host.submit("line='id -u'; h_quietly; run_operation", {}, {}, user);
  host.submit("line='id -u'; h_quietly; run_operation");
  const auto answers = host.answers(2);
  EXPECT_EQ(words(answers), "changed changed");
  EXPECT_EQ(answers[0].output, std::to_string(uid) + "\n");
  EXPECT_EQ(answers[0].error_output, "");
  EXPECT_EQ(answers[1].output, std::to_string(getuid()) + "\n");
}

TEST_P(RunnerAsUserIn, PassesOnWhatTheOperationTells) {
  const std::string text = "two\nlines' \"q\" \\ $HOME\n";
  submit("text=" + quote(text) + "; h_say; run_operation");
  submit("h_never; run_operation", {.ignore_errors = true});
  submit("h_never; run_operation", {.check = true});
  submit("h_ok; run_operation");
  submit("h_words; run_operation '' '*' 'a b' " + quote("new\nline"));
  const auto answers = host.answers(5);
  EXPECT_EQ(words(answers), "changed failed would-change ok changed");
  EXPECT_EQ(answers[0].output, text);
  EXPECT_EQ(answers[0].error_output, text);
  EXPECT_EQ(answers[1].reason, "applied, but a difference remains: mode is '0644', not '0755'");
  EXPECT_THAT(answers[2].differs, ElementsAre("before|mode|0644|0755"));
  EXPECT_EQ(answers[4].output, "<><*><a b><new\nline>");
}

TEST_P(RunnerAsUserIn, BringsContentToThatUser) {
  const std::string content = random_bytes(300'000, 10);
  write_file(scratch / "old", "old content");
  EXPECT_EQ(chown((scratch / "old").c_str(), uid, gid), 0);
  submit(file_line(scratch / "a b", content));
  submit(file_line(scratch / "old", "12345"));
  EXPECT_EQ(words(host.answers(2)), "need need");
  host.send("C\n");
  submit(file_line(scratch / "a b", content), {.diff = true}, content);
  submit(file_line(scratch / "old", "12345"), {.diff = true}, "12345");
  submit(file_line(scratch / "old", "12345"));
  const auto answers = host.answers(3);
  EXPECT_EQ(words(answers), "changed changed ok");
  EXPECT_EQ(answers[1].old_content, "old content");
  EXPECT_TRUE(read_file(scratch / "a b") == content);
  EXPECT_EQ(owner_of(scratch / "a b"), uid);
  EXPECT_THAT(entries(), ElementsAre("a b", "old"));
}

TEST_P(RunnerAsUserIn, ReadsContentThatNobodyTakes) {
  const std::string content = random_bytes(200'000, 11);
  submit(file_line(scratch / "no/such/folder/f", content), {.ignore_errors = true}, content);
  submit("h_exit; run_operation", {.ignore_errors = true}, content);
  host.submit("h_ok; run_operation", {.ignore_errors = true}, content, "nosuch");
  submit("text=after; h_say; run_operation");
  const auto answers = host.answers(4);
  EXPECT_EQ(words(answers), "failed failed failed changed");
  EXPECT_EQ(answers[0].reason, "there is no directory '" + scratch / "no/such/folder" + "' for it");
  EXPECT_EQ(answers[2].reason, "there is no user 'nosuch' to run it as");
  EXPECT_EQ(answers[3].output, "after");
}

TEST_P(RunnerAsUserIn, CheckModeKnowsThatTheUserMayBeMadeBefore) {
  host.submit("h_never; run_operation", {.check = true}, {}, "nosuch");
  host.submit("h_ok; run_operation", {.check = true});
  const auto answers = host.answers(2);
  EXPECT_EQ(words(answers), "unknown ok");
  EXPECT_EQ(answers[0].reason, "there is no user 'nosuch' yet to run it as");
}

TEST_P(RunnerAsUserIn, OutlivesWhateverAHelperDoes) {
  for (const char* helper : {"h_exit", "h_syntax", "h_killed", "h_fail", "h_apply_fails"})
    submit(std::string(helper) + "; run_operation", {.ignore_errors = true});
  host.submit("h_ok; run_operation", {}, {}, "a user's \"name\"");
  const auto answers = host.answers(6);
  EXPECT_EQ(words(answers), "failed failed failed failed failed failed");
  EXPECT_EQ(answers[0].reason, "the helper ended early with status 0");
  EXPECT_EQ(answers[2].reason, "the helper was killed by signal 9");
  EXPECT_EQ(answers[3].reason, "no such luck");
  EXPECT_EQ(answers[4].reason, "apply ended with status 3");
  EXPECT_EQ(answers[5].reason, "there is no user 'a user's \"name\"' to run it as");
}

TEST_P(RunnerAsUserIn, LeavesNoTemporaryFileAndNoTokenToSee) {
  submit("path=" + quote(scratch.path().string()) + "; h_leaves_temp; run_operation", {.ignore_errors = true});
  submit("h_environment; run_operation");
  submit("line='cat /proc/*/cmdline /proc/$PPID/environ 2>/dev/null; :'; h_quietly; run_operation");
  const auto answers = host.answers(3);
  EXPECT_EQ(answers[0].reason, "the helper ended early with status 5");
  EXPECT_THAT(entries(), ElementsAre());
  EXPECT_THAT(answers[1].output, HasSubstr("USER=" + user + "\n"));
  EXPECT_THAT(answers[1].output, testing::Not(HasSubstr(host.token())));
  EXPECT_THAT(answers[2].output, testing::Not(HasSubstr(host.token())));
}

// A file system of 64 KB, in a mount namespace of its own, is full at once. Needs root.
TEST_P(RunnerIn, LeavesTheFormerFileWhenTheDiskIsFull) {
  const bool is_root = getuid() == 0;
  const std::string mount =
      is_root ? "mount -t tmpfs -o size=64k none " + quote_for_any_shell(scratch.path().string()) + " && "
              : "ulimit -f 64; ";
  const std::string line = mount + "cd / && " + GetParam().boot();
  ShellHost small((is_root ? "unshare --mount " : "") + std::string("sh -c ") + quote_for_any_shell(line), library);
  const std::string content = random_bytes(300'000, 9);
  small.submit("path=" + quote(scratch / "f") +
               " mode='' content_kind=inline content_text=before; h_file; run_operation");
  small.submit(file_line(scratch / "f", content), {.ignore_errors = true}, content);
  small.submit("line=" + quote("cat " + scratch / "f" + "; ls -A " + scratch.path().string()) +
               "; h_quietly; run_operation");
  const auto answers = small.answers(3);
  EXPECT_EQ(words(answers), "changed failed changed");
  EXPECT_EQ(answers[1].reason, "cannot write '" + scratch / "f" + "'");
  EXPECT_EQ(answers[2].output, "beforef\n");
}

}  // namespace
}  // namespace espresso

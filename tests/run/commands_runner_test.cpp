// The runner for commands alone answers as the one with all helpers does, in each shell.

#include "core/text.h"
#include "run/library.h"
#include "shell_host.h"
#include "shells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace espresso {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string quoted_words(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += " " + quote(word);
  return text;
}

/// What shell.run's operation is at the host, with a line or with words.
std::string operation_of(const std::string& line, const std::vector<std::string>& words = {}) {
  return "line=" + quote(line) +
         " argv='' creates='' unless='' check='' changes='' cwd='' env='' stdin='' given=' line ' content_kind=none; "
         "h_shell_run; run_operation" +
         quoted_words(words);
}

std::string words_of(const std::vector<ShellHost::Answer>& answers) {
  std::string words;
  for (const auto& answer : answers) words += (words.empty() ? "" : " ") + answer.word;
  return words;
}

class CommandsRunnerIn : public testing::TestWithParam<Shell> {
 protected:
  /// The answers of both runners.
  using Talk = std::function<void(ShellHost&)>;
  std::vector<ShellHost::Answer> same_answers(std::size_t count, const Talk& talk) {
    const std::vector<std::string> library = library_of({catalog_.find("shell.run")});
    ShellHost full(GetParam().boot(), library);
    ShellHost commands(GetParam().boot(), {}, RunnerKind::for_commands);
    talk(full);
    talk(commands);
    const auto expected = full.answers(count);
    const auto answers = commands.answers(count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(answers[i] == expected[i]) << "answer " << i;
    EXPECT_EQ(commands.finish(), 0);
    return answers;
  }
  ShellHost::Answer same_answer(const std::string& operation) {
    return same_answers(1, [&](ShellHost& host) { host.submit(operation); }).front();
  }

 private:
  Catalog catalog_;
};

INSTANTIATE_TEST_SUITE_P(Shells, CommandsRunnerIn, testing::ValuesIn(shells_to_test()),
                         [](const auto& info) { return info.param.name; });

TEST_P(CommandsRunnerIn, KeepsOutputToTheByte) {
  const auto answer = same_answer(operation_of("printf 'a\\n\\n\\000b'; printf 'it said\\n\\n' >&2"));
  EXPECT_EQ(answer.word, "changed");
  EXPECT_EQ(answer.status, "0");
  EXPECT_EQ(answer.output, std::string("a\n\n\0b", 5));
  EXPECT_EQ(answer.error_output, "it said\n\n");
}

TEST_P(CommandsRunnerIn, TellsTheStatus) {
  const auto answer = same_answer(operation_of("exit 7"));
  EXPECT_EQ(answer.word + " " + answer.status + " " + answer.reason, "failed 7 exited 7");
  EXPECT_EQ(same_answer(operation_of("")).reason, "give a line or argv");
  // The shells' own words hold process ids and line numbers.
  ShellHost host(GetParam().boot(), {}, RunnerKind::for_commands);
  host.submit(operation_of("kill -9 $$"), {.ignore_errors = true});
  EXPECT_EQ(host.answer().status, "137");
  host.submit(operation_of("", {"no-such-program"}));
  EXPECT_EQ(host.answer().status, "127");
}

TEST_P(CommandsRunnerIn, PassesLinesAndWordsAsTheyAre) {
  EXPECT_EQ(same_answer(operation_of("for i in 'a  b' \"it's\"; do\necho \"<$i>\"\ndone")).output, "<a  b>\n<it's>\n");
  EXPECT_EQ(same_answer(operation_of("", {"printf", "<%s>", "", "a  b", "*", "$HOME", "x\ny"})).output,
            "<><a  b><*><$HOME><x\ny>");
  EXPECT_EQ(same_answer(operation_of("", {"env", "true"})).word, "changed");
  EXPECT_EQ(same_answer(operation_of("echo $# \"$*\"; exec echo last")).output, "0 \nlast\n");
  EXPECT_EQ(same_answer(operation_of("cat <<END\n$((1 + 1))\nEND\nfalse || exit 3")).output, "2\n");
}

// No function or variable of the runner is there for the line, and nothing that it does to its shell outlives it.
TEST_P(CommandsRunnerIn, KeepsTheRunnerToItself) {
  ShellHost host(GetParam().boot(), {}, RunnerKind::for_commands);
  // The shells' own words hold process ids and line numbers.
  host.submit(operation_of("r_tell x || run_operation y || echo none"));
  EXPECT_EQ(host.answer().output, "none\n");
  host.submit(
      operation_of("echo \"<$r_token$r_line$line>\"; r_tell() { :; }; r_skip=1 r_id=9; cd /; set -eu; trap '' USR1"));
  EXPECT_EQ(host.answer().output, "<>\n");
  host.submit(operation_of("echo \"<$r_id>\"; echo $UNSET_HERE"));
  const auto answer = host.answer();
  EXPECT_EQ(answer.word, "changed");
  EXPECT_THAT(answer.output, testing::EndsWith(">\n\n"));
  host.submit(operation_of("[ $$ != " + host.ready()[1] + " ] && [ $PPID = " + host.ready()[1] + " ]"));
  EXPECT_EQ(host.answer().word, "changed");
}

TEST_P(CommandsRunnerIn, SkipsWhatFollowsAFailureUntilItIsToldToGoOn) {
  const auto answers = same_answers(5, [](ShellHost& host) {
    host.submit(operation_of("exit 1"), {.ignore_errors = true});
    host.submit(operation_of("exit 2"));
    host.submit(operation_of("echo no"));
    host.send("C\n");
    host.submit(operation_of("cd /; echo yes"));
    host.submit(operation_of("pwd; cat"));
  });
  EXPECT_EQ(words_of(answers), "failed failed skipped changed changed");
}

TEST_P(CommandsRunnerIn, SkipsForGoodAfterAnInterrupt) {
  const auto answers = same_answers(2, [](ShellHost& host) {
    kill(std::stoi(host.ready()[1]), SIGUSR1);
    host.submit(operation_of("echo no"));
    host.send("C\n");
    host.submit(operation_of("echo no"));
  });
  EXPECT_EQ(words_of(answers), "skipped skipped");
}

TEST_P(CommandsRunnerIn, HidesItsTokenFromWhatItRuns) {
  ShellHost host(GetParam().boot(), {}, RunnerKind::for_commands);
  host.submit(operation_of("set; env; umask"));
  const auto answer = host.answer();
  EXPECT_THAT(answer.output, Not(HasSubstr(host.token())));
  EXPECT_THAT(answer.output, testing::EndsWith("022\n"));
  EXPECT_THAT(answer.output, HasSubstr("LC_ALL=C\n"));
  const std::string pid = host.ready()[1];
  EXPECT_THAT(read_file("/proc/" + pid + "/cmdline"), Not(HasSubstr(host.token())));
}

}  // namespace
}  // namespace espresso

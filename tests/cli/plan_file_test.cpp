#include "command_line.h"

#include "cli/run_journal.h"
#include "report/journal_folder.h"

#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <sys/stat.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using ::testing::EndsWith;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

Answer told(const std::string& out, int status = 0) { return {.status = status, .out = out, .err = ""}; }

// Hosts that are shells of this machine, each with a file of its own.
class PlanFile : public ::testing::Test {
 protected:
  PlanFile() {
    here.write("inventory.yaml",
               "all: {vars: {connection: local, folder: " + fs::current_path().string() + "}, hosts: {a: , b: }}\n");
    here.write("stages.yaml", R"(stages:
  main:
    doc: A file for each.
    run:
      - fs.ensure_file: {path: "{{ folder }}/{{ host.name }}.txt", content: "new\n"}
        name: file of it
      - shell.run: {line: "echo {{ host.name }} >> ran", unless: "test -e {{ folder }}/skip"}
        name: line of it
)");
    here.write("a.txt", "old\n");
    here.write("b.txt", "old\n");
  }
  static Answer espresso(const std::vector<std::string>& words) {
    Answer answer = CommandLine::espresso(words);
    answer.out = std::regex_replace(answer.out, std::regex(R"(\d+\.\d\ds)"), "TIME");
    return answer;
  }
  static std::string read(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  CommandLine here;
};

TEST_F(PlanFile, IsAppliedWhereNothingHasChangedSince) {
  EXPECT_EQ(espresso({"plan", "main", "--out", "main.plan", "-f", "1"}),
            told(R"(would-change  a,b  main: file of it (content)
would-change  a,b  main: line of it (the unless does not succeed)

a,b  would-change 2
2 hosts in TIME, nothing was changed (check mode)
)"));
  EXPECT_EQ(read("a.txt"), "old\n");
  EXPECT_EQ(espresso({"apply", "main.plan"}), told(R"(changed  a,b  main: file of it (content)
changed  a,b  main: line of it (the unless does not succeed)

a,b  changed 2
2 hosts in TIME
)"));
  EXPECT_EQ(read("a.txt") + read("b.txt"), "new\nnew\n");
  EXPECT_THAT(CommandLine::espresso({"runs"}).out, EndsWith("  espresso apply main.plan\n"));
}

TEST_F(PlanFile, IsForItsOwnerOnly) {
  espresso({"plan", "main", "--out", "main.plan"});
  struct stat status {};
  ASSERT_EQ(::stat("main.plan", &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(PlanFile, StopsAtHostsThatHaveDrifted) {
  espresso({"plan", "main", "--out", "main.plan", "-f", "1"});
  here.write("b.txt", "someone else's\n");
  EXPECT_EQ(espresso({"apply", "main.plan"}), told(R"(changed  a  main: file of it (content)
changed  a  main: line of it (the unless does not succeed)
failed  b  not as planned: main: file of it would change other lines than planned
    hint: look at what differs, and plan again

a  changed 2
b  failed  not as planned: main: file of it would change other lines than planned
2 hosts in TIME
)",
                                                   2));
  EXPECT_EQ(read("a.txt") + read("b.txt"), "new\nsomeone else's\n");
  EXPECT_EQ(read("ran"), "a\n");
}

TEST_F(PlanFile, StopsWhereWhatWasPlannedIsDone) {
  espresso({"plan", "main", "--out", "main.plan", "-f", "1"});
  EXPECT_EQ(espresso({"apply", "main.plan", "-q"}).status, 0);
  EXPECT_EQ(espresso({"apply", "main.plan", "-q"}),
            told(R"(failed  a  not as planned: main: file of it is ok now, planned was would-change
    hint: look at what differs, and plan again
failed  b  not as planned: main: file of it is ok now, planned was would-change
)",
                 2));
  EXPECT_EQ(read("ran"), "a\nb\n");
}

TEST_F(PlanFile, DoesNotLetStagesGoOnThatRequireADriftedHost) {
  here.write("stages.yaml", R"(stages:
  first: {doc: F., hosts: a, run: [fs.ensure_file: {path: "{{ folder }}/a.txt", content: "new\n"}]}
  main: {doc: M., hosts: b, requires: first, run: [fs.ensure_file: {path: "{{ folder }}/b.txt", content: "new\n"}]}
)");
  espresso({"plan", "main", "--out", "main.plan"});
  here.write("a.txt", "other\n");
  EXPECT_THAT(espresso({"apply", "main.plan"}).out, HasSubstr("requires 'first', which did not succeed on a"));
  EXPECT_EQ(read("b.txt"), "old\n");
}

TEST_F(PlanFile, LeavesOutHostsThatItDoesNotHold) {
  espresso({"plan", "main", "--out", "main.plan", "--hosts", "a:b"});
  here.write("inventory.yaml",
             "all: {vars: {connection: local, folder: " + fs::current_path().string() + "}, hosts: {a: , b: , c: }}\n");
  EXPECT_THAT(espresso({"apply", "main.plan", "--exclude", "b"}).out,
              HasSubstr("note: b: in the plan, but not selected\n"));
  EXPECT_EQ(read("a.txt") + read("b.txt"), "new\nold\n");
}

TEST_F(PlanFile, IsCheckedOnlyWhereThatIsWanted) {
  espresso({"plan", "main", "--out", "main.plan"});
  EXPECT_EQ(espresso({"apply", "main.plan", "-C"}).status, 0);
  EXPECT_EQ(read("a.txt"), "old\n");
}

TEST_F(PlanFile, HoldsNoSecret) {
  const Answer answer = espresso({"plan", "main", "--out", "main.plan", "-e", "password=hunter22"});
  EXPECT_EQ(answer, (Answer{.status = 5,
                            .out = "",
                            .err = "error: a secret stands in the words of the command line, which no plan holds\n"
                                   "hint: give it with -e @FILE, or with !secret\n"}));
  EXPECT_FALSE(fs::exists("main.plan"));
}

TEST_F(PlanFile, ThatIsNoneIsRefused) {
  here.write("main.plan", "hello\n");
  EXPECT_EQ(espresso({"apply", "main.plan"}),
            (Answer{.status = 5,
                    .out = "",
                    .err = "error: 'main.plan' is no plan\nhint: write one with 'espresso plan STAGE --out FILE'\n"}));
  EXPECT_EQ(espresso({"apply", "none.plan"}),
            (Answer{.status = 5, .out = "", .err = "error: cannot read 'none.plan': No such file or directory\n"}));
}

TEST_F(PlanFile, IsNotResumed) {
  espresso({"plan", "main", "--out", "main.plan"});
  here.write("b.txt", "other\n");
  espresso({"apply", "main.plan"});
  EXPECT_EQ(espresso({"resume"}), (Answer{.status = 5,
                                          .out = "",
                                          .err = "error: what applied a plan cannot be resumed\n"
                                                 "hint: plan again, from where it stopped\n"}));
}

}  // namespace
}  // namespace espresso

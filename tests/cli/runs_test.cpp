#include "command_line.h"

#include "cli/run_journal.h"
#include "report/journal_folder.h"

#include <gmock/gmock.h>

#include <fstream>
#include <csignal>
#include <regex>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using ::testing::ElementsAre;
using testing::Environment;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace fs = std::filesystem;

// With what differs each time told by name.
std::string steady(std::string text) {
  const std::vector<std::pair<std::string, std::string>> names = {{R"(\d{8}-\d{6}-\d{3})", "ID"},
                                                                  {R"(\d+\.\d\ds)", "TIME"},
                                                                  {R"(\d{4}-\d\d-\d\dT[0-9:.]+Z)", "THEN"},
                                                                  {R"(in /\S+, by \S+,)", "in HERE, by ME,"},
                                                                  {R"(\(in /[^)]*\))", "(in THERE)"}};
  for (const auto& [pattern, name] : names) text = std::regex_replace(text, std::regex(pattern), name);
  return text;
}

Answer told(const std::string& out, int status = 0) { return {.status = status, .out = out, .err = ""}; }
Answer refused(const std::string& err) { return {.status = 5, .out = "", .err = err}; }

// Hosts that are shells of this machine. `base` says that it ran; `main` fails where there is a file named as the host.
class Runs : public ::testing::Test {
 protected:
  Runs() {
    here.write("inventory.yaml", "all: {vars: {connection: local}, hosts: {a: , b: }}\n");
    here.write("stages.yaml", stages);
  }
  static Answer espresso(std::vector<std::string> words) {
    Answer answer = CommandLine::espresso(words);
    answer.out = steady(answer.out);
    return answer;
  }
  static std::vector<std::string> ids() { return journal_ids(runs_folder()); }
  /// As if the program had been killed before the run was over: without the last lines.
  static void cut(const std::string& id, std::size_t lines) {
    const fs::path path = runs_folder() / (id + ".jsonl");
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    for (; lines > 0; --lines) text.erase(text.rfind('\n', text.size() - 2) + 1);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text << R"({"event":"operati)";
  }
  static std::string read(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  CommandLine here;
  static constexpr const char* stages = R"(stages:
  base:
    doc: What all have.
    run: [{shell.run: "echo {{ host.name }} >> based", name: base of it}]
  main:
    doc: What fails.
    requires: base
    run: [{shell.run: "echo {{ host.name }} >> done; test ! -e bad-{{ host.name }}", name: main of it}]
)";
};

TEST_F(Runs, AreListedTheLatestFirst) {
  EXPECT_EQ(espresso({"runs"}), told(""));
  here.write("bad-b", "");
  espresso({"run", "main"});
  espresso({"check", "main", "--hosts", "a"});
  espresso({"exec", "echo \"it's\"", "--hosts", "a"});
  EXPECT_EQ(espresso({"runs"}),
            told("ID  changed  TIME  changed 1            espresso exec 'echo \"it'\\''s\"' --hosts a\n"
                 "ID  unknown  TIME  unknown 1            espresso check main --hosts a\n"
                 "ID  failed   TIME  failed 1, changed 1  espresso run main\n"));
}

TEST_F(Runs, OfOtherFoldersSayWhere) {
  espresso({"run", "main", "--hosts", "a"});
  const std::string state = runs_folder().parent_path().parent_path();
  const CommandLine elsewhere;
  const Environment of_both("XDG_STATE_HOME", state);
  EXPECT_EQ(espresso({"runs"}), told("ID  changed  TIME  changed 1  espresso run main --hosts a  (in THERE)\n"));
  EXPECT_THAT(espresso({"runs", "show"}).err, HasSubstr("no run from this folder is recorded"));
}

TEST_F(Runs, AreShownWithOperationsTimesAndDiffs) {
  here.write("files/motd", "new\n");
  here.write("motd", "old\n");
  here.write("stages.yaml", std::string(stages) + R"(  file:
    doc: A file.
    run: [fs.ensure_file: {path: "{{ folder }}/motd", source: motd}]
)");
  espresso({"run", "file", "main", "-D", "-e", "folder=" + fs::current_path().string(), "--hosts", "a"});
  const std::string folder = fs::current_path().string();
  EXPECT_EQ(espresso({"runs", "show"}), told("ID  changed  changed 1  TIME\n"
                                             "espresso run file main -D -e folder=" +
                                             folder +
                                             " --hosts a\n"
                                             "  in HERE, by ME, at THEN, with espresso 0.1.0\n"
                                             "\n"
                                             "a  changed  TIME\n"
                                             "  changed  file: fs.ensure_file " +
                                             folder +
                                             "/motd (content)  TIME\n"
                                             "    --- " +
                                             folder +
                                             "/motd (before)\n"
                                             "    +++ " +
                                             folder +
                                             "/motd (after)\n"
                                             "    @@ -1 +1 @@\n"
                                             "    -old\n"
                                             "    +new\n"
                                             "  changed  base: base of it  TIME\n"
                                             "  changed  main: main of it  TIME\n"));
}

TEST_F(Runs, AreShownForSomeHosts) {
  here.write("bad-b", "");
  espresso({"run", "main"});
  EXPECT_THAT(espresso({"runs", "show", "last", "b*"}).out,
              ::testing::EndsWith("\n"
                                  "b  failed  TIME\n"
                                  "  changed  base: base of it  TIME\n"
                                  "  failed  main: main of it: exited 1  TIME\n"
                                  "    at stages.yaml:8:12\n"
                                  "    exit status 1\n"));
  EXPECT_EQ(espresso({"runs", "show", ids().front(), "c"}),
            refused("error: run " + ids().front() + " has no host 'c'\nhint: name some of its hosts, or globs\n"));
}

TEST_F(Runs, AreToldAsTheLinesThatWereWritten) {
  espresso({"run", "base"});
  const Answer all = CommandLine::espresso({"runs", "show", "--format", "json"});
  EXPECT_EQ(all.out, read((runs_folder() / (ids().front() + ".jsonl")).string()));
  const Answer some = CommandLine::espresso({"runs", "show", "last", "a", "--format", "json"});
  EXPECT_THAT(some.out, HasSubstr(R"("host":"a")"));
  EXPECT_THAT(some.out, Not(HasSubstr(R"("host":"b")")));
}

TEST_F(Runs, ThatWereKilledSaySo) {
  espresso({"run", "main", "-f", "1"});
  cut(ids().front(), 3);  // b's stage and end, and that of the run
  EXPECT_EQ(espresso({"runs"}), told("ID  killed    unfinished 1, changed 1  espresso run main -f 1\n"));
  EXPECT_THAT(espresso({"runs", "show", "last", "b"}).out, ::testing::EndsWith("\n"
                                                                               "b  unfinished  in stage 'main'\n"
                                                                               "  changed  base: base of it  TIME\n"
                                                                               "  changed  main: main of it  TIME\n"));
}

TEST_F(Runs, ThatAreKilledHoldAllThatWasToldAndAreGoneOnWith) {
  here.write("stages.yaml", R"(stages:
  base: {doc: B., run: [{shell.run: "echo once >> based"}]}
  main: {doc: M., requires: base, run: [{shell.run: "test -e quick || { echo > ready; cat go; }"}]}
)");
  ASSERT_EQ(::mkfifo("ready", 0600) + ::mkfifo("go", 0600), 0);
  const pid_t program = ::fork();
  if (program == 0) {
    ::execl(ESPRESSO_PROGRAM, "espresso", "run", "main", "--hosts", "a", "-q", nullptr);
    ::_exit(127);
  }
  read("ready");  // it is in the middle of main
  EXPECT_THAT(espresso({"runs"}).out, HasSubstr("ID  running    unfinished 1  espresso run main"));
  EXPECT_EQ(espresso({"resume"}), refused("error: run " + ids().front() +
                                          " is not over yet\n"
                                          "hint: wait for it, or interrupt it\n"));
  ::kill(program, SIGKILL);
  ::waitpid(program, nullptr, 0);
  std::fstream("go", std::ios::in | std::ios::out) << "on\n";  // what it had begun ends
  EXPECT_THAT(espresso({"runs"}).out, HasSubstr("ID  killed    unfinished 1  espresso run main"));
  here.write("quick", "");
  EXPECT_THAT(espresso({"resume"}).out, HasSubstr(", which was cut off\n"));
  EXPECT_THAT(espresso({"runs"}).out, HasSubstr("ID  changed  TIME  changed 1     espresso run main"));
  EXPECT_EQ(read("based"), "once\n");
}

TEST_F(Runs, AreNotRecordedWhereThatIsNotWanted) {
  espresso({"run", "base", "--no-journal"});
  espresso({"facts", "--only", "os"});
  espresso({"plan", "main"});
  EXPECT_THAT(ids(), IsEmpty());
}

TEST_F(Runs, ThatMistakesKeptFromTheirHostsAreNotRecorded) {
  espresso({"run", "mian"});
  EXPECT_THAT(ids(), IsEmpty());
}

TEST_F(Runs, ArePruned) {
  for (int i = 0; i < 3; ++i) espresso({"run", "base", "--hosts", "a"});
  const auto before = ids();
  EXPECT_EQ(espresso({"runs", "prune", "--keep-runs", "2"}), told("1 removed, 2 kept\n"));
  EXPECT_THAT(ids(), ElementsAre(before[0], before[1]));
  espresso({"run", "base", "--hosts", "a", "--keep-runs", "1"});
  EXPECT_EQ(ids().size(), 1U);
}

TEST_F(Runs, AreFoundByTheBeginningOfTheirIds) {
  EXPECT_EQ(espresso({"runs", "show"}),
            refused("error: no run from this folder is recorded\nhint: see 'espresso runs' for those there are\n"));
  espresso({"run", "base"});
  espresso({"run", "base", "-C"});
  EXPECT_THAT(espresso({"runs", "show", ids().back()}).out, HasSubstr("espresso run base\n"));
  EXPECT_EQ(espresso({"runs", "show", "2"}), refused("espresso runs show:1:1: error: '2' begins the IDs of 2 runs\n"
                                                     "  1 | 2\n"
                                                     "    | ^\n"
                                                     "hint: give more of the ID, or 'last'\n"));
  EXPECT_EQ(espresso({"runs", "show", "x"}), refused("espresso runs show:1:1: error: there is no run 'x'\n"
                                                     "  1 | x\n"
                                                     "    | ^\n"
                                                     "hint: see 'espresso runs' for those there are\n"));
  EXPECT_EQ(espresso({"runs", "shwo"}),
            refused("error: 'runs' takes list, show, prune, not 'shwo'\nhint: did you mean 'show'?\n"));
}

TEST_F(Runs, HoldNoSecretOfTheirWords) {
  espresso({"exec", "true", "--hosts", "a", "-e", "password=hunter22"});
  EXPECT_THAT(read((runs_folder() / (ids().front() + ".jsonl")).string()), Not(HasSubstr("hunter22")));
  EXPECT_EQ(espresso({"resume"}).status, 0) << "nothing is left of it";
  cut(ids().front(), 2);
  EXPECT_EQ(espresso({"resume"}),
            refused("error: a secret stood in the words of run " + ids().front() +
                    ", which its journal does not hold\nhint: give the words again, with --rerun unfinished\n"));
}

TEST_F(Runs, AreResumedOnHostsThatAreNotThroughAndFromTheirUnfinishedStages) {
  here.write("bad-b", "");
  EXPECT_EQ(espresso({"run", "main", "-f", "1"}).status, 2);
  fs::remove("bad-b");
  const Answer resumed = espresso({"resume"});
  EXPECT_EQ(resumed, told("changed  b  main: main of it\n\nb  changed 1\n1 host in TIME\n"));
  EXPECT_EQ(read("based"), "a\nb\n");
  EXPECT_EQ(read("done"), "a\nb\nb\n");
  EXPECT_THAT(espresso({"runs", "show"}).out, HasSubstr("  goes on with ID\n"));
  EXPECT_EQ(espresso({"resume"}), told("nothing is left of run ID: all hosts are through\n"));
}

TEST_F(Runs, InWhichNoSignalWasRaisedLeaveNothing) {
  here.write("stages.yaml", R"(stages:
  main: {doc: M., run: [{shell.run: {line: 'true', creates: /}, signal: done}]}
  after: {doc: A., on: done, run: [{shell.run: 'false'}]}
)");
  EXPECT_EQ(espresso({"run", "main"}).status, 0);
  EXPECT_EQ(espresso({"resume"}), told("nothing is left of run ID: all hosts are through\n"));
}

TEST_F(Runs, AreResumedWithTheTagsThatTheyHad) {
  here.write("stages.yaml", R"(stages:
  main:
    doc: M.
    run:
      - {name: one, shell.run: 'true', tags: one}
      - {name: two, shell.run: 'test ! -e bad-{{ host.name }}', tags: two}
      - {name: three, shell.run: 'echo >> three'}
)");
  here.write("bad-b", "");
  EXPECT_EQ(espresso({"run", "main", "--tags", "one,two"}).status, 2);
  fs::remove("bad-b");
  EXPECT_EQ(espresso({"resume"}),
            told("changed  b  main: one\nchanged  b  main: two\n\nb  changed 2\n1 host in TIME\n"));
  EXPECT_EQ(espresso({"plan", "main", "--tags", "two", "--out", "main.plan"}).status, 0);
  EXPECT_THAT(espresso({"apply", "main.plan"}).out,
              ::testing::EndsWith("  main: two\n\na,b  changed 1\n2 hosts in TIME\n"));
  EXPECT_FALSE(fs::exists("three"));
}

TEST_F(Runs, ThatWereResumedAreResumedAgain) {
  here.write("bad-b", "");
  espresso({"run", "main", "-f", "1"});
  EXPECT_EQ(espresso({"resume"}).status, 2);
  EXPECT_EQ(espresso({"resume", "-q"}).status, 2);
  EXPECT_EQ(read("based"), "a\nb\n") << "stages that were through at first are not gone through again";
  EXPECT_EQ(read("done"), "a\nb\nb\nb\n");
}

TEST_F(Runs, OfFilesThatHaveChangedAreResumedFromTheBeginning) {
  here.write("bad-b", "");
  espresso({"run", "main", "-f", "1"});
  here.write("stages.yaml", std::string(stages) + "# changed\n");
  espresso({"resume"});
  EXPECT_EQ(read("based"), "a\nb\nb\n");
}

TEST_F(Runs, ThatRegisterResultsForLaterStagesAreGoneThroughAgain) {
  here.write("stages.yaml", R"(stages:
  base: {doc: B., run: [{shell.run: "echo x >> based; echo told", register: base}]}
  main: {doc: M., requires: base, run: [{shell.run: "echo {{ base.stdout }} >> done; test ! -e bad"}]}
)");
  here.write("bad", "");
  espresso({"run", "main", "--hosts", "a"});
  fs::remove("bad");
  EXPECT_EQ(espresso({"resume"}).status, 0);
  EXPECT_EQ(read("based"), "x\nx\n");
  EXPECT_EQ(read("done"), "told\ntold\n");
}

TEST_F(Runs, AreResumedInTheFolderWhereTheyWereStarted) {
  here.write("bad-b", "");
  espresso({"run", "main", "-f", "1"});
  fs::remove("bad-b");
  const std::string id = ids().front();
  const fs::path before = fs::current_path();
  fs::create_directory("sub");
  fs::current_path("sub");
  EXPECT_EQ(espresso({"-v", "resume", id.substr(0, 18)}).status, 0);
  EXPECT_EQ(fs::current_path(), before / "sub");
  fs::current_path(before);
  EXPECT_EQ(read("done"), "a\nb\nb\n");
}

TEST_F(Runs, AreRerunOnHostsThatEndedSo) {
  here.write("bad-b", "");
  espresso({"run", "main", "-f", "1"});
  const std::string first = ids().front();
  espresso({"exec", "true", "--rerun", "failed"});
  EXPECT_THAT(espresso({"runs", "show"}).out, HasSubstr("\nb  changed"));
  EXPECT_THAT(espresso({"runs", "show"}).out, Not(HasSubstr("\na  changed")));
  EXPECT_EQ(espresso({"inventory", "--rerun", "changed,unreachable@" + first}), told("a\n"));
  EXPECT_EQ(espresso({"inventory", "--rerun", "unfinished@" + first}), told("b\n"));
}

TEST_F(Runs, AreRerunOnNoHostOnlyByMistake) {
  EXPECT_EQ(espresso({"run", "main", "--rerun", "failed"}),
            refused("error: no run from this folder is recorded\nhint: see 'espresso runs' for those there are\n"));
  espresso({"run", "base"});
  const std::string id = ids().front();
  EXPECT_EQ(espresso({"run", "main", "--rerun", "failed"}), refused("--rerun:1:1: error: no host of run " + id +
                                                                    " ended so\n"
                                                                    "  1 | failed\n"
                                                                    "    | ^^^^^^\n"
                                                                    "hint: see 'espresso runs show " +
                                                                    id + "'\n"));
  EXPECT_EQ(espresso({"run", "main", "--rerun", "faild"}),
            refused("--rerun:1:1: error: '--rerun' takes failed, unreachable, changed, unfinished, not 'faild'\n"
                    "  1 | faild\n"
                    "    | ^^^^^\n"
                    "hint: did you mean 'failed'?\n"));
  espresso({"run", "base", "--hosts", "a"});
  EXPECT_EQ(espresso({"run", "main", "--rerun", "changed", "--hosts", "b"}),
            refused("error: none of the selected hosts is one of those of run " + ids().front() +
                    ": a\nhint: select some of these\n"));
}

}  // namespace
}  // namespace espresso

#include "command_line.h"

#include "core/text.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using ::testing::EndsWith;
using testing::Environment;
using ::testing::HasSubstr;
using ::testing::Not;

Answer refused(const std::string& err) { return {.status = 5, .out = "", .err = err}; }

TEST(Words, UnknownOnesAreToldWithTheNearest) {
  EXPECT_EQ(CommandLine::espresso({"rnu", "main"}),
            refused("error: unknown command 'rnu'\nhint: did you mean 'run'?\n"));
  EXPECT_EQ(CommandLine::espresso({"run", "main", "--hsots=web"}),
            refused("error: unknown option '--hsots'\nhint: did you mean '--hosts'?\n"));
  EXPECT_EQ(CommandLine::espresso({"run", "main", "-z", "3"}),
            refused("error: unknown option '-z'\nhint: see espresso run --help\n"));
  EXPECT_EQ(CommandLine::espresso({"version", "now"}),
            refused("error: 'now' is one word too many\nhint: see espresso version --help\n"));
  EXPECT_EQ(
      CommandLine::espresso({"inventory", "grpah"}),
      refused("error: 'inventory' takes list, graph, show or export, not 'grpah'\nhint: did you mean 'graph'?\n"));
}

TEST(Words, MissingOnesAreTold) {
  EXPECT_EQ(CommandLine::espresso({}), refused("error: no command is given\nhint: see espresso --help\n"));
  EXPECT_EQ(CommandLine::espresso({"run"}),
            refused("error: 'espresso run' needs a STAGE\nhint: see espresso run --help\n"));
  EXPECT_EQ(CommandLine::espresso({"exec"}),
            refused("error: 'espresso exec' needs a COMMAND\nhint: see espresso exec --help\n"));
  EXPECT_EQ(CommandLine::espresso({"run", "main", "--hosts"}),
            refused("error: '--hosts' needs a value\nhint: see espresso run --help\n"));
  EXPECT_EQ(CommandLine::espresso({"inventory", "show"}),
            refused("error: 'inventory show' needs a host\nhint: name one, or a pattern\n"));
}

TEST(Words, ValuesThatNoOptionTakesAreTold) {
  EXPECT_EQ(CommandLine::espresso({"run", "main", "--forks", "many"}),
            refused("error: '--forks' takes a number from 0 to 1000000, not 'many'\nhint: see espresso run --help\n"));
  EXPECT_EQ(CommandLine::espresso({"run", "main", "--port=0"}),
            refused("error: '--port' takes a number from 1 to 65535, not '0'\nhint: see espresso run --help\n"));
  EXPECT_EQ(
      CommandLine::espresso({"run", "main", "--host-key-check=no"}),
      refused(
          "error: '--host-key-check' takes strict, ask, accept-new, off, not 'no'\nhint: see espresso run --help\n"));
  EXPECT_EQ(CommandLine::espresso({"run", "main", "-S", "a", "-S", "b"}),
            refused("error: '--stages' is given more than once\nhint: see espresso run --help\n"));
  EXPECT_EQ(CommandLine::espresso({"plan", "main", "--format", "markdown"}),
            refused("error: 'espresso plan' cannot answer as markdown\nhint: choose --format text or json\n"));
  EXPECT_EQ(CommandLine::espresso({"exec", "uptime", "--run=main"}),
            refused("error: '--run' and the command 'exec' do not go together\nhint: leave out one of them\n"));
}

TEST(Words, ThatChooseOfStagesAreRefusedWhereThereAreNone) {
  EXPECT_EQ(CommandLine::espresso({"exec", "uptime", "--tags", "web"}),
            refused("error: '--tags' is about stages, and 'espresso exec' takes none\nhint: leave it out\n"));
  EXPECT_EQ(CommandLine::espresso({"--step", "do", "dpkg.update"}),
            refused("error: '--step' is about stages, and 'espresso do' takes none\nhint: leave it out\n"));
}

TEST(Words, OfSignalsAreChecked) {
  EXPECT_EQ(CommandLine::espresso({"signals", "dorp"}),
            refused("error: 'signals' takes list or drop, not 'dorp'\nhint: did you mean 'drop'?\n"));
  EXPECT_EQ(CommandLine::espresso({"signals", "drop"}),
            refused("error: 'signals drop' needs the name of a signal, or --all\n"
                    "hint: see 'espresso signals list' for those there are\n"));
  EXPECT_EQ(CommandLine::espresso({"signals", "drop", "a b"}),
            refused("error: 'a b' cannot be the name of a signal\n"
                    "hint: see 'espresso signals list' for those there are\n"));
  EXPECT_EQ(CommandLine::espresso({"signals", "drop", "a", "--all"}),
            refused("error: '--all' and names do not go together\nhint: leave out one of them\n"));
  EXPECT_EQ(CommandLine::espresso({"signals", "--all"}),
            refused("error: '--all' is for 'signals drop'\nhint: leave it out\n"));
}

TEST(Words, AWrongValueOfTheEnvironmentIsToldWithItsName) {
  const Environment format("ESPRESSO_FORMAT", "xml");
  EXPECT_EQ(CommandLine::espresso({"run", "main"}),
            refused("error: '--format' takes text, json, markdown, man, dot, svg, not 'xml'\n"
                    "hint: see espresso --help, and what ESPRESSO_FORMAT holds\n"));
}

TEST(Words, OptionsMayStandBeforeAndAfterTheCommand) {
  const CommandLine here;
  for (const auto& words : std::vector<std::vector<std::string>>{{"inventory", "-i", "a,b", "--hosts", "b"},
                                                                 {"-i", "a,b", "--hosts", "b", "inventory"},
                                                                 {"-i", "a,b", "inventory", "list", "-l", "b"},
                                                                 {"--inventory=a,b", "inventory", "--limit=b"}}) {
    EXPECT_EQ(here.espresso(words), (Answer{.status = 0, .out = "b\n", .err = ""}));
  }
}

TEST(Words, RepeatableOptionsAreOneValueALineInTheEnvironment) {
  const CommandLine here;
  here.write("one.yaml", "all: {hosts: {a: }}\n");
  here.write("two.yaml", "all: {hosts: {b: }}\n");
  const Environment inventories("ESPRESSO_INVENTORY", "one.yaml\ntwo.yaml\n");
  const Environment set("ESPRESSO_SET", "x=1\ny=a b");
  EXPECT_EQ(here.espresso({"inventory", "show", "b"}).out, "b\n  groups: ungrouped\n  x: 1  # -e\n  y: a b  # -e\n");
  EXPECT_EQ(here.espresso({"inventory", "-i", "c,"}).out, "c\n");
}

TEST(Words, InBracketsAreNoLists) {
  const CommandLine here;
  EXPECT_EQ(here.espresso({"exec", "-C", "[ -e /x ]", "-i", "a,", "--hosts", "[b]"}).err,
            "--hosts:1:1: error: pattern '[b]' names no host or group\n"
            "  1 | [b]\n"
            "    | ^^^\n");
  EXPECT_EQ(here.espresso({"inventory", "--hosts", "[2001:db8::1]"}).out, "2001:db8::1\n");
}

TEST(Help, OfTheProgramNamesAllCommandsAndEndsInTheExitStatuses) {
  const Answer answer = CommandLine::espresso({"--help"});
  EXPECT_EQ(answer.status, 0);
  for (const char* command : {"run", "check", "plan", "exec", "do", "inventory", "doc", "version"})
    EXPECT_THAT(answer.out, HasSubstr("\n  " + std::string(command) + " "));
  EXPECT_THAT(answer.out, EndsWith("\n" + exit_status_help()));
}

TEST(Help, OfACommandShowsItsWordsAndTheOptionsOfUseToIt) {
  const Answer run = CommandLine::espresso({"run", "--help"});
  EXPECT_THAT(run.out,
              ::testing::StartsWith("Carry out stages on hosts, after all they require\n"
                                    "\n"
                                    "USAGE\n"
                                    "  espresso run STAGE… [OPTIONS]\n"
                                    "\n"
                                    "  STAGE…                      Stages to carry out, after all they require\n"
                                    "\n"
                                    "EXAMPLES\n"));
  EXPECT_THAT(run.out, HasSubstr("--host-key-check MODE"));
  EXPECT_THAT(run.out, EndsWith("\n" + exit_status_help()));
  const Answer inventory = CommandLine::espresso({"inventory", "-h"});
  EXPECT_THAT(inventory.out, HasSubstr("\n  espresso inventory [WHAT] [HOST…] [OPTIONS]\n"));
  EXPECT_THAT(inventory.out, Not(HasSubstr("--host-key-check MODE")));
  EXPECT_EQ(CommandLine::espresso({"help", "run"}).out, run.out);
  EXPECT_THAT(CommandLine::espresso({"facts", "-h"}).out, HasSubstr("\nOPTIONS\n  --only NAME "));
}

TEST(Help, FitsTheTerminal) {
  std::istringstream lines(CommandLine::espresso({"--help"}).out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80u) << line;
}

TEST(Version, IsAnOptionAndACommand) {
  EXPECT_EQ(CommandLine::espresso({"--version"}), CommandLine::espresso({"version"}));
}

}  // namespace
}  // namespace espresso

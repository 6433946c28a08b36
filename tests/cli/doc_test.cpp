#include "command_line.h"

#include "cli/page.h"
#include "core/text.h"
#include "model/value.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using ::testing::HasSubstr;
using ::testing::Not;

Answer answered(const std::string& out) { return {.status = 0, .out = out, .err = {}}; }
Answer refused(const std::string& err) { return {.status = 5, .out = {}, .err = err}; }

const char* const two_stages = R"(stages:
  base:
    doc: |
      The base of all,
      on two lines.

      And more.
    run:
      - dpkg.ensure_installed: [hello, tree]
        when: facts.os.id == "debian"
      - fs.ensure_file: {content: "{{ item }}", path: "/etc/{{ item }}"}
        for_each: [a, b]
      - fs.ensure_file: {path: /etc/key, content: k}
        sensitive: true
  main: {doc: All., requires: base, hosts: web}
)";

TEST(Doc, OfFunctionsIsThatOfExpressions) {
  const CommandLine here;
  const Answer functions = here.espresso({"doc", "functions"});
  EXPECT_EQ(functions, here.espresso({"doc", "expressions"}));
  EXPECT_THAT(functions.out, HasSubstr("join("));
}

TEST(Doc, ListsWhatThereIs) {
  const CommandLine here;
  here.write("stages.yaml", two_stages);
  here.write("config/web.yaml", "port: 80\nname: a\n");
  const std::string out = here.espresso({"doc"}).out;
  EXPECT_THAT(out, ::testing::StartsWith("STAGES\n"
                                         "  base  The base of all, on two lines.\n"
                                         "  main  All. (requires base)\n"
                                         "\n"
                                         "HELPERS\n"));
  EXPECT_THAT(out, HasSubstr("\nCONFIGURATION\n  config.web  Settings of config/web.yaml\n\nTOPICS\n  commands "));
  EXPECT_THAT(out, Not(HasSubstr("\nFUNCTIONS")));
}

TEST(Doc, ShowsWhoNeedsAStageAndWhatItRuns) {
  const CommandLine here;
  here.write("stages.yaml", two_stages);
  EXPECT_EQ(here.espresso({"doc", "base"}), answered(R"(base

The base of all, on two lines.

And more.

REQUIRED BY
  main

RUNS
  dpkg.ensure_installed [hello, tree], when facts.os.id == "debian"
  fs.ensure_file /etc/{{ item }}, for each of [a, b]
  fs.ensure_file
)"));
}

TEST(Doc, ExplainsWhateverHasAName) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {facts: {doc: A stage that is named like a topic.}}\n");
  here.write("config/web.yaml", "http: {port: 80}\nname: a\n");
  EXPECT_EQ(here.espresso({"doc", "config.web"}), answered("config.web: Settings of config/web.yaml\n"
                                                           "\n"
                                                           "  config.web.http.port  integer\n"
                                                           "  config.web.name       string\n"));
  EXPECT_EQ(here.espresso({"doc", "port"}),
            answered("port: The port of sshd.\n\nAlso as ansible_port and ansible_ssh_port.\n"));
  EXPECT_EQ(here.espresso({"doc", "facts.os.id"}).status, 0);
  EXPECT_THAT(here.espresso({"doc", "facts.os"}).out, ::testing::StartsWith("  facts.os.id "));
  EXPECT_THAT(here.espresso({"doc", "join"}).out, ::testing::StartsWith("join("));
  EXPECT_THAT(here.espresso({"doc", "ESPRESSO_FORKS"}).out, HasSubstr(" (--forks)\n"));
  const std::string facts = here.espresso({"doc", "facts"}).out;
  EXPECT_THAT(facts, ::testing::StartsWith("facts\n\nA stage that is named like a topic.\n"));
  EXPECT_THAT(facts, HasSubstr("\n\nFacts are what hosts say of themselves: "));
  for (const char* topic : {"commands", "configuration", "exit-status", "inventory", "stages", "types"})
    EXPECT_EQ(here.espresso({"doc", topic}).status, 0) << topic;
}

TEST(Doc, FindsWhatMentionsAWord) {
  const CommandLine here;
  here.write("stages.yaml", two_stages);
  EXPECT_EQ(here.espresso({"doc", "--search", "SETCAP"}),
            refused("error: nothing mentions 'SETCAP'\nhint: try another word, or part of it\n"));
  EXPECT_EQ(here.espresso({"doc", "--search", "on two Lines"}),
            answered("STAGES\n  base  The base of all, on two lines.\n"));
  EXPECT_THAT(here.espresso({"doc", "--search", "symbolic link leads"}).out,
              ::testing::StartsWith("HELPERS\n  fs.ensure_symlink "));
}

TEST(Doc, HelpsOnFromAWordThatIsNoName) {
  const CommandLine here;
  EXPECT_EQ(here.espresso({"doc", "fs.ensure_fil"}),
            refused("error: nothing is named 'fs.ensure_fil'\nhint: did you mean 'fs.ensure_file'?\n"));
  EXPECT_EQ(here.espresso({"doc", "daylight saving nonsense"}),
            refused("error: nothing is named 'daylight saving nonsense'\nhint: see espresso doc for all there are\n"));
  EXPECT_EQ(here.espresso({"doc", "sshd_config"}),
            refused("error: nothing is named 'sshd_config'\n"
                    "hint: see espresso doc --search sshd_config for where it is mentioned\n"));
  EXPECT_EQ(here.espresso({"doc", "fs", "--search", "file"}),
            refused("error: a TOPIC and '--search' do not go together\nhint: leave out one\n"));
}

TEST(Doc, AnswersAsJson) {
  const CommandLine here;
  here.write("helpers/my/flag.sh", R"(#: summary: A flag is raised.
#: parameters:
#:   path: {type: path, required: true, doc: Where.}
#:   color: {default: red, one_of: [red, green]}
#: main: path
check() { unknown "no idea"; }
apply() { :; }
)");
  here.write("stages.yaml", two_stages);
  EXPECT_EQ(to_json(parse_json(here.espresso({"doc", "my.flag", "--format", "json"}).out)),
            R"({"kind":"helper","name":"my.flag","summary":"A flag is raised.","doc":"","parameters":[)"
            R"({"name":"path","type":"path","required":true,"doc":"Where."},)"
            R"({"name":"color","type":"string","required":false,"default":"red","one_of":["red","green"],"doc":""}],)"
            R"("main":"path","check":"may be unknown","examples":[]})");
  const Value all = parse_json(here.espresso({"doc", "--format", "json"}).out);
  for (const char* key : {"stages", "helpers", "topics", "commands", "environment", "variables", "functions", "facts"})
    EXPECT_FALSE(all.as_map().find(key)->as_list().empty()) << key;
  EXPECT_EQ(to_json(*all.as_map().find("stages")->as_list()[1].as_map().find("requires")), R"(["base"])");
}

TEST(Doc, NamesTheVariablesOfTheEnvironmentThatAreRead) {
  std::set<std::string> read, told;
  const std::regex name("\"(ESPRESSO_[A-Z_]+)\"");
  std::ifstream file(ESPRESSO_SOURCE_DIR "/src/cli/options.cpp", std::ios::binary);
  const std::string source{std::istreambuf_iterator<char>(file), {}};
  for (std::sregex_iterator found(source.begin(), source.end(), name), end; found != end; ++found)
    read.insert((*found)[1]);
  const Value all = parse_json(CommandLine::espresso({"doc", "--format", "json"}).out);
  for (const auto& entry : all.as_map().find("environment")->as_list()) {
    const std::string& variable = entry.as_map().find("name")->as_string();
    if (variable.starts_with("ESPRESSO_")) told.insert(variable);
  }
  EXPECT_GT(read.size(), 20u);
  EXPECT_EQ(read, told);
}

TEST(Doc, IsColouredWhereThatIsWanted) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {main: {doc: All., requires: base}, base: {doc: Base.}}\n");
  EXPECT_EQ(here.espresso({"doc", "main", "--color", "always"}),
            answered("\x1b[1mmain\x1b[0m\n\nAll.\n\n\x1b[1mREQUIRES\x1b[0m\n  base\n"));
}

TEST(Doc, IsAManualPage) {
  const std::string page = CommandLine::espresso({"doc", "--format", "man"}).out;
  EXPECT_THAT(page, ::testing::StartsWith(".TH ESPRESSO 1\n.SH NAME\n"));
  EXPECT_THAT(page, HasSubstr("\n.SS espresso run STAGE…\n.PP\nCarry out stages on hosts"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB\\-f, \\-\\-forks N\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB99\\fR\ninterrupted"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fBESPRESSO_FORKS\\fR\n"));
  const std::set<std::string> macros = {".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi"};
  for (const auto& line : split(page, '\n')) {
    if (!line.starts_with('.')) continue;
    EXPECT_TRUE(macros.contains(line.substr(0, 3))) << line;
  }
  EXPECT_EQ(CommandLine::espresso({"doc", "fs", "--format", "man"}),
            refused("error: '--format man' is of all, not of a TOPIC\nhint: leave it out\n"));
}

TEST(Page, FillsParagraphsAndKeepsTheRest) {
  const Page page =
      Page()
          .title("name", "What it is.")
          .prose("one two three four five six seven eight nine\nten eleven twelve\n\n  kept\n  as it is\n- a")
          .items({{.name = "x", .traits = "t", .text = "About x."}})
          .table({"a", "b"}, {{"left", "right | left"}, {"empty", ""}});
  EXPECT_EQ(page.text(60, false),
            "name: What it is.\n"
            "\n"
            "one two three four five six seven eight nine ten eleven\n"
            "twelve\n"
            "\n"
            "  kept\n"
            "  as it is\n"
            "- a\n"
            "\n"
            "  x (t)\n"
            "      About x.\n"
            "\n"
            "  left   right | left\n"
            "  empty\n");
  EXPECT_EQ(page.markdown(),
            "# name\n"
            "\n"
            "What it is.\n"
            "\n"
            "one two three four five six seven eight nine\n"
            "ten eleven twelve\n"
            "\n"
            "  kept\n"
            "  as it is\n"
            "- a\n"
            "\n"
            "- `x` (t): About x.\n"
            "\n"
            "| a | b |\n"
            "|---|---|\n"
            "| `left` | right \\| left |\n"
            "| `empty` |  |\n");
}

}  // namespace
}  // namespace espresso

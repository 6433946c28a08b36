#include "command_line.h"

#include "core/text.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::CommandLine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Environment;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

/// The words that may stand in place of the last one.
std::vector<std::string> completed(std::vector<std::string> words) {
  words.insert(words.begin(), "__complete");
  std::vector<std::string> found;
  for (const auto& line : split(CommandLine::espresso(words).out, '\n')) {
    if (!line.empty()) found.push_back(line.substr(0, line.find('\t')));
  }
  return found;
}

TEST(Completion, KnowsCommandsAndTheirOptions) {
  const CommandLine here;
  EXPECT_THAT(completed({""}), Contains("run"));
  EXPECT_THAT(completed({""}), Not(Contains("__complete")));
  EXPECT_THAT(completed({"pl"}), ElementsAre("plan"));
  EXPECT_THAT(completed({"facts", "--on"}), ElementsAre("--only"));
  EXPECT_THAT(completed({"run", "--jum"}), ElementsAre("--jump"));
  EXPECT_THAT(completed({"doc", "--jum"}), IsEmpty());  // it connects to nothing
  EXPECT_THAT(completed({"exec", "--", "--jum"}), ElementsAre(":files"));
}

TEST(Completion, KnowsTheValuesOfOptions) {
  const CommandLine here;
  EXPECT_THAT(completed({"run", "--color", ""}), ElementsAre("auto", "always", "never"));
  EXPECT_THAT(completed({"run", "--color=a"}), ElementsAre("--color=auto", "--color=always"));
  EXPECT_THAT(completed({"run", "--format", ""}), ElementsAre("text", "json"));
  EXPECT_THAT(completed({"doc", "--format", "m"}), ElementsAre("markdown", "man"));
  EXPECT_THAT(completed({"run", "-CDi", ""}), ElementsAre(":files"));
  EXPECT_THAT(completed({"run", "--user", ""}), IsEmpty());
  EXPECT_THAT(completed({"inventory", ""}), ElementsAre("list", "graph", "show", "export"));
  EXPECT_THAT(completed({"completion", "z"}), ElementsAre("zsh"));
}

TEST(Completion, KnowsEarlierRuns) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {a: {connection: local}}}\n");
  CommandLine::espresso({"exec", "true"});
  EXPECT_THAT(completed({"resume", "2"}), ElementsAre(MatchesRegex("[0-9-]+")));
  EXPECT_THAT(completed({"runs", "show", "l"}), ElementsAre("last"));
  EXPECT_THAT(completed({"run", "--rerun", "failed,un"}), ElementsAre("failed,unreachable", "failed,unfinished"));
}

TEST(Completion, KnowsTheProjectThatTheWordsName) {
  const CommandLine here;
  here.write("s/stages.yaml", "stages: {setup: {doc: S.}, main: {doc: M.}, worse: {rum: []}}\n");
  here.write("hosts.yaml", "all: {children: {web: {hosts: {'w[1:2]': }}}}\n");
  EXPECT_THAT(completed({"run", "-S", "s/stages.yaml", "m"}), ElementsAre("main"));
  EXPECT_THAT(completed({"run", "-Ss/stages.yaml", "m"}), ElementsAre("main"));
  EXPECT_THAT(completed({"--stages=s", "plan", "setup", "m"}), ElementsAre("main"));
  EXPECT_THAT(completed({"run", "--hosts", "w", "-i", "hosts.yaml", "-l", "w"}), ElementsAre("web", "w1", "w2"));
  EXPECT_THAT(completed({"-i", "hosts.yaml", "inventory", "show", "web:!w"}),
              ElementsAre("web:!web", "web:!w1", "web:!w2"));
  const Environment stages("ESPRESSO_STAGES", "s"), inventory("ESPRESSO_INVENTORY", "hosts.yaml");
  EXPECT_THAT(completed({"run", "se"}), ElementsAre("setup"));
  EXPECT_THAT(completed({"facts", "w1"}), ElementsAre("w1"));
}

TEST(Completion, KnowsTags) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {main: {tags: web, run: [{shell.run: id, tags: [config, certs]}]}}\n");
  EXPECT_THAT(completed({"run", "main", "--tags", "web,c"}), ElementsAre("web,config", "web,certs"));
  EXPECT_THAT(completed({"run", "main", "--skip-tags=w"}), ElementsAre("--skip-tags=web"));
}

TEST(Completion, KnowsSignals) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {main: {signal: [conf, site]}, a: {on: conf}, b: {on: [conf, site]}}\n");
  EXPECT_THAT(completed({"signals", ""}), ElementsAre("list", "drop"));
  EXPECT_THAT(completed({"signals", "drop", ""}), ElementsAre("conf", "site"));
}

TEST(Completion, KnowsHelpersAndTheirParameters) {
  const CommandLine here;
  here.write("helpers/my/flag.sh",
             "#: summary: F.\n#: parameters:\n#:   color: {one_of: [red, green], doc: Which.}\n"
             "#:   up: {type: boolean, doc: Up.}\ncheck() { :; }\napply() { :; }\n");
  EXPECT_THAT(completed({"do", "my"}), ElementsAre("my.flag"));
  EXPECT_THAT(completed({"do", "my.flag", ""}), ElementsAre("color=", "up="));
  EXPECT_THAT(completed({"do", "my.flag", "color=r"}), ElementsAre("color=red"));
  EXPECT_THAT(completed({"do", "my.flag", "color=red", "up="}), ElementsAre("up=true", "up=false"));
  EXPECT_THAT(completed({"doc", "my"}), ElementsAre("my.flag"));
}

TEST(Completion, KnowsSettings) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {main: {doc: M.}}\n");
  here.write("config/web.yaml", "http: {port: 80, host: a}\n");
  here.write("config/other.yaml", "a: 1\n");
  EXPECT_THAT(completed({"config", "g"}), ElementsAre("get"));
  EXPECT_THAT(completed({"config", "get", "web.h"}), ElementsAre("web.http", "web.http.port", "web.http.host"));
  EXPECT_THAT(completed({"schema", "config", ""}), ElementsAre("other", "web"));
  EXPECT_THAT(completed({"schema", "stages", ""}), IsEmpty());
}

TEST(Completion, OpensNoSecrets) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {vars: {password: !secret {command: touch opened}}, hosts: {web1: }}\n");
  here.write("stages.yaml", "stages: {main: {doc: !secret {command: touch opened}}, other: {doc: O.}}\n");
  EXPECT_THAT(completed({"run", "m"}), ElementsAre("main"));
  EXPECT_THAT(completed({"run", "-l", "w"}), ElementsAre("web1"));
  EXPECT_FALSE(std::filesystem::exists("opened"));
}

TEST(Completion, IsSilentAboutWhatCannotBeRead) {
  const CommandLine here;
  here.write("inventory.yaml", "all: [\n");
  EXPECT_EQ(CommandLine::espresso({"__complete", "run", "-l", ""}), testing::Answer{});
  EXPECT_EQ(CommandLine::espresso({"__complete", "run", "-S", "none", ""}), testing::Answer{});
}

}  // namespace
}  // namespace espresso

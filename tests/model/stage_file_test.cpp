#include "model/stage_file.h"

#include "model/inventory.h"
#include "model/mistakes_of.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace espresso {
namespace {

using testing::ElementsAre;

class Calls : public Plan {
 public:
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override { all.push_back(std::move(call)); }
  std::vector<std::shared_ptr<const Call>> all;

 private:
  Host host_{};
};

std::shared_ptr<const Source> source(std::string text) {
  return std::make_shared<Source>(Source{"stages.yaml", std::move(text)});
}

std::string mistakes(std::string text) {
  Diagnostics diagnostics;
  parse_stages(source(std::move(text)), diagnostics);
  return shown(diagnostics);
}

/// The mistakes of one item of `run:`, which begins in column 10 of line 4.
std::string item_mistakes(const std::string& item) {
  return mistakes("stages:\n  a:\n    run:\n      - " + item + "\n");
}

std::vector<std::shared_ptr<const Call>> calls(const std::string& run) {
  Diagnostics diagnostics;
  const auto files = parse_stages(source("stages:\n  a:\n    run:\n" + run), diagnostics);
  diagnostics.throw_if_any();
  Calls plan;
  files.stages.find("a")->run(plan);
  return plan.all;
}

TEST(StageFile, DefinesStagesWithAllTheirParts) {
  Diagnostics diagnostics;
  const auto files = parse_stages(source("storage: [files, more]\n"
                                         "stages:\n"
                                         "  base:\n"
                                         "    doc: |\n"
                                         "      Why it is so.\n"
                                         "  web:\n"
                                         "    requires: [base]\n"
                                         "    hosts: web[1-5],!web3\n"
                                         "  all:\n"
                                         "    requires: web\n"),
                                  diagnostics);
  ASSERT_EQ(shown(diagnostics), "");
  EXPECT_THAT(files.stages.names(), ElementsAre("base", "web", "all"));
  EXPECT_EQ(files.stages.find("base")->doc(), "Why it is so.");
  EXPECT_EQ(files.stages.find("web")->hosts(), "web[1-5],!web3");
  EXPECT_EQ(files.stages.find("web")->hosts_span().location(), "stages.yaml:8:12");
  EXPECT_THAT(files.stages.find("web")->required(), ElementsAre("base"));
  EXPECT_THAT(files.stages.find("all")->required(), ElementsAre("web"));
  EXPECT_EQ(files.stages.find("all")->required_span(0).location(), "stages.yaml:10:15");
  ASSERT_EQ(files.storages.size(), 2U);
  EXPECT_EQ(files.storages[1].location, "more");
}

TEST(StageFile, TakesArgumentsAsMappingScalarListOrNothing) {
  const auto all = calls(
      "      - fs.ensure_file: {path: /a, mode: 0644}\n"
      "      - shell.run: nginx -t\n"
      "      - dpkg.ensure_installed: [a, b]\n"
      "      - dpkg.update:\n"
      "      - dpkg.update\n");
  ASSERT_EQ(all.size(), 5U);
  ASSERT_EQ(all[0]->arguments.size(), 2U);
  EXPECT_EQ(all[0]->arguments[1].name, "mode");
  EXPECT_EQ(all[0]->arguments[1].name_span.location(), "stages.yaml:4:36");
  EXPECT_EQ(all[0]->span.location(), "stages.yaml:4:9");
  ASSERT_EQ(all[1]->arguments.size(), 1U);
  EXPECT_EQ(all[1]->arguments[0].name, "");
  EXPECT_EQ(all[2]->arguments.size(), 1U);
  EXPECT_TRUE(all[3]->arguments.empty());
  EXPECT_EQ(all[4]->helper, "dpkg.update");
  EXPECT_TRUE(all[4]->arguments.empty());
}

TEST(StageFile, ReadsWhatStandsBesideTheHelper) {
  const auto all = calls(
      "      - name: test the configuration\n"
      "        shell.run: nginx -t\n"
      "        when: facts.os.id == \"debian\"\n"
      "        for_each: [1, 2]\n"
      "        register: test\n"
      "        ignore_errors: true\n"
      "        sensitive: true\n"
      "        as: \"{{ owner }}\"\n"
      "        timeout: 1m30s\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]->name, "test the configuration");
  EXPECT_EQ(all[0]->when->text(), "facts.os.id == \"debian\"");
  EXPECT_TRUE(all[0]->for_each->is_constant());
  EXPECT_EQ(all[0]->register_as, "test");
  EXPECT_TRUE(all[0]->ignore_errors);
  EXPECT_TRUE(all[0]->sensitive);
  ASSERT_TRUE(all[0]->as);
  EXPECT_FALSE(all[0]->as->is_constant());
  EXPECT_EQ(all[0]->timeout, std::chrono::seconds(90));
}

TEST(StageFile, TellsUnknownKeysWithTheNearestOne) {
  EXPECT_EQ(mistakes("storge: files\nstages:\n  a:\n    require: b\n    run:\n      - dpkg.update:\n        whn: x\n"),
            "stages.yaml:1:1: error: unknown key 'storge'\n"
            "  1 | storge: files\n"
            "    | ^^^^^^\n"
            "hint: did you mean 'storage'?\n"
            "stages.yaml:4:5: error: unknown key 'require'\n"
            "  4 |     require: b\n"
            "    |     ^^^^^^^\n"
            "hint: did you mean 'requires'?\n"
            "stages.yaml:7:9: error: unknown key 'whn'\n"
            "  7 |         whn: x\n"
            "    |         ^^^\n"
            "hint: did you mean 'when'?\n");
}

TEST(StageFile, TellsUnknownRequirements) {
  EXPECT_EQ(mistakes("stages:\n  base:\n    doc: x\n  web:\n    requires: [bas, nothing-like-it]\n"),
            "stages.yaml:5:16: error: stage 'web' requires 'bas', which does not exist\n"
            "  5 |     requires: [bas, nothing-like-it]\n"
            "    |                ^^^\n"
            "hint: did you mean 'base'?\n"
            "stages.yaml:5:21: error: stage 'web' requires 'nothing-like-it', which does not exist\n"
            "  5 |     requires: [bas, nothing-like-it]\n"
            "    |                     ^^^^^^^^^^^^^^^\n");
}

TEST(StageFile, TellsCirclesAtTheRequirement) {
  EXPECT_EQ(mistakes("stages:\n  a: {requires: b}\n  b: {requires: a}\n"),
            "stages.yaml:2:17: error: stages require each other in a circle: a -> b -> a\n"
            "  2 |   a: {requires: b}\n"
            "    |                 ^\n"
            "stages.yaml:3:17: note: 'b' requires 'a'\n"
            "  3 |   b: {requires: a}\n"
            "    |                 ^\n"
            "hint: remove one of these requirements\n");
}

TEST(StageFile, TellsWrongKinds) {
  EXPECT_EQ(mistakes("- a\n"),
            "stages.yaml:1:1: error: a stage file is a mapping with 'stages', 'components' and 'storage', not a list\n"
            "  1 | - a\n"
            "    | ^\n");
  EXPECT_EQ(mistakes("stages:\n  a: run\n"),
            "stages.yaml:2:6: error: stage 'a' is a mapping of 'doc', 'requires', 'hosts' and 'run', not a string\n"
            "  2 |   a: run\n"
            "    |      ^^^\n");
  EXPECT_EQ(mistakes("stages:\n  a:\n    run: dpkg.update\n"),
            "stages.yaml:3:10: error: 'run' takes a list of operations, not 'dpkg.update'\n"
            "  3 |     run: dpkg.update\n"
            "    |          ^^^^^^^^^^^\n");
  EXPECT_EQ(mistakes("stages:\n  a b: {doc: x}\n"),
            "stages.yaml:2:3: error: 'a b' cannot be the name of a stage\n"
            "  2 |   a b: {doc: x}\n"
            "    |   ^^^\n"
            "hint: choose a name without white space and commas\n");
  EXPECT_EQ(mistakes("# nothing\n"),
            "stages.yaml: error: no stages are defined here\nhint: define one below 'stages:'\n");
}

TEST(StageFile, MayNameStorageOnlyForStagesWrittenInCpp) { EXPECT_EQ(mistakes("storage: files\n"), ""); }

TEST(StageFile, TellsOperationsWithoutAHelperOrWithTwo) {
  EXPECT_EQ(item_mistakes("{name: x}"),
            "stages.yaml:4:9: error: this operation names no helper\n"
            "  4 |       - {name: x}\n"
            "    |         ^\n"
            "hint: add one, such as 'fs.ensure_file: {path: /etc/motd}'\n");
  EXPECT_EQ(item_mistakes("{a.b: 1, c.d: 2}"),
            "stages.yaml:4:18: error: two helpers in one operation: 'a.b' and 'c.d'\n"
            "  4 |       - {a.b: 1, c.d: 2}\n"
            "    |                  ^^^\n"
            "stages.yaml:4:10: note: the first one\n"
            "  4 |       - {a.b: 1, c.d: 2}\n"
            "    |          ^^^\n"
            "hint: begin each operation with '- '\n");
  EXPECT_EQ(item_mistakes("[a]"),
            "stages.yaml:4:9: error: an operation is a helper with its arguments, not a list\n"
            "  4 |       - [a]\n"
            "    |         ^\n");
}

TEST(StageFile, TellsWrongValuesBesideTheHelper) {
  EXPECT_EQ(item_mistakes("{dpkg.update: , retries: many}"),
            "stages.yaml:4:34: error: 'retries' takes a whole number from 0 to 1000000, not 'many'\n"
            "  4 |       - {dpkg.update: , retries: many}\n"
            "    |                                  ^^^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , retries: '3'}"),
            "stages.yaml:4:34: error: 'retries' takes a whole number from 0 to 1000000, not '3'\n"
            "  4 |       - {dpkg.update: , retries: '3'}\n"
            "    |                                  ^^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , retries: 1, delay: soon}"),
            "stages.yaml:4:44: error: 'delay' takes a duration such as 5s or 1m, not 'soon'\n"
            "  4 |       - {dpkg.update: , retries: 1, delay: soon}\n"
            "    |                                            ^^^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , delay: 5s}"),
            "stages.yaml:4:25: error: 'delay' is of use only where something is tried again\n"
            "  4 |       - {dpkg.update: , delay: 5s}\n"
            "    |                         ^^^^^\n"
            "hint: add 'retries: 3'\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , until: '{{ x }}'}"),
            "stages.yaml:4:33: error: 'until' takes a bare expression\n"
            "  4 |       - {dpkg.update: , until: '{{ x }}'}\n"
            "    |                                 ^^^^^^^\n"
            "hint: leave out '{{' and '}}'\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , timeout: soon}"),
            "stages.yaml:4:34: error: 'timeout' takes a duration such as 30s or 5m, not 'soon'\n"
            "  4 |       - {dpkg.update: , timeout: soon}\n"
            "    |                                  ^^^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , ignore_errors: yes}"),
            "stages.yaml:4:40: error: 'ignore_errors' takes true or false, not 'yes'\n"
            "  4 |       - {dpkg.update: , ignore_errors: yes}\n"
            "    |                                        ^^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , as: [app]}"),
            "stages.yaml:4:29: error: 'as' takes the name of a user, not a list\n"
            "  4 |       - {dpkg.update: , as: [app]}\n"
            "    |                             ^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , as: ''}"),
            "stages.yaml:4:29: error: 'as' takes the name of a user, not ''\n"
            "  4 |       - {dpkg.update: , as: ''}\n"
            "    |                             ^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , register: 1st}"),
            "stages.yaml:4:35: error: 'register' takes a name such as 'result', not '1st'\n"
            "  4 |       - {dpkg.update: , register: 1st}\n"
            "    |                                   ^^^\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , register: facts}"),
            "stages.yaml:4:35: error: 'facts' already means something in expressions\n"
            "  4 |       - {dpkg.update: , register: facts}\n"
            "    |                                   ^^^^^\n"
            "hint: choose another name for the result\n");
  EXPECT_EQ(item_mistakes("{dpkg.update: , when: '{{ a }}'}"),
            "stages.yaml:4:32: error: 'when' takes a bare expression\n"
            "  4 |       - {dpkg.update: , when: '{{ a }}'}\n"
            "    |                                ^^^^^^^\n"
            "hint: leave out '{{' and '}}'\n");
}

class StageFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "stages-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  /// What is shown, with the folder's name as FOLDER.
  std::string without_folder(std::string text) const {
    for (std::size_t at; (at = text.find(folder_.string())) != std::string::npos;) {
      text.replace(at, folder_.string().size(), "FOLDER");
    }
    return text;
  }
  std::filesystem::path folder_;
};

TEST_F(StageFolder, IsReadInTheOrderOfNamesAsOneSetOfStages) {
  write("2.yml", "stages: {b: {requires: a}}\n");
  write("1.yaml", "storage: files\nstages: {a: {doc: x}}\n");
  write("notes.txt", "no YAML: [");
  write(".hidden.yaml", "no YAML: [");
  Diagnostics diagnostics;
  const auto files = load_stages(folder_, diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  EXPECT_THAT(files.stages.names(), ElementsAre("a", "b"));
  EXPECT_EQ(files.folder, folder_);
  EXPECT_EQ(files.storages.at(0).base, folder_);
}

TEST_F(StageFolder, TellsTheMistakesOfAllFilesAndBothPlacesOfADuplicate) {
  write("1.yaml", "stages:\n  a: {doc: x}\n");
  write("2.yaml", "stages:\n  a: {doc: y}\n");
  write("3.yaml", "x: 1\n");
  Diagnostics diagnostics;
  load_stages(folder_, diagnostics);
  EXPECT_EQ(without_folder(shown(diagnostics)),
            "FOLDER/2.yaml:2:3: error: stage 'a' is defined twice\n"
            "  2 |   a: {doc: y}\n"
            "    |   ^\n"
            "FOLDER/1.yaml:2:3: note: first defined here\n"
            "  2 |   a: {doc: x}\n"
            "    |   ^\n"
            "FOLDER/3.yaml:1:1: error: unknown key 'x'\n"
            "  1 | x: 1\n"
            "    | ^\n");
}

TEST_F(StageFolder, ThatHoldsNothingIsAMistake) {
  Diagnostics diagnostics;
  load_stages(folder_, diagnostics);
  EXPECT_EQ(without_folder(shown(diagnostics)),
            "FOLDER: error: no stages are defined here\nhint: define one below 'stages:'\n");
}

TEST_F(StageFolder, ThatDoesNotExistIsAMistake) {
  Diagnostics diagnostics;
  load_stages(folder_ / "x.yaml", diagnostics);
  EXPECT_EQ(without_folder(shown(diagnostics)),
            "FOLDER/x.yaml: error: cannot read 'FOLDER/x.yaml': No such file or directory\n");
}

TEST(StageFile, ReadsHowAnOperationIsTriedAgain) {
  const auto all = calls(
      "      - {shell.run: a, retries: 2, delay: 1m}\n"
      "      - {shell.run: b, until: result.rc == 0}\n"
      "      - {shell.run: c}\n");
  EXPECT_EQ(all[0]->retry->most_tries(), 3U);
  EXPECT_EQ(all[0]->retry->delay, std::chrono::minutes(1));
  EXPECT_EQ(all[1]->retry->most_tries(), 4U);
  EXPECT_EQ(all[1]->retry->delay, std::chrono::seconds(5));
  EXPECT_EQ(all[1]->retry->until->text(), "result.rc == 0");
  EXPECT_FALSE(all[2]->retry);
}

TEST(StageFile, ReadsWhatIsDoneAfterAFailure) {
  Diagnostics diagnostics;
  const auto files = parse_stages(source("stages:\n"
                                         "  a:\n"
                                         "    timeout: 5m\n"
                                         "    run: [{shell.run: 'true'}]\n"
                                         "    rescue: [{stage.log: rescue, signal: saved}]\n"
                                         "    always: [{stage.log: always}, {stage.log: more}]\n"
                                         "  b: {on: saved, run: [dpkg.update]}\n"),
                                  diagnostics);
  diagnostics.throw_if_any();
  const auto stage = files.stages.find("a");
  Calls run, rescue, always;
  stage->run(run);
  stage->rescue(rescue);
  stage->always(always);
  EXPECT_EQ(run.all.size(), 1U);
  EXPECT_EQ(rescue.all.size(), 1U);
  EXPECT_EQ(always.all.size(), 2U);
  EXPECT_EQ(stage->timeout(), std::chrono::minutes(5));
}

TEST(StageFile, RefusesARescueOfNothing) {
  EXPECT_EQ(mistakes("stages:\n  a:\n    rescue: [dpkg.update]\n"),
            "stages.yaml:3:5: error: 'rescue' is of use only where an operation of 'run' may fail\n"
            "  3 |     rescue: [dpkg.update]\n"
            "    |     ^^^^^^\n"
            "hint: add 'run'\n");
  EXPECT_EQ(mistakes("stages:\n  a:\n    run: []\n    always: dpkg.update\n    timeout: 0s\n"),
            "stages.yaml:4:13: error: 'always' takes a list of operations, not 'dpkg.update'\n"
            "  4 |     always: dpkg.update\n"
            "    |             ^^^^^^^^^^^\n"
            "stages.yaml:5:14: error: 'timeout' takes a duration such as 30s or 5m, not '0s'\n"
            "  5 |     timeout: 0s\n"
            "    |              ^^\n");
}

TEST(StageFile, ReadsTheTimeToConfirm) {
  Diagnostics diagnostics;
  const auto files = parse_stages(source("stages:\n  a: {confirm: 1m30s, run: []}\n  b: {run: []}\n"), diagnostics);
  diagnostics.throw_if_any();
  EXPECT_EQ(files.stages.find("a")->confirm(), std::chrono::seconds(90));
  EXPECT_FALSE(files.stages.find("b")->confirm());
}

TEST(StageFile, RefusesATimeInWhichNobodyCanConfirm) {
  for (const std::string time : {"0", "999ms", "61m", "soon", "[30s]"}) {
    const std::string shown = time == "[30s]" ? "a list" : "'" + time + "'";
    EXPECT_EQ(mistakes("stages:\n  a:\n    run: []\n    confirm: " + time + "\n"),
              "stages.yaml:4:14: error: 'confirm' takes a duration from 1s to 1h, such as 30s, not " + shown +
                  "\n"
                  "  4 |     confirm: " +
                  time + "\n    |              " + std::string(time == "[30s]" ? 1 : time.size(), '^') + "\n");
  }
  EXPECT_EQ(mistakes("stages:\n  a:\n    confirm: 30s\n"),
            "stages.yaml:3:5: error: 'confirm' is of use only where 'run' may change something\n"
            "  3 |     confirm: 30s\n"
            "    |     ^^^^^^^\n"
            "hint: add 'run'\n");
}

}  // namespace
}  // namespace espresso

#include "helpers/catalog.h"

#include "model/mistakes_of.h"
#include "helpers/operation.h"
#include "model/stage_file.h"
#include "model/inventory.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

std::shared_ptr<const Source> source(std::string text) {
  return std::make_shared<Source>(Source{"helpers/own/thing.sh", std::move(text)});
}

std::string mistakes(std::string text) {
  Diagnostics diagnostics;
  parse_helper("own.thing", source(std::move(text)), diagnostics);
  return shown(diagnostics);
}

TEST(Header, NamesThePartsItUsesAndHowLongItMayWait) {
  Diagnostics diagnostics;
  const Helper helper = parse_helper("own.thing",
                                     source("#: summary: A thing.\n"
                                            "#: parameters:\n"
                                            "#:   up_to: {type: duration}\n"
                                            "#: waits: up_to\n"
                                            "#: uses: [wait]\n"
                                            "check() { wait_until x; }\n"),
                                     diagnostics);
  ASSERT_EQ(shown(diagnostics), "");
  EXPECT_THAT(helper.waits, ElementsAre("up_to"));
  EXPECT_THAT(helper.uses, ElementsAre("wait"));
  EXPECT_EQ(Catalog().find("parts.wait"), nullptr) << "a part is no helper";
  EXPECT_EQ(mistakes("#: summary: A thing.\n"
                     "#: parameters:\n"
                     "#:   path: {type: path}\n"
                     "#: waits: [path, up_to]\n"
                     "#: uses: wiat\n"),
            "helpers/own/thing.sh:4:12: error: 'waits' takes parameters of type duration, not 'path'\n"
            "  4 | #: waits: [path, up_to]\n"
            "    |            ^^^^\n"
            "helpers/own/thing.sh:4:18: error: helper 'own.thing' has no parameter 'up_to'\n"
            "  4 | #: waits: [path, up_to]\n"
            "    |                  ^^^^^\n"
            "helpers/own/thing.sh:5:10: error: there is no part 'wiat'\n"
            "  5 | #: uses: wiat\n"
            "    |          ^^^^\n"
            "hint: did you mean 'wait'?\n");
}

TEST(Header, NamesHowLongAHostThatItRebootsMayTake) {
  Diagnostics diagnostics;
  const Helper helper = parse_helper("own.thing",
                                     source("#: summary: A thing.\n"
                                            "#: parameters:\n"
                                            "#:   deadline: {type: duration}\n"
                                            "#: reboots: deadline\n"
                                            "check() { differs x; }\n"),
                                     diagnostics);
  ASSERT_EQ(shown(diagnostics), "");
  EXPECT_EQ(helper.reboots, "deadline");
  EXPECT_EQ(mistakes("#: summary: A thing.\n"
                     "#: parameters:\n"
                     "#:   path: {type: path}\n"
                     "#: reboots: path\n"),
            "helpers/own/thing.sh:4:13: error: 'reboots' takes a parameter of type duration, not 'path'\n"
            "  4 | #: reboots: path\n"
            "    |             ^^^^\n");
}

TEST(Header, IsReadWhole) {
  Diagnostics diagnostics;
  const Helper helper = parse_helper("own.thing-two",
                                     source("# shellcheck shell=sh\n"
                                            "#: summary: A thing exists.\n"
                                            "#: doc: |\n"
                                            "#:   More of it.\n"
                                            "#: parameters:\n"
                                            "#:   path: {type: path, required: true, doc: Where.}\n"
                                            "#:   state: {type: string, default: new, one_of: [new, old]}\n"
                                            "#:   words: {type: list}\n"
                                            "#: main: path\n"
                                            "#: positional: words\n"
                                            "#: one_of: [[state, words]]\n"
                                            "#: tools: [stat, mv]\n"
                                            "#: examples:\n"
                                            "#:   - doc: One.\n"
                                            "#:     yaml: |\n"
                                            "#:       own.thing-two: /a\n"
                                            "\n"
                                            "# Why so.\n"
                                            "check() { :; }\n"),
                                     diagnostics);
  ASSERT_EQ(shown(diagnostics), "");
  EXPECT_EQ(helper.function(), "h_own_thing_two");
  EXPECT_EQ(helper.summary, "A thing exists.");
  EXPECT_EQ(helper.doc, "More of it.");
  ASSERT_EQ(helper.parameters.size(), 3U);
  EXPECT_TRUE(helper.find("path")->required);
  EXPECT_EQ(helper.find("path")->type, ParameterType::path);
  EXPECT_EQ(helper.find("state")->default_value, Value("new"));
  EXPECT_THAT(helper.find("state")->one_of, ElementsAre("new", "old"));
  EXPECT_EQ(helper.find("pth"), nullptr);
  EXPECT_EQ(helper.main, "path");
  EXPECT_EQ(helper.title, "path");
  EXPECT_EQ(helper.positional, "words");
  EXPECT_THAT(helper.one_of, ElementsAre(ElementsAre("state", "words")));
  EXPECT_THAT(helper.tools, ElementsAre("stat", "mv"));
  EXPECT_EQ(helper.examples.at(0).yaml, "own.thing-two: /a");
  EXPECT_EQ(helper.body, "\n# Why so.\ncheck() { :; }\n");
  EXPECT_EQ(helper.span.location(), "helpers/own/thing.sh:2:1");
}

TEST(Header, TellsItsMistakesAtTheirPlaceInTheFile) {
  EXPECT_EQ(mistakes("#: summary: x\n"
                     "#: sumary: x\n"
                     "#: parameters:\n"
                     "#:   a: {type: strng}\n"
                     "#:   b: {required: true, default: x}\n"
                     "#:   c: {type: mode, default: rw}\n"
                     "#: main: d\n"
                     "#: positional: a\n"),
            "helpers/own/thing.sh:4:16: error: unknown type 'strng'\n"
            "  4 | #:   a: {type: strng}\n"
            "    |                ^^^^^\n"
            "hint: did you mean 'string'?\n"
            "helpers/own/thing.sh:5:35: error: 'b' is required and has a default\n"
            "  5 | #:   b: {required: true, default: x}\n"
            "    |                                   ^\n"
            "hint: leave out one of both\n"
            "helpers/own/thing.sh:6:31: error: 'c' takes permission bits such as 0644, not 'rw'\n"
            "  6 | #:   c: {type: mode, default: rw}\n"
            "    |                               ^^\n"
            "helpers/own/thing.sh:2:4: error: unknown key 'sumary'\n"
            "  2 | #: sumary: x\n"
            "    |    ^^^^^^\n"
            "hint: did you mean 'summary'?\n"
            "helpers/own/thing.sh:7:10: error: helper 'own.thing' has no parameter 'd'\n"
            "  7 | #: main: d\n"
            "    |          ^\n"
            "helpers/own/thing.sh:8:16: error: 'positional' takes a parameter of type list, not 'a'\n"
            "  8 | #: positional: a\n"
            "    |                ^\n");
}

TEST(Header, KeepsParametersApartFromVariablesOfTheShell) {
  EXPECT_EQ(mistakes("#: summary: x\n#: parameters:\n#:   PATH: {doc: x}\n#:   r_way: {doc: x}\n#:   given: {doc: "
                     "x}\n#:   a_: {doc: x}\n"),
            "helpers/own/thing.sh:3:6: error: 'PATH' cannot be the name of a parameter\n"
            "  3 | #:   PATH: {doc: x}\n"
            "    |      ^^^^\n"
            "hint: choose lower-case letters, digits and '_', a letter first and no '_' last\n"
            "helpers/own/thing.sh:4:6: error: the shell variable 'r_way' has a meaning of its own\n"
            "  4 | #:   r_way: {doc: x}\n"
            "    |      ^^^^^\n"
            "hint: choose another name for the parameter\n"
            "helpers/own/thing.sh:5:6: error: the shell variable 'given' has a meaning of its own\n"
            "  5 | #:   given: {doc: x}\n"
            "    |      ^^^^^\n"
            "hint: choose another name for the parameter\n"
            "helpers/own/thing.sh:6:6: error: 'a_' cannot be the name of a parameter\n"
            "  6 | #:   a_: {doc: x}\n"
            "    |      ^^\n"
            "hint: choose lower-case letters, digits and '_', a letter first and no '_' last\n");
}

TEST(Header, MustBeThereWithASummary) {
  EXPECT_EQ(mistakes("check() { :; }\n"),
            "helpers/own/thing.sh: error: helper 'own.thing' has no header\n"
            "hint: begin the file with lines such as '#: summary: …'\n");
  EXPECT_EQ(mistakes("#: doc: x\n"),
            "helpers/own/thing.sh:1:1: error: helper 'own.thing' has no summary\n"
            "  1 | #: doc: x\n"
            "    | ^^\n"
            "hint: add a line '#: summary: …' that says what is so once it has run\n");
}

TEST(Catalog, HoldsTheBuiltInHelpers) {
  EXPECT_THAT(Catalog().names(),
              IsSupersetOf({"dpkg.ensure_absent", "dpkg.ensure_installed", "dpkg.update", "fs.ensure_absent",
                            "fs.ensure_directory", "fs.ensure_file", "fs.ensure_symlink", "shell.run", "stage.assert",
                            "stage.fail", "system.ensure_group", "system.ensure_user"}));
}

TEST(Catalog, SendsNoCommentsOfBuiltInHelpers) {
  for (const auto& helper : Catalog().all()) {
    EXPECT_EQ(helper->body.find("\n#"), std::string::npos) << helper->name;
    EXPECT_EQ(helper->body.find("\n\n"), std::string::npos) << helper->name;
    EXPECT_NE(helper->body.find("check()"), std::string::npos) << helper->name;
  }
}

class CollectingPlan : public Plan {
 public:
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override { calls.push_back(std::move(call)); }
  std::vector<std::shared_ptr<const Call>> calls;

 private:
  Host host_{};
};

TEST(Catalog, HasExamplesThatAreCallsWithoutMistakes) {
  const Catalog catalog;
  Evaluator evaluator;
  Binder binder(catalog, evaluator);
  for (const auto& helper : catalog.all()) {
    EXPECT_FALSE(helper->examples.empty()) << helper->name;
    for (const auto& example : helper->examples) {
      std::string text = "stages:\n  a:\n    run:\n      - ";
      for (const char c : example.yaml) text += c == '\n' ? std::string("\n        ") : std::string(1, c);
      Diagnostics diagnostics;
      const auto files = parse_stages(std::make_shared<Source>(Source{helper->name, text}), diagnostics);
      CollectingPlan plan;
      if (const auto stage = files.stages.find("a")) stage->run(plan);
      for (const auto& call : plan.calls) binder.check(*call, diagnostics);
      EXPECT_EQ(shown(diagnostics), "");
      EXPECT_EQ(plan.calls.size(), 1U);
    }
  }
}

TEST(Catalog, LetsAUsersHelperStandBeforeABuiltInOne) {
  std::string folder = testing::TempDir() + "helpers-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::filesystem::create_directories(folder + "/fs");
  std::ofstream(folder + "/fs/ensure_file.sh") << "#: summary: Mine.\ncheck() { :; }\n";
  std::ofstream(folder + "/fs/README") << "no helper";
  Catalog catalog;
  Diagnostics diagnostics;
  catalog.load(folder, diagnostics);
  catalog.load(folder + "/none", diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  EXPECT_EQ(catalog.find("fs.ensure_file")->summary, "Mine.");
  EXPECT_EQ(catalog.find("fs.README"), nullptr);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace espresso

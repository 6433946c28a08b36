#include "model/stage.h"

#include "core/text.h"
#include "model/mistakes_of.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

class NamedStage : public Stage {
 public:
  NamedStage(std::string name, std::vector<std::string> required)
      : name_(std::move(name)), required_(std::move(required)) {}
  std::string name() const override { return name_; }
  std::string doc() const override { return {}; }
  std::vector<std::string> required() const override { return required_; }
  void run(Plan&) const override {}

 private:
  std::string name_;
  std::vector<std::string> required_;
};

/// "a: b c" is a stage a that requires b and c.
Stages stages(const std::vector<std::string>& lines) {
  Stages all;
  Diagnostics diagnostics;
  for (const auto& line : lines) {
    const auto parts = split(line, ':');
    std::vector<std::string> required;
    if (const auto names = trim(parts.at(1)); !names.empty()) required = split(names, ' ');
    all.add(std::make_shared<NamedStage>(parts[0], required), diagnostics);
  }
  diagnostics.throw_if_any();
  return all;
}

std::string order(const Stages& stages, const std::vector<std::string>& targets) {
  std::vector<std::string> names;
  for (const auto& turn : stages.order(targets, "--run")) names.push_back(turn.stage->name());
  return join(names, " ");
}

std::string mistakes(const Stages& stages) {
  Diagnostics diagnostics;
  stages.check(diagnostics);
  return shown(diagnostics);
}

TEST(Order, PutsAStageAfterAllThatItRequires) {
  EXPECT_EQ(order(stages({"web: database base", "database: base", "base:"}), {"web"}), "base database web");
}

TEST(Order, FollowsTheOrderOfTheRequirements) {
  const Stages all = stages({"a:", "b:", "c:", "all: c a b"});
  EXPECT_EQ(order(all, {"all"}), "c a b all");
  EXPECT_EQ(order(all, {"b", "all"}), "b c a all");
}

TEST(Order, HoldsEachStageOnce) { EXPECT_EQ(order(stages({"a:", "b: a", "c: a b"}), {"c", "a", "c"}), "a b c"); }

TEST(Order, LeavesOutWhatIsNotRequired) { EXPECT_EQ(order(stages({"a:", "b:", "c: a"}), {"c"}), "a c"); }

TEST(Order, TellsUnknownStagesAtTheirPlaceInTheOption) {
  try {
    order(stages({"main:", "web:"}), {"web", "mian", "xyz"});
    FAIL() << "no mistakes";
  } catch (const Mistakes& mistakes) {
    EXPECT_STREQ(mistakes.what(),
                 "--run:1:5: error: there is no stage 'mian'\n"
                 "  1 | web mian xyz\n"
                 "    |     ^^^^\n"
                 "hint: did you mean 'main'?\n"
                 "--run:1:10: error: there is no stage 'xyz'\n"
                 "  1 | web mian xyz\n"
                 "    |          ^^^\n");
  }
}

TEST(Check, IsSilentForAGraphWithoutCircles) { EXPECT_EQ(mistakes(stages({"a: b c", "b: c", "c:"})), ""); }

TEST(Check, TellsACircleFromItsFirstStage) {
  EXPECT_EQ(mistakes(stages({"start: b", "a: b", "b: c", "c: a"})),
            "error: stages require each other in a circle: a -> b -> c -> a\n"
            "note: 'b' requires 'c'\n"
            "note: 'c' requires 'a'\n"
            "hint: remove one of these requirements\n");
}

TEST(Check, TellsEveryCircle) {
  EXPECT_EQ(mistakes(stages({"a: b", "b: a", "c: d", "d: c"})),
            "error: stages require each other in a circle: a -> b -> a\n"
            "note: 'b' requires 'a'\n"
            "hint: remove one of these requirements\n"
            "error: stages require each other in a circle: c -> d -> c\n"
            "note: 'd' requires 'c'\n"
            "hint: remove one of these requirements\n");
}

TEST(Check, TellsAStageThatRequiresItself) {
  EXPECT_EQ(mistakes(stages({"a: a"})), "error: stage 'a' requires itself\n");
}

TEST(Stages, KeepTheFirstOfTwoOfOneName) {
  Stages all;
  Diagnostics diagnostics;
  all.add(std::make_shared<NamedStage>("a", std::vector<std::string>{}), diagnostics);
  all.add(std::make_shared<NamedStage>("a", std::vector<std::string>{"b"}), diagnostics);
  EXPECT_EQ(shown(diagnostics), "error: stage 'a' is defined twice\nnote: first defined by the program\n");
  EXPECT_TRUE(all.find("a")->required().empty());
}

}  // namespace
}  // namespace espresso

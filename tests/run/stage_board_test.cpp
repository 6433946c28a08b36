#include "run/stage_board.h"

#include "model/stage_file.h"
#include "run/board_setup.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Board : public testing::Test {
 protected:
  std::vector<std::size_t> take_woken() { return std::exchange(woken, {}); }

  std::vector<std::size_t> woken;
  StageBoard board{{"a", "b", "c"}, [this](std::size_t host) { woken.push_back(host); }};
};

TEST_F(Board, WakesThoseWhoWaitForAStageOnceItIsFinishedOnAllItsHosts) {
  board.expect("database", 0);
  board.expect("database", 1);
  EXPECT_FALSE(board.is_finished("database", 2));
  EXPECT_FALSE(board.is_finished("database", 2));
  board.finish("database", 1, StageEnd::failed);
  EXPECT_THAT(take_woken(), IsEmpty());
  board.finish("database", 0, StageEnd::through);
  EXPECT_THAT(take_woken(), ElementsAre(2));
  EXPECT_TRUE(board.is_finished("database", 2));
  EXPECT_EQ(board.failed_on("database"), "b");
}

TEST_F(Board, AStageOfNobodyIsFinished) {
  EXPECT_FALSE(board.knows("database"));
  EXPECT_TRUE(board.is_finished("database", 0));
  EXPECT_EQ(board.failed_on("database"), "");
  EXPECT_EQ(board.gate("database"), nullptr);
}

TEST_F(Board, AStageThatRunsOnceIsFinishedByTheOne) {
  for (const std::size_t host : {0, 1}) board.expect("migrate", host, {.run_once = true});
  EXPECT_FALSE(board.is_finished("migrate", 2));
  EXPECT_EQ(board.gate("migrate")->may_begin(0).kind, Ruling::Kind::yes);
  board.finish("migrate", 0, StageEnd::through);
  EXPECT_THAT(take_woken(), ElementsAre(2));
  EXPECT_TRUE(board.is_finished("migrate", 2));
  // One that is lost has lost nothing of it.
  board.finish("migrate", 1, StageEnd::failed);
  EXPECT_EQ(board.failed_on("migrate"), "");
}

TEST_F(Board, ABatchWaitsForWhatFollowsOnItsHosts) {
  const StageTerms one_by_one{.rolling = {{.amount = 1}}};
  for (const std::size_t host : {0, 1}) {
    board.expect("web", host, one_by_one);
    board.expect("reload", host);
    board.follow("web", "reload", host);
  }
  EXPECT_EQ(board.gate("web")->may_begin(0).kind, Ruling::Kind::yes);
  EXPECT_EQ(board.gate("web")->may_begin(1).kind, Ruling::Kind::wait);
  board.finish("web", 0, StageEnd::through);
  EXPECT_THAT(take_woken(), IsEmpty());
  board.finish("reload", 0, StageEnd::through);
  EXPECT_THAT(take_woken(), ElementsAre(1));
}

/// What belongs to the batches of stage `web`, the first of a host that goes through these; `db` goes through
/// `elsewhere`.
std::vector<std::string> followers_of_web(const std::string& more, const std::vector<std::string>& listeners) {
  Diagnostics diagnostics;
  const auto files = parse_stages(std::make_shared<Source>(Source{"stages.yaml",
                                                                  "stages:\n"
                                                                  "  web: {rolling: 1, signal: conf}\n"
                                                                  "  elsewhere: {}\n" +
                                                                      more}),
                                  diagnostics);
  diagnostics.throw_if_any();
  StageBoard board({"web", "db"}, [](std::size_t) {});
  board.expect("elsewhere", 1);
  HostPlan plan;
  plan.stages.push_back({.stage = files.stages.find("web"), .calls = {}});
  for (const auto& name : listeners) {
    const auto stage = files.stages.find(name);
    plan.stages.push_back({.stage = stage, .calls = {}, .only_on_signal = !stage->listens().empty()});
  }
  return followers(plan, 0, board);
}

TEST(Followers, AreTheListenersRightBehindAndTheirs) {
  const std::string stages =
      "  reload: {on: conf}\n  audit: {on: [reload.changed, conf]}\n  other: {}\n  late: {on: conf}\n";
  EXPECT_THAT(followers_of_web(stages, {"reload", "audit", "other", "late"}), ElementsAre("reload", "audit"));
  EXPECT_THAT(followers_of_web(stages, {"other", "late"}), IsEmpty());
}

TEST(Followers, DoNotWaitForOtherHosts) {
  EXPECT_THAT(followers_of_web("  reload: {on: {signal: conf, from: all}}\n", {"reload"}), IsEmpty());
  EXPECT_THAT(followers_of_web("  reload: {on: conf, barrier: true}\n", {"reload"}), IsEmpty());
  EXPECT_THAT(followers_of_web("  reload: {on: conf, requires: elsewhere}\n", {"reload"}), IsEmpty());
  EXPECT_THAT(followers_of_web("  reload: {on: conf, requires: web}\n", {"reload"}), ElementsAre("reload"));
}

}  // namespace
}  // namespace espresso

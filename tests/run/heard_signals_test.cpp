#include "run/heard_signals.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class Heard : public testing::Test {
 protected:
  /// Stage "reload" listens to "deployed" of the hosts 0 and 1, which "web" and "fix" raise.
  Heard() { signals.listen("reload", "deployed", {"web", "fix"}, {0, 1}); }

  std::vector<std::size_t> woken;
  HeardSignals signals{[this](std::size_t host) { woken.push_back(host); }};
};

TEST_F(Heard, AreSettledWhenAllWhoMayRaiseThemHaveEnded) {
  for (const std::size_t host : {0, 1, 2}) signals.expect("web", host);
  signals.expect("fix", 1);
  EXPECT_FALSE(signals.is_settled("reload", 5));
  signals.finish("web", 0, {"deployed", "other"});
  signals.finish("web", 1, {});
  EXPECT_FALSE(signals.is_settled("reload", 6));
  EXPECT_THAT(woken, IsEmpty());
  signals.finish("fix", 1, {});
  EXPECT_THAT(woken, ElementsAre(5, 6));
  EXPECT_TRUE(signals.is_settled("reload", 5));
  EXPECT_THAT(signals.raised_by("reload"), ElementsAre(Pair(0, ElementsAre(""))));
}

TEST_F(Heard, OfOtherHostsThanNamedCountNot) {
  signals.expect("web", 0);
  signals.expect("web", 2);
  signals.finish("web", 2, {"deployed"});
  signals.finish("web", 0, {});
  EXPECT_TRUE(signals.is_settled("reload", 5));
  EXPECT_THAT(signals.raised_by("reload"), IsEmpty());
}

TEST_F(Heard, WhatListensToNobodyIsSettled) {
  EXPECT_FALSE(signals.listens("web"));
  EXPECT_TRUE(signals.is_settled("web", 0));
  EXPECT_TRUE(signals.is_settled("reload", 0));
}

TEST_F(Heard, LeftByAFormerRunCountUntilTheListenerHasBegun) {
  signals.expect("web", 0);
  EXPECT_THAT(signals.raise_left("deployed", 1, "run1"), ElementsAre("reload"));
  EXPECT_THAT(signals.raise_left("deployed", 2), IsEmpty());
  EXPECT_THAT(signals.raise_left("else", 1), IsEmpty());
  signals.finish("web", 0, {});
  EXPECT_TRUE(signals.is_settled("reload", 5));
  EXPECT_THAT(signals.raised_by("reload"), ElementsAre(Pair(1, ElementsAre("run1"))));
  EXPECT_THAT(signals.raise_left("deployed", 0), IsEmpty());
}

TEST_F(Heard, AreKeptUntilThoseWhoRaisedThemKnow) {
  EXPECT_EQ(signals.has_acknowledged(0, 5), std::nullopt);
  EXPECT_EQ(signals.has_acknowledged(1, 5), std::nullopt);
  signals.acknowledge(0, true);
  signals.acknowledge(0, false);
  signals.acknowledge(1, false);
  EXPECT_THAT(woken, ElementsAre(5, 5));
  EXPECT_EQ(signals.has_acknowledged(0, 5), true) << "the first word counts";
  EXPECT_EQ(signals.has_acknowledged(1, 5), false);
}

}  // namespace
}  // namespace espresso

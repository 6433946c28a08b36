#include "ssh/governor.h"

#include "core/error.h"
#include "coroutines.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace espresso::testing {
namespace {

class GovernorTest : public ::testing::Test {
 protected:
  /// Somebody who wants in and stays until told to go.
  struct Guest {
    std::optional<Governor::Place> place;
    std::string refusal;
  };
  std::shared_ptr<Guest> send(const std::string& gate, unsigned most) {
    auto guest = std::make_shared<Guest>();
    const auto enter = [](std::shared_ptr<Governor> governor, std::string at, unsigned width,
                          std::shared_ptr<Abandonment> abandonment, std::shared_ptr<Guest> who) -> awaitable<void> {
      try {
        who->place.emplace(co_await governor->enter(std::move(at), width, abandonment));
      } catch (const Unreachable& error) {
        who->refusal = error.what();
      }
    };
    spawn(io_.get_executor(), enter(governor_, gate, most, abandonment_, guest), {});
    settle();
    return guest;
  }
  void settle() {
    io_.restart();
    io_.poll();
  }
  void leave(Guest& guest) {
    guest.place.reset();
    settle();
  }

  asio::io_context io_;
  std::shared_ptr<Governor> governor_ = std::make_shared<Governor>(3);
  std::shared_ptr<Abandonment> abandonment_ = std::make_shared<Abandonment>();
};

TEST_F(GovernorTest, LetsSoManyInFirstComeFirstServed) {
  const auto a = send("a", 8), b = send("b", 8), c = send("c", 8), d = send("d", 8), e = send("e", 8);
  EXPECT_TRUE(a->place && b->place && c->place);
  EXPECT_FALSE(d->place || e->place);
  leave(*b);
  EXPECT_TRUE(d->place);
  EXPECT_FALSE(e->place);
}

TEST_F(GovernorTest, WhoStepsAsideLetsTheNextInButNotAtItsOwnGate) {
  const auto a = send("a", 1), again = send("a", 1), b = send("b", 1), c = send("c", 1), d = send("d", 1);
  EXPECT_TRUE(a->place && b->place && c->place);
  EXPECT_FALSE(again->place || d->place);
  a->place->step_aside();
  settle();
  EXPECT_TRUE(d->place);
  EXPECT_FALSE(again->place);
  leave(*a);
  leave(*b);
  EXPECT_TRUE(again->place);
}

TEST_F(GovernorTest, WhoSpeaksAgainCountsAgainAndSilenceIsBorneForLonger) {
  const auto a = send("a", 8), b = send("b", 8), c = send("c", 8), d = send("d", 8), e = send("e", 8);
  const auto patience = governor_->patience();
  a->place->step_aside();
  settle();
  EXPECT_TRUE(d->place);
  EXPECT_EQ(governor_->patience(), patience);
  a->place->come_back();
  a->place->come_back();
  EXPECT_EQ(governor_->patience(), 2 * patience);
  // There is one too many now.
  leave(*b);
  EXPECT_FALSE(e->place);
  leave(*a);
  EXPECT_TRUE(e->place);
  for (int i = 0; i < 9; ++i) {
    c->place->step_aside();
    c->place->come_back();
  }
  EXPECT_EQ(governor_->patience(), 4 * patience);
}

TEST_F(GovernorTest, AGateThatDropsGetsNarrowerAndWidensAgain) {
  const auto a = send("a", 8);
  EXPECT_EQ(governor_->width("a"), 8);
  a->place->was_dropped();
  EXPECT_EQ(governor_->width("a"), 4);
  for (int i = 0; i < 5; ++i) a->place->was_dropped();
  EXPECT_EQ(governor_->width("a"), 1);
  const auto b = send("a", 8);
  EXPECT_FALSE(b->place);
  a->place->succeeded();
  leave(*a);
  EXPECT_TRUE(b->place);
  EXPECT_EQ(governor_->width("a"), 2);
}

TEST_F(GovernorTest, ForgetsAGateThatHasNothingToTell) {
  const auto a = send("a", 8);
  leave(*a);
  EXPECT_EQ(governor_->width("a"), 0);
}

TEST_F(GovernorTest, SendsThoseAwayWhoWaitWhenAbandoned) {
  const auto a = send("a", 1), b = send("a", 1);
  abandonment_->set();
  settle();
  EXPECT_EQ(b->refusal, "not begun: interrupted");
  EXPECT_TRUE(a->place);
}

}  // namespace
}  // namespace espresso::testing

#include "run/stage_gate.h"

#include <gmock/gmock.h>

#include <map>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Hosts h0, h1, … at one gate; keeps who was woken.
class Gate : public testing::Test {
 protected:
  void open(StageTerms terms, std::size_t hosts) {
    gate.emplace(std::move(terms),
                 StageGate::Hosts{.name_of = [](std::size_t host) { return "h" + std::to_string(host); },
                                  .wake = [this](std::size_t host) { woken.push_back(host); }});
    for (std::size_t host = 0; host < hosts; ++host) gate->expect(host);
  }
  /// "yes", "wait", "no: why", "done: why"
  std::string ask(std::size_t host) {
    const Ruling ruling = gate->may_begin(host);
    const std::string words[] = {"yes", "wait", "no", "done"};
    return words[static_cast<int>(ruling.kind)] + (ruling.why.empty() ? "" : ": " + ruling.why);
  }
  std::vector<std::string> ask_all(std::size_t hosts) {
    std::vector<std::string> answers;
    for (std::size_t host = 0; host < hosts; ++host) answers.push_back(ask(host));
    return answers;
  }
  void through(std::size_t host) { gate->finish(host, StageEnd::through); }
  void failed(std::size_t host) { gate->finish(host, StageEnd::failed); }
  std::vector<std::size_t> take_woken() { return std::exchange(woken, {}); }

  std::optional<StageGate> gate;
  std::vector<std::size_t> woken;
};

constexpr HostShare number(std::size_t amount) { return {.amount = amount}; }
constexpr HostShare percent(std::size_t amount) { return {.amount = amount, .is_percent = true}; }

TEST(BatchSizes, RepeatTheLastAndNeverStandStill) {
  EXPECT_THAT(batch_sizes({.rolling = {number(1), percent(25), number(5)}}, 20), ElementsAre(1, 5, 5, 5, 4));
  EXPECT_THAT(batch_sizes({.rolling = {percent(10)}}, 3), ElementsAre(1, 1, 1));
  EXPECT_THAT(batch_sizes({.rolling = {percent(100)}}, 3), ElementsAre(3));
  EXPECT_THAT(batch_sizes({}, 3), ElementsAre(3));
  EXPECT_THAT(batch_sizes({.rolling = {number(2)}}, 0), IsEmpty());
}

TEST_F(Gate, ABatchBeginsWhenAllOfTheOneBeforeAreThrough) {
  open({.rolling = {number(2)}}, 5);
  EXPECT_THAT(ask_all(5), ElementsAre("yes", "yes", "wait", "wait", "wait"));
  through(1);
  EXPECT_THAT(take_woken(), IsEmpty());
  through(0);
  EXPECT_THAT(take_woken(), ElementsAre(2, 3));
  EXPECT_THAT(ask_all(5), ElementsAre("yes", "yes", "yes", "yes", "wait"));
  through(2);
  failed(3);
  EXPECT_THAT(take_woken(), ElementsAre(4));
  EXPECT_EQ(ask(4), "yes");
}

TEST_F(Gate, AHostThatIsLostBeforeItsTurnKeepsNobodyWaiting) {
  open({.rolling = {number(1)}}, 4);
  EXPECT_THAT(ask_all(4), ElementsAre("yes", "wait", "wait", "wait"));
  failed(1);
  failed(2);
  EXPECT_THAT(take_woken(), IsEmpty());
  through(0);
  EXPECT_THAT(take_woken(), testing::Contains(3));
  EXPECT_EQ(ask(3), "yes");
}

TEST_F(Gate, ABatchIsNotThroughBeforeWhatListensIs) {
  open({.rolling = {number(1)}}, 2);
  gate->expect_part(0);
  EXPECT_THAT(ask_all(2), ElementsAre("yes", "wait"));
  through(0);
  EXPECT_EQ(ask(1), "wait");
  gate->finish_part(0, StageEnd::through);
  EXPECT_THAT(take_woken(), ElementsAre(1));
  EXPECT_EQ(ask(1), "yes");
}

TEST_F(Gate, WhatListensAndFailsIsAFailureOfItsBatch) {
  open({.rolling = {number(1)}, .max_failures = number(0)}, 2);
  gate->expect_part(0);
  EXPECT_THAT(ask_all(2), ElementsAre("yes", "wait"));
  through(0);
  gate->finish_part(0, StageEnd::failed);
  EXPECT_THAT(take_woken(), ElementsAre(1));
  EXPECT_EQ(ask(1), "no: failed on h0, more than 'max_failures: 0' allows");
}

TEST_F(Gate, MoreFailuresThanAllowedStopLaterBatchesNotTheirOwn) {
  open({.rolling = {number(2)}, .max_failures = percent(20)}, 6);
  EXPECT_THAT(ask_all(6), ElementsAre("yes", "yes", "wait", "wait", "wait", "wait"));
  failed(0);
  through(1);
  EXPECT_THAT(take_woken(), ElementsAre(2, 3));
  EXPECT_EQ(ask(2), "yes");
  failed(2);
  EXPECT_EQ(ask(3), "yes");
  through(3);
  EXPECT_THAT(take_woken(), ElementsAre(4, 5));
  EXPECT_EQ(ask(4), "no: failed on h[0,2], more than 'max_failures: 20%' allows");
  EXPECT_EQ(ask(5), ask(4));
}

TEST_F(Gate, AHostThatIsDownCountsOnceItsBatchHasBegun) {
  open({.rolling = {number(1)}, .max_failures = number(0)}, 4);
  failed(2);
  EXPECT_EQ(ask(0), "yes");
  through(0);
  EXPECT_EQ(ask(1), "yes");
  EXPECT_EQ(ask(3), "wait");
  through(1);
  EXPECT_EQ(ask(3), "no: failed on h2, more than 'max_failures: 0' allows");
}

TEST_F(Gate, WithoutBatchesFailuresStopWhoHasNotBegun) {
  open({.throttle = 1, .max_failures = number(0)}, 3);
  EXPECT_THAT(ask_all(3), ElementsAre("yes", "wait", "wait"));
  failed(0);
  EXPECT_THAT(take_woken(), ElementsAre(1, 2));
  EXPECT_EQ(ask(1), "no: failed on h0, more than 'max_failures: 0' allows");
  gate->finish(1, StageEnd::skipped);
  EXPECT_EQ(ask(2), ask(1));
}

TEST_F(Gate, ThrottleGivesTurnsInTheOrderOfAsking) {
  open({.throttle = 2}, 5);
  EXPECT_EQ(ask(4), "yes");
  EXPECT_EQ(ask(3), "yes");
  EXPECT_EQ(ask(0), "wait");
  EXPECT_EQ(ask(2), "wait");
  EXPECT_EQ(ask(0), "wait");
  failed(4);
  EXPECT_THAT(take_woken(), ElementsAre(0));
  // The turn is kept for it: one that asks for the first time does not come between.
  EXPECT_EQ(ask(1), "wait");
  EXPECT_EQ(ask(0), "yes");
  through(2);  // lost while it waited
  through(3);
  EXPECT_THAT(take_woken(), ElementsAre(1));
  EXPECT_EQ(ask(1), "yes");
}

TEST_F(Gate, ThrottleHoldsWithinABatch) {
  open({.rolling = {number(2)}, .throttle = 1}, 3);
  EXPECT_THAT(ask_all(3), ElementsAre("yes", "wait", "wait"));
  through(0);
  EXPECT_THAT(take_woken(), ElementsAre(1));
  through(1);
  EXPECT_THAT(take_woken(), ElementsAre(2));
  EXPECT_EQ(ask(2), "yes");
}

TEST_F(Gate, ABarrierOpensWhenAllHaveComeOrEnded) {
  open({.barrier = true}, 3);
  EXPECT_EQ(ask(0), "wait");
  EXPECT_EQ(ask(0), "wait");
  EXPECT_EQ(ask(2), "wait");
  failed(1);
  EXPECT_THAT(take_woken(), ElementsAre(0, 2));
  EXPECT_EQ(ask(0), "yes");
  EXPECT_EQ(ask(2), "yes");
}

TEST_F(Gate, ABarrierAndBatchesGoTogether) {
  open({.rolling = {number(1)}, .barrier = true}, 2);
  EXPECT_EQ(ask(0), "wait");
  EXPECT_EQ(ask(1), "wait");
  EXPECT_THAT(take_woken(), ElementsAre(0));
  EXPECT_EQ(ask(0), "yes");
  through(0);
  EXPECT_THAT(take_woken(), ElementsAre(1));
  EXPECT_EQ(ask(1), "yes");
}

TEST_F(Gate, OneRunsForAll) {
  open({.run_once = true}, 3);
  EXPECT_EQ(ask(2), "wait");
  EXPECT_EQ(ask(0), "yes");
  EXPECT_FALSE(gate->is_done_for_all());
  through(0);
  EXPECT_TRUE(gate->is_done_for_all());
  EXPECT_THAT(take_woken(), ElementsAre(2));
  EXPECT_EQ(ask(1), "done: ran once, on h0");
  EXPECT_EQ(ask(2), "done: ran once, on h0");
}

TEST_F(Gate, ItsFailureIsThatOfAll) {
  open({.run_once = true}, 2);
  EXPECT_EQ(ask(0), "yes");
  failed(0);
  EXPECT_EQ(ask(1), "no: runs once, and did not succeed on h0");
  EXPECT_EQ(gate->failed_for_all_on(), "h0");
}

TEST_F(Gate, WhereTheFirstIsLostBeforeItTheNextOneDoesIt) {
  open({.run_once = true}, 4);
  EXPECT_EQ(ask(3), "wait");
  EXPECT_EQ(ask(2), "wait");
  failed(1);
  EXPECT_THAT(take_woken(), IsEmpty());
  failed(0);
  EXPECT_THAT(take_woken(), ElementsAre(2));
  EXPECT_EQ(ask(2), "yes");
  through(2);
  EXPECT_EQ(ask(3), "done: ran once, on h2");
}

// Every host asks, is woken at most once for each wait, and ends: the number of calls grows with the hosts alone.
TEST_F(Gate, NoHostIsWokenForNothing) {
  constexpr std::size_t hosts = 20'000;
  open({.rolling = {number(100)}, .throttle = 10}, hosts);
  std::deque<std::size_t> asking;
  for (std::size_t host = 0; host < hosts; ++host) asking.push_back(host);
  std::size_t questions = 0, ended = 0;
  std::deque<std::size_t> in_it;
  while (ended < hosts) {
    while (!asking.empty()) {
      ++questions;
      if (ask(asking.front()) == "yes") in_it.push_back(asking.front());
      asking.pop_front();
    }
    ASSERT_FALSE(in_it.empty());
    ASSERT_LE(in_it.size(), 10U);
    through(in_it.front());
    in_it.pop_front();
    ++ended;
    for (const std::size_t host : take_woken()) asking.push_back(host);
  }
  EXPECT_LE(questions, 3 * hosts);
}

}  // namespace
}  // namespace espresso

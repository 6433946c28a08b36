#include "core/async.h"

#include "core/error.h"

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include <string>
#include <thread>

namespace espresso {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// Runs coroutines on one io_context and keeps what they threw.
class Async : public ::testing::Test {
 protected:
  void start(awaitable<void> work) {
    spawn(io_.get_executor(), std::move(work), [this](std::exception_ptr failure) {
      ++finished_;
      if (failure) failure_ = failure;
    });
  }
  void run() { io_.run(); }

  asio::io_context io_{1};
  Bell bell_{io_.get_executor()};
  std::vector<std::string> log_;
  int finished_ = 0;
  std::exception_ptr failure_;
};

awaitable<void> wait_and_note(Bell& bell, std::vector<std::string>& log, std::string name, Deadline deadline) {
  const bool rung = co_await bell.wait(deadline);
  log.push_back(name + (rung ? " rung" : " late"));
}

awaitable<void> ring(Bell& bell) {
  bell.ring();
  co_return;
}

TEST_F(Async, ABellWakesAllWhoWait) {
  for (int i = 0; i < 100; ++i) start(wait_and_note(bell_, log_, "one", Clock::now() + 1h));
  start(ring(bell_));
  run();
  EXPECT_EQ(log_, std::vector<std::string>(100, "one rung"));
  EXPECT_EQ(finished_, 101);
}

TEST_F(Async, ABellWithoutDeadlineWaitsUntilRung) {
  start(wait_and_note(bell_, log_, "first", no_deadline));
  start(ring(bell_));
  run();
  EXPECT_THAT(log_, ElementsAre("first rung"));
}

TEST_F(Async, ADeadlineThatComesFirstIsTold) {
  start(wait_and_note(bell_, log_, "soon", Clock::now() + 1ms));
  start(wait_and_note(bell_, log_, "past", Clock::now() - 1h));
  run();
  EXPECT_THAT(log_, ::testing::UnorderedElementsAre("soon late", "past late"));
}

TEST_F(Async, ARingBeforeTheWaitIsNotRemembered) {
  start(ring(bell_));
  start(wait_and_note(bell_, log_, "after", Clock::now() + 1ms));
  run();
  EXPECT_THAT(log_, ElementsAre("after late"));
}

TEST_F(Async, ABellMayBeRungAgainAndAgain) {
  int round = 0;
  const auto follow = [](Bell& bell, int& round_, std::vector<std::string>& log) -> awaitable<void> {
    for (int seen = 0; seen < 3;) {
      while (round_ == seen) co_await bell.wait(Clock::now() + 1h);
      seen = round_;
      log.push_back(std::to_string(seen));
    }
  };
  const auto lead = [](Bell& bell, int& round_, asio::any_io_executor executor) -> awaitable<void> {
    for (; round_ < 3;) {
      ++round_;
      bell.ring();
      co_await asio::post(executor, asio::use_awaitable);
      co_await asio::post(executor, asio::use_awaitable);
      co_await asio::post(executor, asio::use_awaitable);
    }
  };
  start(follow(bell_, round, log_));
  start(lead(bell_, round, io_.get_executor()));
  run();
  EXPECT_EQ(log_.back(), "3");
  EXPECT_EQ(finished_, 2);
}

TEST_F(Async, WaitersMayOutliveTheBell) {
  {
    Bell brief(io_.get_executor());
    start(wait_and_note(brief, log_, "it", Clock::now() + 1ms));
    io_.poll();
  }
  run();
  EXPECT_THAT(log_, ElementsAre("it late"));
}

TEST_F(Async, WaitersMayBeDestroyedWithTheirExecutor) {
  std::optional<asio::io_context> io(std::in_place);
  Bell bell(io->get_executor());
  std::vector<std::string> log;
  spawn(io->get_executor(), wait_and_note(bell, log, "it", no_deadline), {});
  io->poll();
  io.reset();
  bell.ring();  // nobody is left on its list
  EXPECT_TRUE(log.empty());
}

TEST_F(Async, SpawnHandsOverWhatWasThrown) {
  const auto fail = []() -> awaitable<void> {
    throw Unreachable("connection refused", "start sshd");
    co_return;
  };
  start(fail());
  run();
  ASSERT_TRUE(failure_);
  try {
    std::rethrow_exception(failure_);
  } catch (const Error& error) {
    EXPECT_STREQ(error.within("web1").what(), "web1: connection refused");
    EXPECT_EQ(error.within("web1").hint(), "start sshd");
    EXPECT_EQ(error.kind(), Error::Kind::unreachable);
  }
}

TEST_F(Async, WhatNobodyTakesLeavesTheExecutor) {
  const auto fail = []() -> awaitable<void> {
    throw Error("lost");
    co_return;
  };
  spawn(io_.get_executor(), fail(), {});
  EXPECT_THROW(run(), Error);
}

TEST_F(Async, APoolWorksAsideAndTheResultComesHome) {
  asio::thread_pool pool(2);
  const auto work = [](asio::thread_pool& threads, std::vector<std::string>& log) -> awaitable<void> {
    const auto home = std::this_thread::get_id();
    auto there = std::make_unique<std::thread::id>();
    auto note_thread = [id = std::move(there)]() mutable {
      *id = std::this_thread::get_id();
      return std::move(id);
    };
    const auto thread = co_await on_pool(threads, note_thread);
    log.push_back(*thread == home ? "worked at home" : "worked aside");
    log.push_back(std::this_thread::get_id() == home ? "came home" : "got lost");
  };
  start(work(pool, log_));
  run();
  EXPECT_THAT(log_, ElementsAre("worked aside", "came home"));
}

TEST_F(Async, AnExceptionOnThePoolComesHome) {
  asio::thread_pool pool(1);
  const auto work = [](asio::thread_pool& threads) -> awaitable<void> {
    co_await on_pool(threads, []() -> bool { throw Error("the key is encrypted"); });
  };
  start(work(pool));
  run();
  ASSERT_TRUE(failure_);
  EXPECT_THROW(std::rethrow_exception(failure_), Error);
}

}  // namespace
}  // namespace espresso

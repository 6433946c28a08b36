// What every session promises: the local one, and libssh against a real OpenSSH server.

#include "core/error.h"
#include "core/hash.h"
#include "coroutines.h"
#include "memory_session.h"
#include "sshd.h"

#include <gtest/gtest.h>

#include <random>

namespace espresso::testing {
namespace {

class SessionContract : public ::testing::TestWithParam<std::string> {
 protected:
  static void TearDownTestSuite() { server().reset(); }
  bool is_local() const { return GetParam() == "Local"; }

  awaitable<std::unique_ptr<Session>> open() {
    if (is_local()) co_return open_local_session(io_.get_executor());
    if (!connector_) {
      if (!server()) server() = std::make_unique<Sshd>();
      connector_ = std::make_unique<Connector>(io_.get_executor(), server()->connector_options());
    }
    co_return co_await connector_->connect(server()->endpoint());
  }

  Outcome outcome(const std::string& command, const std::string& input = "") {
    Outcome result;
    run(io_, [&]() -> awaitable<void> {
      const auto session = co_await open();
      result = co_await outcome_of(*session, command, input);
      co_await session->close(in(std::chrono::seconds(5)));
    });
    return result;
  }

  static std::unique_ptr<Sshd>& server() {
    static std::unique_ptr<Sshd> instance;
    return instance;
  }

  asio::io_context io_;
  std::unique_ptr<Connector> connector_;
};

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(42);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_P(SessionContract, ACommandsOutputAndStatusArrive) {
  EXPECT_EQ(outcome("echo hello; exit 3"), (Outcome{.output = "hello\n", .exit_status = 3}));
}

TEST_P(SessionContract, StdoutAndStderrStayApart) {
  EXPECT_EQ(outcome("echo out; echo err >&2"), (Outcome{.output = "out\n", .error_output = "err\n", .exit_status = 0}));
}

TEST_P(SessionContract, ACommandEndsAtTheEndOfItsInput) {
  EXPECT_EQ(outcome("cat", "one\0two\n"), (Outcome{.output = "one\0two\n", .exit_status = 0}));
}

TEST_P(SessionContract, ASignalIsToldByItsName) {
  EXPECT_EQ(outcome("kill -TERM $$"), (Outcome{.exit_signal = "TERM"}));
}

TEST_P(SessionContract, AnUnknownCommandIsTheShellsStatus127) {
  const auto result = outcome("no-such-command-here");
  EXPECT_EQ(result.exit_status, 127);
  EXPECT_NE(result.error_output.find("not found"), std::string::npos) << result.error_output;
}

TEST_P(SessionContract, TenMegabytesComeBackUnchangedWhileMoreAreWritten) {
  const auto sent = random_bytes(10 << 20);
  Outcome result;
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("cat");
    const auto write = [](Channel& to, const std::string& data) -> awaitable<void> {
      co_await to.write(data);
      co_await to.send_eof();
    };
    std::exception_ptr failure;
    spawn(io_.get_executor(), write(*channel, sent), [&](std::exception_ptr thrown) { failure = thrown; });
    result = co_await outcome_of(*channel);
    EXPECT_FALSE(failure);
    co_await session->close(in(std::chrono::seconds(5)));
  });
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.output.size(), sent.size());
  EXPECT_EQ(sha256(result.output), sha256(sent));
}

TEST_P(SessionContract, OutputWaitsForAReaderThatComesLate) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("head -c 8000000 /dev/zero; echo end >&2");
    co_await channel->send_eof();
    Bell nobody_rings(io_.get_executor());
    co_await nobody_rings.wait(in(std::chrono::milliseconds(300)));
    const auto result = co_await outcome_of(*channel);
    EXPECT_EQ(result.output.size(), 8000000U);
    EXPECT_EQ(result.error_output, "end\n");
    EXPECT_EQ(result.exit_status, 0);
  });
}

TEST_P(SessionContract, AReadGivesUpAtItsDeadlineAndCanBeRepeated) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("read line; echo got $line");
    EXPECT_FALSE(co_await channel->read(in(std::chrono::milliseconds(50))));
    co_await channel->write("it\n");
    const auto event = co_await channel->read(in(std::chrono::seconds(20)));
    EXPECT_EQ(event.value_or(ChannelEvent{}).data, "got it\n");
  });
}

TEST_P(SessionContract, AWriteGivesUpAtItsDeadlineWhenNobodyTakesIt) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("read line; exec cat >/dev/null");
    std::string message;
    try {
      const std::string much(16 << 20, 'x');  // without a newline: dash reads all of it
      co_await channel->write(much, in(std::chrono::milliseconds(200)));
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "the command did not take its input before the deadline");
  });
}

TEST_P(SessionContract, TwoCommandsRunAtOnceOnOneSession) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto first = co_await session->exec("cat");
    const auto second = co_await session->exec("cat");
    co_await second->write("second");
    co_await first->write("first");
    co_await first->send_eof();
    co_await second->send_eof();
    const auto of_second = co_await outcome_of(*second);
    const auto of_first = co_await outcome_of(*first);
    EXPECT_EQ(of_first, (Outcome{.output = "first", .exit_status = 0}));
    EXPECT_EQ(of_second, (Outcome{.output = "second", .exit_status = 0}));
  });
}

TEST_P(SessionContract, TheEndIsToldAgainAtEveryFurtherRead) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("exit 7");
    const auto result = co_await outcome_of(*channel);
    const auto again = co_await channel->read();
    EXPECT_EQ(result.exit_status, 7);
    EXPECT_EQ(again.value_or(ChannelEvent{}).exit_status, 7);
    std::string message;
    try {
      co_await channel->write("too late");
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "the command has ended and takes no more input");
  });
}

TEST_P(SessionContract, AChannelThatIsDroppedEndsItsCommand) {
  const TemporaryFolder folder;
  const auto fifo = folder / "fifo";
  output_of({"mkfifo", fifo});
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    // Both commands hold the pipe's ends: the second sees its end once the first is gone.
    auto first = co_await session->exec("exec cat >" + fifo);
    const auto second = co_await session->exec("exec cat <" + fifo);
    co_await first->write("x");
    const auto event = co_await second->read(in(std::chrono::seconds(20)));
    EXPECT_TRUE(event.has_value());
    first.reset();
    const auto result = co_await outcome_of(*second);
    EXPECT_EQ(result.exit_status, 0);
  });
}

TEST_P(SessionContract, NothingStartsOnAClosedSession) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    co_await session->close(in(std::chrono::seconds(5)));
    Error::Kind kind = Error::Kind::failed;
    try {
      co_await session->exec("true");
    } catch (const Error& error) {
      kind = error.kind();
    }
    EXPECT_EQ(kind, Error::Kind::unreachable);
  });
}

TEST_P(SessionContract, AnExecutorMayGoAwayInTheMiddle) {
  std::unique_ptr<Connector> connector;
  auto io = std::make_unique<asio::io_context>();
  if (!is_local()) {
    if (!server()) server() = std::make_unique<Sshd>();
    connector = std::make_unique<Connector>(io->get_executor(), server()->connector_options());
  }
  bool reading = false;
  const auto work = [&]() -> awaitable<void> {
    std::unique_ptr<Session> session;
    if (is_local())
      session = open_local_session(io->get_executor());
    else
      session = co_await connector->connect(server()->endpoint());
    const auto channel = co_await session->exec("cat");
    co_await channel->write("x");
    co_await channel->read();
    reading = true;
    io->stop();
    co_await channel->read();
  };
  spawn(io->get_executor(), work(), [](std::exception_ptr) {});
  io->run_for(std::chrono::seconds(60));
  EXPECT_TRUE(reading);
  connector.reset();
  io.reset();
}

INSTANTIATE_TEST_SUITE_P(Session, SessionContract, ::testing::Values("Local", "OpenSsh"),
                         [](const auto& info) { return info.param; });

TEST(MemorySession, RecordsWhatItWasAskedAndAnswersByScript) {
  asio::io_context io;
  MemorySession session({.answers = {{{.data = "hello"}, {.kind = ChannelEvent::Kind::closed, .exit_status = 0}}}});
  run(io, [&]() -> awaitable<void> {
    const auto result = co_await outcome_of(session, "greet", "name");
    EXPECT_EQ(result, (Outcome{.output = "hello", .exit_status = 0}));
    co_await session.close(no_deadline);
  });
  EXPECT_EQ(session.record().commands, std::vector<std::string>{"greet"});
  EXPECT_EQ(session.record().inputs, std::vector<std::string>{"name"});
  EXPECT_TRUE(session.record().closed);
}

TEST(MemorySession, IsLostWhereTheScriptSaysSo) {
  const std::vector<std::vector<ChannelEvent>> answers = {
      {{.data = "one"}, {.data = "two"}, {.data = "three"}, {.kind = ChannelEvent::Kind::closed}}};
  const auto received = [](MemorySession::Script script) {
    asio::io_context io;
    MemorySession session(std::move(script));
    std::string data;
    EXPECT_THROW(run(io,
                     [&]() -> awaitable<void> {
                       const auto channel = co_await session.exec("x", no_deadline);
                       while (true) data += (co_await channel->read())->data;
                     }),
                 Unreachable);
    return data;
  };
  EXPECT_EQ(received({.answers = answers, .cut_after = 5}), "onetw");
  EXPECT_EQ(received({.answers = answers, .fail_read = 3}), "onetwo");
}

}  // namespace
}  // namespace espresso::testing

// What every session promises: the one in memory, the local one, and libssh against servers of several makes.

#include "core/error.h"
#include "core/hash.h"
#include "coroutines.h"
#include "memory_session.h"
#include "servers.h"

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <random>

namespace espresso::testing {
namespace {

/// The commands of the contract, as the session in memory knows them.
std::vector<ChannelEvent> commands_in_memory(const std::string& command, std::string_view input, bool end) {
  using Kind = ChannelEvent::Kind;
  const auto closed = [](int status) { return ChannelEvent{.kind = Kind::closed, .exit_status = status}; };
  if (command == "cat") {
    if (!end && input.empty()) return {};
    return {end ? closed(0) : ChannelEvent{.data = std::string(input)}};
  }
  if (command == "read line; echo got $line") {
    if (input.empty()) return {};
    return {{.data = "got " + std::string(input)}, closed(0)};
  }
  static const std::map<std::string, std::vector<ChannelEvent>> told_at_once = {
      {"exit 7", {closed(7)}},
      {"echo hello; exit 3", {{.data = "hello\n"}, closed(3)}},
      {"echo out; echo err >&2", {{.data = "out\n"}, {.kind = Kind::error_output, .data = "err\n"}, closed(0)}},
      {"kill -TERM $$", {{.kind = Kind::closed, .exit_signal = "TERM"}}},
      {"no-such-command-here", {{.kind = Kind::error_output, .data = "not found\n"}, closed(127)}},
      {"head -c 8000000 /dev/zero; echo end >&2",
       {{.data = std::string(8000000, '\0')}, {.kind = Kind::error_output, .data = "end\n"}, closed(0)}}};
  if (!input.empty() || end) return {};
  return told_at_once.at(command);
}

/// What opens sessions, and what is special about these.
struct Kind {
  std::string name;
  Server (*start)() = nullptr;  ///< none: no server is needed
  std::unique_ptr<Session> (*open)(asio::any_io_executor) = nullptr;
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class SessionContract : public ::testing::TestWithParam<Kind> {
 protected:
  static void TearDownTestSuite() { servers().clear(); }

  static const Server& server() {
    auto& server = servers()[GetParam().name];
    if (!server.running) server = GetParam().start();
    return server;
  }
  static std::unique_ptr<Connector> connector_on(asio::io_context& io) {
    return GetParam().start ? std::make_unique<Connector>(io.get_executor(), server().options) : nullptr;
  }
  static awaitable<std::unique_ptr<Session>> open_on(asio::io_context& io, Connector* connector) {
    if (!connector) co_return GetParam().open(io.get_executor());
    co_return co_await connector->connect(server().endpoint);
  }
  awaitable<std::unique_ptr<Session>> open() {
    if (!connector_) connector_ = connector_on(io_);
    return open_on(io_, connector_.get());
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

  static std::map<std::string, Server>& servers() {
    static std::map<std::string, Server> instances;
    return instances;
  }

  asio::io_context io_;
  std::unique_ptr<Connector> connector_;
};

/// What only a session with processes behind it can promise: not the one in memory, which has no window either.
class ProcessContract : public SessionContract {};

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
  std::exception_ptr failure;  // the writer may end after the coroutine that reads
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("cat");
    const auto write = [](Channel& to, const std::string& data) -> awaitable<void> {
      co_await to.write(data);
      co_await to.send_eof();
    };
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

TEST_P(ProcessContract, AWriteGivesUpAtItsDeadlineWhenNobodyTakesIt) {
  run(io_, [&]() -> awaitable<void> {
    const auto session = co_await open();
    const auto channel = co_await session->exec("exec sleep 30");
    std::string message;
    try {
      const std::string much(16 << 20, 'x');  // more than all windows and pipes on the way hold
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

TEST_P(ProcessContract, AChannelThatIsDroppedEndsItsCommand) {
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
  auto io = std::make_unique<asio::io_context>();
  auto connector = connector_on(*io);
  bool reading = false;
  const auto work = [&]() -> awaitable<void> {
    const auto session = co_await open_on(*io, connector.get());
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

std::unique_ptr<Session> open_in_memory(asio::any_io_executor) {
  return std::make_unique<MemorySession>(MemorySession::Script{.program = commands_in_memory});
}

std::vector<Kind> kinds_with_processes() {
  return {{.name = "Local", .open = [](asio::any_io_executor io) { return open_local_session(std::move(io)); }},
          {.name = "OpenSsh", .start = [] { return start_openssh(); }},
          {.name = "Dropbear", .start = start_dropbear},
          {.name = "Libssh", .start = [] { return start_libssh_server(); }}};
}

std::vector<Kind> all_kinds() {
  auto kinds = kinds_with_processes();
  kinds.push_back({.name = "Memory", .open = open_in_memory});
  return kinds;
}

std::string name_of(const ::testing::TestParamInfo<Kind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Session, SessionContract, ::testing::ValuesIn(all_kinds()), name_of);
INSTANTIATE_TEST_SUITE_P(Session, ProcessContract, ::testing::ValuesIn(kinds_with_processes()), name_of);

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

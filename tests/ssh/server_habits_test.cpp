// What servers do that is allowed, and odd.

#include "core/error.h"
#include "coroutines.h"
#include "faulty_path.h"
#include "servers.h"

#include <gtest/gtest.h>

namespace espresso::testing {
namespace {

/// What a command says, or what kept it from being run.
std::string said(const Server& server, const std::string& command) {
  asio::io_context io;
  Connector connector(io.get_executor(), server.options);
  std::string text;
  try {
    run(io, [&]() -> awaitable<void> {
      const auto session = co_await connector.connect(server.endpoint);
      const auto outcome = co_await outcome_of(*session, command);
      text = outcome.output + outcome.error_output;
      co_await session->close(in(std::chrono::seconds(5)));
    });
  } catch (const Error& error) {
    text = std::string(error.what()) + "\n" + error.hint();
  }
  return text;
}

TEST(Server, WithABannerIsReachedAndTheBannerIsNotShown) {
  const TemporaryFolder folder;
  for (const std::string& banner :
       {std::string(64 << 10, 'x') + "\n", std::string("\x1b[2J\x1b]0;title\a\r\n\x9b%s%n\n")}) {
    write_file(folder / "banner", banner);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const auto text = said(start_openssh({.extra = "Banner " + (folder / "banner")}), "echo hello");
    EXPECT_EQ(::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(text, "hello\n");
  }
}

/// With one command that goes on, what becomes of a second; the first is not harmed.
std::string second_command(const Server& server) {
  asio::io_context io;
  Connector connector(io.get_executor(), server.options);
  std::string text;
  run(io, [&]() -> awaitable<void> {
    const auto session = co_await connector.connect(server.endpoint);
    auto first = co_await session->exec("cat");
    try {
      const auto second = co_await outcome_of(*session, "echo second");
      text = second.output;
    } catch (const Error& error) {
      text = std::string(error.what()) + "\n" + error.hint() +
             (error.kind() == Error::Kind::unreachable ? "\nunreachable" : "");
    }
    co_await first->write("first");
    co_await first->send_eof();
    const auto outcome = co_await outcome_of(*first);
    EXPECT_EQ(outcome.output, "first");
    first.reset();
    // Its place is free again, a moment after the server has heard of it.
    std::string third;
    Bell nobody_rings(io.get_executor());
    for (const auto deadline = in(std::chrono::seconds(30)); third.empty() && Clock::now() < deadline;) {
      try {
        const auto outcome_of_third = co_await outcome_of(*session, "echo third");
        third = outcome_of_third.output;
      } catch (const Error&) {
      }
      if (third.empty()) co_await nobody_rings.wait(in(std::chrono::milliseconds(10)));
    }
    EXPECT_EQ(third, "third\n");
    co_await session->close(in(std::chrono::seconds(5)));
  });
  return text;
}

constexpr auto about_channels =
    "\nsee MaxSessions in its sshd_config: a run takes one channel, to end what it left there takes another";

TEST(Server, ThatTakesOneCommandAtATimeSaysSo) {
  EXPECT_EQ(second_command(start_openssh({.extra = "MaxSessions 1"})),
            std::string("the host refused a channel for a command: open failed") + about_channels);
  EXPECT_EQ(second_command(start_libssh_server(1)),
            std::string("the host refused a channel for a command: ") + about_channels);
}

TEST(Server, ThatTakesNoCommandAtAllSaysSo) {
  EXPECT_EQ(said(start_openssh({.extra = "MaxSessions 0"}), "echo"),
            std::string("the host refused a channel for a command: open failed") + about_channels);
}

TEST(Server, ThatIsFullIsAskedAgain) {
  const Sshd sshd({.extra = "MaxStartups 1"});
  asio::io_context io;
  FaultyPath path(io, sshd.port(), {});
  auto endpoint = sshd.endpoint();
  endpoint.port = path.port();
  endpoint.host_key_check = HostKeyCheck::off;
  endpoint.connect_timeout = std::chrono::seconds(60);
  Connector connector(io.get_executor(), sshd.connector_options());
  // Takes the only place until the server has refused one.
  asio::ip::tcp::socket intruder(io);
  intruder.connect({asio::ip::address_v4::loopback(), sshd.port()});
  std::string output;
  std::size_t refused = 0;
  const auto leave = [&]() -> awaitable<void> {
    Bell nobody_rings(io.get_executor());
    while (path.traffic().connections == 0 || path.traffic().bytes[1] == 0)
      co_await nobody_rings.wait(in(std::chrono::milliseconds(1)));
    refused = path.traffic().connections;
    intruder.close();
  };
  run(io, [&]() -> awaitable<void> {
    std::string banner(64, '\0');
    co_await intruder.async_read_some(asio::buffer(banner), asio::use_awaitable);
    spawn(io.get_executor(), leave(), {});
    const auto session = co_await connector.connect(endpoint);
    const auto outcome = co_await outcome_of(*session, "echo hello");
    output = outcome.output;
  });
  EXPECT_EQ(output, "hello\n");
  EXPECT_EQ(refused, 1U);
  EXPECT_GT(path.traffic().connections, 1U);
}

}  // namespace
}  // namespace espresso::testing

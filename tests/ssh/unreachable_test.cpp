#include "core/error.h"
#include "coroutines.h"
#include "sshd.h"

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace espresso::testing {
namespace {

using asio::ip::tcp;

/// A server that does with each connection what the test says.
class StrangeServer {
 public:
  explicit StrangeServer(asio::io_context& io) : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  unsigned connections() const { return connections_; }
  /// Says `greeting` and closes.
  void greet(const std::string& greeting) {
    acceptor_.async_accept([this, greeting](asio::error_code error, tcp::socket socket) {
      if (error) return;
      ++connections_;
      asio::write(socket, asio::buffer(greeting), error);
      greet(greeting);
    });
  }
  /// Says `greeting` and then nothing more.
  void keep(const std::string& greeting) {
    acceptor_.async_accept([this, greeting](asio::error_code error, tcp::socket socket) {
      if (error) return;
      kept_.push_back(std::make_unique<tcp::socket>(std::move(socket)));
      kept_.back()->non_blocking(true);
      asio::write(*kept_.back(), asio::buffer(greeting), error);
    });
  }
  /// Says all of `words`, as fast as it is heard.
  void tell(const std::string& words) {
    acceptor_.async_accept([this, words](asio::error_code error, tcp::socket socket) {
      if (error) return;
      kept_.push_back(std::make_unique<tcp::socket>(std::move(socket)));
      const auto text = std::make_shared<std::string>(words);
      asio::async_write(*kept_.back(), asio::buffer(*text), [text](asio::error_code, std::size_t) {});
    });
  }
  /// Says nothing, and calls `then` once.
  void when_connected(std::function<void()> then) {
    acceptor_.async_accept([this, then = std::move(then)](asio::error_code error, tcp::socket socket) {
      if (error) return;
      kept_.push_back(std::make_unique<tcp::socket>(std::move(socket)));
      then();
    });
  }
  void close() { acceptor_.close(); }

 private:
  tcp::acceptor acceptor_;
  unsigned connections_ = 0;
  std::vector<std::unique_ptr<tcp::socket>> kept_;
};

class UnreachableHost : public ::testing::Test {
 protected:
  /// What is thrown, with its hint on a line of its own.
  std::string connect(const std::string& address, std::uint16_t port, std::chrono::milliseconds timeout) {
    return connect({.name = "web1", .address = address, .port = port, .user = "nobody", .connect_timeout = timeout});
  }
  std::string connect(const Endpoint& endpoint) {
    Connector connector(
        io_.get_executor(),
        {.known_hosts_files = {folder_ / "none"}, .agent_socket = "", .handshakes_at_once = 8, .pool_threads = 1});
    try {
      run(io_, [&]() -> awaitable<void> { co_await connector.connect(endpoint); });
    } catch (const Unreachable& error) {
      return std::string(error.what()) + "\n" + error.hint();
    }
    return "connected";
  }

  asio::io_context io_;
  TemporaryFolder folder_;
};

TEST_F(UnreachableHost, ThatRefusesSaysSo) {
  StrangeServer server(io_);
  const auto port = server.port();
  server.close();
  EXPECT_EQ(connect("127.0.0.1", port, std::chrono::seconds(10)),
            "connection refused\ncheck that an SSH server listens at 127.0.0.1 port " + std::to_string(port));
}

TEST_F(UnreachableHost, ThatNeverSpeaksEndsAtTheDeadline) {
  StrangeServer server(io_);
  const auto before = Clock::now();
  EXPECT_EQ(connect("127.0.0.1", server.port(), std::chrono::milliseconds(300)),
            "no answer within 0.30s after the connection was made\n"
            "check that the host is up and its firewall lets SSH through, or give it a longer connect_timeout");
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(5));
}

TEST_F(UnreachableHost, ThatClosesAtOnceIsTriedFourTimes) {
  StrangeServer server(io_);
  server.greet("");
  const auto message = connect("127.0.0.1", server.port(), std::chrono::seconds(20));
  EXPECT_TRUE(message.starts_with("the host ended the connection during the handshake: ")) << message;
  EXPECT_EQ(server.connections(), 4U);
}

TEST_F(UnreachableHost, ThatIsNoSshServerIsToldApart) {
  StrangeServer server(io_);
  server.greet("HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto message = connect("127.0.0.1", server.port(), std::chrono::seconds(20));
  EXPECT_TRUE(message.starts_with("the host ended the connection during the handshake: ")) << message;
  EXPECT_NE(message.find("; it said 'HTTP/1.1 400 Bad Request'\n"), std::string::npos) << message;
}

TEST_F(UnreachableHost, ThatTalksOnWithoutBeingAnSshServerIsToldApart) {
  const std::string told = "\ncheck the host's address and port";
  StrangeServer server(io_);
  server.keep("220 mail\x1b[31m ready\r\n");
  EXPECT_EQ(connect("127.0.0.1", server.port(), std::chrono::milliseconds(300)),
            "what answers there is no SSH server: it said '220 mail\\x1b[31m ready'" + told);
  StrangeServer chatterbox(io_);
  chatterbox.keep(std::string(100'000, 'x'));
  EXPECT_EQ(connect("127.0.0.1", chatterbox.port(), std::chrono::seconds(20)),
            "what answers there is no SSH server: it said '" + std::string(64, 'x') + "'" + told);
}

TEST_F(UnreachableHost, ThatSpeaksAnotherVersionSaysSo) {
  for (const std::string version : {"SSH-1.5-old", "SSH-3.0-new"}) {
    StrangeServer server(io_);
    server.keep(version + "\r\n");
    EXPECT_EQ(connect("127.0.0.1", server.port(), std::chrono::seconds(60)),
              "the host does not speak version 2 of SSH: it said '" + version +
                  "'\nupdate its SSH server, or check the host's address and port");
  }
}

TEST_F(UnreachableHost, ThatSaysWhatIsNoVersionIsGivenUp) {
  const std::string told = "\ncheck the host's address and port";
  StrangeServer endless(io_);
  endless.keep("SSH-2.0-" + std::string(100'000, 'x'));
  EXPECT_EQ(connect("127.0.0.1", endless.port(), std::chrono::seconds(60)),
            "what answers there is no SSH server: it said 'SSH-2.0-" + std::string(56, 'x') + "'" + told);
  StrangeServer tls(io_);
  tls.keep(std::string("\x15\x03\x03\0\x02\x02\n", 7));
  EXPECT_EQ(connect("127.0.0.1", tls.port(), std::chrono::milliseconds(300)),
            "what answers there is no SSH server: it said '\\x15\\x03\\x03\\x00\\x02\\x02'" + told);
  StrangeServer nothing_but_zeros(io_);
  nothing_but_zeros.keep(std::string(100'000, '\0'));
  const auto message = connect("127.0.0.1", nothing_but_zeros.port(), std::chrono::seconds(60));
  EXPECT_TRUE(message.starts_with("what answers there is no SSH server: it said '\\x00\\x00")) << message;
}

TEST_F(UnreachableHost, ThatTalksForLongBeforeItsVersionIsHeardOut) {
  std::string lines;
  while (lines.size() < 1 << 20) lines += "please wait\r\n";
  StrangeServer server(io_);
  server.tell(lines + "SSH-1.5-late\r\n");
  EXPECT_EQ(connect("127.0.0.1", server.port(), std::chrono::seconds(60)),
            "the host does not speak version 2 of SSH: it said 'SSH-1.5-late'\n"
            "update its SSH server, or check the host's address and port");
}

TEST_F(UnreachableHost, ThatIsSilentGivesItsPlaceToTheNext) {
  const Sshd server;
  StrangeServer silent(io_);
  auto options = server.connector_options();
  options.handshakes_at_once = 1;
  Connector connector(io_.get_executor(), options);
  std::string ended;
  const auto note = [&ended](const std::string& name) {
    return
        [&ended, name](std::exception_ptr failure) { ended += failure ? name + " failed, " : name + " connected, "; };
  };
  const auto open = [](Connector& to, Endpoint endpoint) -> awaitable<void> {
    co_await to.connect(std::move(endpoint));
  };
  auto mute = server.endpoint();
  mute.port = silent.port();
  mute.connect_timeout = std::chrono::seconds(5);
  spawn(io_.get_executor(), open(connector, mute), note("silent"));
  spawn(io_.get_executor(), open(connector, server.endpoint()), note("sshd"));
  io_.run_for(std::chrono::seconds(60));
  EXPECT_EQ(ended, "sshd connected, silent failed, ");
}

TEST_F(UnreachableHost, IsGivenUpAtOnceWhenTheConnectorIsAbandoned) {
  StrangeServer silent(io_);
  const TemporaryFolder folder;
  Connector connector(
      io_.get_executor(),
      {.known_hosts_files = {folder / "none"}, .agent_socket = "", .handshakes_at_once = 1, .pool_threads = 1});
  std::string messages;
  const auto open = [](Connector& to, std::uint16_t port, std::string& told) -> awaitable<void> {
    const Endpoint endpoint{.name = "web1",
                            .address = "127.0.0.1",
                            .port = port,
                            .user = "nobody",
                            .connect_timeout = std::chrono::seconds(100)};
    try {
      co_await to.connect(endpoint);
    } catch (const Unreachable& error) {
      told += std::string(error.what()) + "\n";
    }
  };
  silent.when_connected([&connector] { connector.abandon(); });
  for (int i = 0; i < 2; ++i) spawn(io_.get_executor(), open(connector, silent.port(), messages), {});
  const auto before = Clock::now();
  io_.run_for(std::chrono::seconds(60));
  EXPECT_EQ(messages, "not begun: interrupted\ninterrupted before there was a session\n");
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(30));
}

TEST_F(UnreachableHost, WhoseNameIsUnknownSaysSo) {
  const auto message = connect("no-such-host.invalid", 22, std::chrono::seconds(60));
  EXPECT_TRUE(message.starts_with("the name 'no-such-host.invalid' cannot be resolved: ")) << message;
}

TEST_F(UnreachableHost, OfAnotherFamilyThanIsAskedForSaysSo) {
  auto endpoint = Endpoint{.name = "web1", .address = "127.0.0.1", .port = 22, .user = "nobody"};
  endpoint.address_family = AddressFamily::inet6;
  EXPECT_EQ(connect(endpoint),
            "'127.0.0.1' is no IPv6 address, but AddressFamily asks for one\nlet AddressFamily be any");
  endpoint.address_family = AddressFamily::inet;
  endpoint.address = "::1";
  EXPECT_EQ(connect(endpoint), "'::1' is no IPv4 address, but AddressFamily asks for one\nlet AddressFamily be any");
}

TEST_F(UnreachableHost, FromAnAddressThatIsNotOursSaysSo) {
  auto endpoint = Endpoint{.name = "web1", .address = "127.0.0.1", .port = 22, .user = "nobody"};
  const std::string hint =
      "\nlet BindAddress be one of this machine's addresses, or BindInterface have one, of the same family";
  for (const auto& [address, why] : std::map<std::string, std::string>{
           {"192.0.2.200", "Cannot assign requested address"}, {"eth0", "Invalid argument"}}) {
    endpoint.bind_address = address;
    EXPECT_EQ(connect(endpoint), "cannot connect from '" + address + "' to 127.0.0.1: " + why + hint);
  }
}

TEST_F(UnreachableHost, IsNoticedWhenItsServerDiesInTheMiddle) {
  const Sshd server;
  Connector connector(io_.get_executor(), server.connector_options());
  Error::Kind kind = Error::Kind::failed;
  std::string received;
  try {
    run(io_, [&]() -> awaitable<void> {
      const auto session = co_await connector.connect(server.endpoint());
      const auto channel = co_await session->exec("echo hello; read line; kill -KILL $PPID; exec cat");
      while (true) {
        const auto event = co_await channel->read(in(std::chrono::seconds(30)));
        if (!event || event->kind == ChannelEvent::Kind::closed) break;
        received += event->data;
        co_await channel->write("die\n");
      }
    });
  } catch (const Error& error) {
    kind = error.kind();
  }
  EXPECT_EQ(received, "hello\n");
  EXPECT_EQ(kind, Error::Kind::unreachable);
}

TEST(ManySessions, OpenAndRunAtOnce) {
  const Sshd server;
  asio::io_context io;
  Connector connector(io.get_executor(), server.connector_options());
  unsigned succeeded = 0;
  const auto one = [](Connector& to, Endpoint endpoint, unsigned number, unsigned& count) -> awaitable<void> {
    const auto session = co_await to.connect(std::move(endpoint));
    const auto expected = std::to_string(number) + "\n";
    const auto outcome = co_await outcome_of(*session, "echo " + std::to_string(number));
    if (outcome.output == expected) ++count;
    co_await session->close(in(std::chrono::seconds(10)));
  };
  for (unsigned number = 0; number < 50; ++number) {
    spawn(io.get_executor(), one(connector, server.endpoint(), number, succeeded), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  io.run_for(std::chrono::seconds(120));
  EXPECT_EQ(succeeded, 50U);
}

}  // namespace
}  // namespace espresso::testing

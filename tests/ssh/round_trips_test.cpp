// How often a connection waits for the network: counted on a way that carries one direction at a time, with no clock.

#include "coroutines.h"
#include "sshd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Gathers all that the client says until it waits, brings it to the server, gathers all that the server says until it
/// waits, and so on: each turn is a round trip. Whoever is slow is taken to wait, so that a busy machine makes the
/// count higher and never lower.
class TakingTurns {
 public:
  explicit TakingTurns(std::uint16_t server) : server_(server), listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listening_, 1) != 0 ||
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no port for the test");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { carry(); });
  }
  ~TakingTurns() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  TakingTurns(const TakingTurns&) = delete;
  TakingTurns& operator=(const TakingTurns&) = delete;

  std::uint16_t port() const { return port_; }
  /// The first is that of TCP itself.
  int turns() const { return turns_; }

 private:
  static constexpr int patience_in_ms = 150;

  void carry() {
    const int client = ::accept(listening_, nullptr, nullptr);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(server_);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      turns_ = 1;
      while (bring(client, server)) {
        ++turns_;
        if (!bring(server, client)) break;
      }
    }
    ::close(client);
    ::close(server);
  }

  /// False when it has ended.
  static bool bring(int from, int to) {
    std::string said;
    std::array<char, 1 << 16> piece{};
    // For the first word there is time; the other side says nothing before it.
    pollfd ready{.fd = from, .events = POLLIN, .revents = 0};
    for (int patience = 10'000; ::poll(&ready, 1, patience) > 0; patience = patience_in_ms) {
      const auto size = ::recv(from, piece.data(), piece.size(), 0);
      if (size <= 0) return false;
      said.append(piece.data(), static_cast<std::size_t>(size));
    }
    return ::send(to, said.data(), said.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(said.size());
  }

  std::uint16_t server_;
  std::uint16_t port_ = 0;
  int listening_;
  std::atomic<int> turns_ = 0;
  std::thread thread_;
};

/// From no connection to the answer of a command that was given its input.
int turns_to_the_first_answer(const Sshd& server) {
  TakingTurns way(server.port());
  asio::io_context io;
  Connector connector(io.get_executor(), server.connector_options());
  auto endpoint = server.endpoint();
  endpoint.port = way.port();
  endpoint.host_key_check = HostKeyCheck::off;
  endpoint.connect_timeout = std::chrono::seconds(60);
  int turns = 0;
  run(io, [&]() -> awaitable<void> {
    const auto session = co_await connector.connect(endpoint);
    const auto channel = co_await session->exec("cat");
    co_await channel->write("hello");
    std::string answer;
    while (answer != "hello") answer += (co_await channel->read())->data;
    turns = way.turns();
    co_await session->close(in(std::chrono::seconds(5)));
  });
  return turns;
}

TEST(RoundTrips, AreEightAtMostToTheFirstAnswer) {
  const Sshd server;
  int fewest = 100;
  // A busy machine may make turns of its own.
  for (int attempt = 0; attempt < 5 && fewest > 8; ++attempt)
    fewest = std::min(fewest, turns_to_the_first_answer(server));
  EXPECT_LE(fewest, 8);
  EXPECT_GE(fewest, 5) << "the way does not count";
}

}  // namespace
}  // namespace espresso::testing

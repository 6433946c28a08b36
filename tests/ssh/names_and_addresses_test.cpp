// Names that are asked for once, and addresses of which some are dead.

#include "core/error.h"
#include "coroutines.h"
#include "ssh/dial.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace espresso::testing {
namespace {

asio::ip::address address(const char* text) { return asio::ip::make_address(text); }

std::string text_of(const Addresses& addresses) {
  std::string text;
  for (const auto& one : addresses) text += (text.empty() ? "" : " ") + one.to_string();
  return text;
}

class Names : public ::testing::Test {
 protected:
  ~Names() override {
    pool_.stop();
    pool_.join();
  }
  std::string looked_up(Resolver& resolver, const std::string& name, Deadline deadline = in(std::chrono::minutes(1))) {
    std::string told;
    run(io_, [&]() -> awaitable<void> {
      try {
        told = text_of(co_await resolver.addresses(name, AddressFamily::any, deadline, abandonment_));
      } catch (const Unreachable& error) {
        told = error.what();
      }
    });
    return told;
  }
  asio::io_context io_;
  asio::thread_pool pool_{2};
  std::shared_ptr<Abandonment> abandonment_ = std::make_shared<Abandonment>();
};

TEST_F(Names, AreAskedForOnceHoweverManyHostsHaveThem) {
  std::atomic<int> asked = 0;
  const auto lookup = [&](const std::string& name, AddressFamily) {
    ++asked;
    if (name != "known") throw Unreachable("the name '" + name + "' cannot be resolved: nobody knows");
    return Addresses{address("127.0.0.9"), address("::1")};
  };
  Resolver resolver(pool_, lookup);
  constexpr int hosts = 50;
  int ended = 0;
  const auto one = [&]() -> awaitable<void> {
    const auto found =
        co_await resolver.addresses("known", AddressFamily::any, in(std::chrono::minutes(1)), abandonment_);
    EXPECT_EQ(text_of(found), "127.0.0.9 ::1");
  };
  for (int host = 0; host < hosts; ++host) {
    spawn(io_.get_executor(), one(), [&](std::exception_ptr failure) {
      EXPECT_FALSE(failure);
      if (++ended == hosts) io_.stop();
    });
  }
  io_.run_for(std::chrono::minutes(1));
  EXPECT_EQ(ended, hosts);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(looked_up(resolver, "other"), "the name 'other' cannot be resolved: nobody knows");
  EXPECT_EQ(looked_up(resolver, "other"), "the name 'other' cannot be resolved: nobody knows");
  EXPECT_EQ(asked, 3) << "what failed may be right by the next time";
}

TEST_F(Names, ThatAreNotAnsweredEndAtTheDeadlineAndHoldUpNoOther) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  const auto lookup = [released](const std::string& name, AddressFamily) {
    if (name == "slow") released.wait();
    return Addresses{address("127.0.0.9")};
  };
  Resolver resolver(pool_, lookup);
  EXPECT_EQ(looked_up(resolver, "slow", in(std::chrono::milliseconds(50))), "no answer from the resolver for 'slow'");
  EXPECT_EQ(looked_up(resolver, "fast"), "127.0.0.9");
  release.set_value();
  EXPECT_EQ(looked_up(resolver, "slow"), "127.0.0.9");
}

/// Listens at an address of this machine. Full: what more comes is not answered, as by a host that is not there.
class Listener {
 public:
  Listener(const char* at, std::uint16_t port, bool is_full)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    place_.sin_family = AF_INET;
    place_.sin_port = htons(port);
    ::inet_pton(AF_INET, at, &place_.sin_addr);
    socklen_t size = sizeof place_;
    auto* const place = reinterpret_cast<sockaddr*>(&place_);
    if (::bind(socket_.number(), place, size) != 0 || ::listen(socket_.number(), is_full ? 0 : 5) != 0 ||
        ::getsockname(socket_.number(), place, &size) != 0)
      throw std::runtime_error("no place to listen");
    // The kernel keeps one more than it is asked to.
    for (int i = 0; is_full && i < 3; ++i) {
      fillers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(fillers_.back().number(), place, size);
    }
  }
  std::uint16_t port() const { return ntohs(place_.sin_port); }

 private:
  Descriptor socket_;
  sockaddr_in place_{};
  std::vector<Descriptor> fillers_;
};

class Addressing : public ::testing::Test {
 protected:
  /// The address that answered, or the message.
  std::string dialled(const Addresses& addresses, std::uint16_t port, std::chrono::milliseconds time) {
    std::string told;
    run(io_, [&]() -> awaitable<void> {
      const auto abandonment = std::make_shared<Abandonment>();
      try {
        const Departure from;
        const auto socket = co_await dial("name", addresses, port, from, in(time), abandonment);
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        ::getpeername(socket.number(), reinterpret_cast<sockaddr*>(&peer), &size);
        told = ::inet_ntoa(peer.sin_addr);
      } catch (const Unreachable& error) {
        told = error.what();
      }
    });
    return told;
  }
  asio::io_context io_;
};

TEST_F(Addressing, PassesOverThoseThatAreDead) {
  const Listener live("127.0.0.1", 0, false);
  const Listener silent("127.0.0.2", live.port(), true);
  constexpr auto long_enough = std::chrono::minutes(1);
  EXPECT_EQ(dialled({address("127.0.0.2"), address("127.0.0.1")}, live.port(), long_enough), "127.0.0.1");
  // Nobody listens there.
  EXPECT_EQ(dialled({address("127.0.0.3"), address("127.0.0.1")}, live.port(), long_enough), "127.0.0.1");
  EXPECT_EQ(dialled({address("127.0.0.3"), address("127.0.0.2"), address("127.0.0.1")}, live.port(), long_enough),
            "127.0.0.1");
}

TEST_F(Addressing, TellsWhenAllAreDead) {
  const Listener silent("127.0.0.2", 0, true);
  EXPECT_EQ(dialled({address("127.0.0.3")}, silent.port(), std::chrono::minutes(1)), "connection refused");
  EXPECT_EQ(dialled({address("127.0.0.2")}, silent.port(), std::chrono::milliseconds(600)), "no answer");
  EXPECT_EQ(dialled({address("127.0.0.3"), address("127.0.0.2")}, silent.port(), std::chrono::milliseconds(600)),
            "no answer");
}

}  // namespace
}  // namespace espresso::testing

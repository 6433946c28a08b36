// What happens when this process may open no more files.

#include "core/error.h"
#include "coroutines.h"
#include "sshd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include <sys/resource.h>

namespace espresso::testing {
namespace {

/// While this lives, this process may open so many more files and no others.
class RoomForFiles {
 public:
  explicit RoomForFiles(rlim_t count) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlim_t highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      highest = std::max<rlim_t>(highest, std::stoul(entry.path().filename().string()));
    // Those that are free below the highest are taken, so that the count is right.
    for (int taken = ::dup(0); taken >= 0 && static_cast<rlim_t>(taken) < highest; taken = ::dup(0))
      taken_.push_back(taken);
    const rlimit limit{.rlim_cur = highest + 1 + count, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~RoomForFiles() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    for (const int descriptor : taken_) ::close(descriptor);
  }
  RoomForFiles(const RoomForFiles&) = delete;
  RoomForFiles& operator=(const RoomForFiles&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

/// Opens what is opened once a run: keys, known_hosts, what Asio itself needs.
void connect_once(asio::io_context& io, Connector& connector, const Endpoint& endpoint) {
  run(io, [&]() -> awaitable<void> {
    const auto session = co_await connector.connect(endpoint);
    co_await session->close(in(std::chrono::seconds(5)));
  });
}

class Descriptors : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "sanitizers look at objects through a pipe, which needs descriptors";
#endif
  }
};

TEST_F(Descriptors, ThatRunOutAreSaidToHave) {
  const Sshd server;
  asio::io_context io;
  Connector connector(io.get_executor(), server.connector_options());
  connect_once(io, connector, server.endpoint());
  auto endpoint = server.endpoint();
  endpoint.connect_timeout = std::chrono::milliseconds(300);
  for (const rlim_t room : {0U, 1U}) {
    std::string message;
    try {
      run(io, [&]() -> awaitable<void> {
        const RoomForFiles files(room);
        co_await connector.connect(endpoint);
      });
    } catch (const Unreachable& error) {
      message = std::string(error.what()) + "\n" + error.hint();
    }
    EXPECT_EQ(message,
              "too many open files\n"
              "raise the limit of open files with ulimit -n, or work on fewer hosts at once with --forks");
  }
}

TEST_F(Descriptors, AreWaitedForUntilOthersGiveThemBack) {
  const Sshd server;
  asio::io_context io;
  Connector connector(io.get_executor(), server.connector_options());
  constexpr unsigned sessions = 12;
  unsigned succeeded = 0;
  unsigned ended = 0;
  connect_once(io, connector, server.endpoint());
  const auto one = [](Connector& to, Endpoint endpoint, unsigned& count) -> awaitable<void> {
    const auto session = co_await to.connect(std::move(endpoint));
    const auto outcome = co_await outcome_of(*session, "echo hello");
    if (outcome.output == "hello\n") ++count;
    co_await session->close(in(std::chrono::seconds(10)));
  };
  auto endpoint = server.endpoint();
  endpoint.connect_timeout = std::chrono::seconds(100);
  for (unsigned i = 0; i < sessions; ++i) {
    spawn(io.get_executor(), one(connector, endpoint, succeeded), [&](std::exception_ptr) {
      if (++ended == sessions) io.stop();
    });
  }
  const RoomForFiles three_sessions(6);
  io.restart();
  io.run_for(std::chrono::seconds(110));
  EXPECT_EQ(succeeded, sessions);
}

}  // namespace
}  // namespace espresso::testing

// Whatever goes wrong on the way to a server, and wherever: it ends in time, and says what happened.

#include "core/error.h"
#include "core/text.h"
#include "coroutines.h"
#include "faulty_path.h"
#include "login.h"
#include "sshd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace espresso::testing {
namespace {

using Fault = FaultyPath::Fault;

constexpr std::array known_messages = {"no answer within ",
                                       "connection reset",
                                       "the host ended the connection during the handshake: ",
                                       "the key exchange failed: ",
                                       "what answers there is no SSH server: ",
                                       "the connection ended during the login of user ",
                                       "the host did not start the command before the deadline",
                                       "the command stalled",
                                       "connection lost: "};

/// What became of a connection with one command on it.
struct Fate {
  std::string told;  ///< the command's output, or what was thrown
  std::string hint = {};
  bool is_error = false;
  bool is_unreachable = false;
};

awaitable<void> meet_fate(Connector& connector, Endpoint endpoint, Fate& fate) {
  const auto timeout = endpoint.connect_timeout;
  try {
    const auto session = co_await connector.connect(std::move(endpoint));
    const auto channel = co_await session->exec("echo hello", in(timeout));
    while (true) {
      const auto event = co_await channel->read(in(timeout));
      if (!event) throw Unreachable("the command stalled", "found by the deadline of this test");
      if (event->kind == ChannelEvent::Kind::closed) break;
      fate.told += event->data;
    }
  } catch (const Error& error) {
    fate = {.told = error.what(),
            .hint = error.hint(),
            .is_error = true,
            .is_unreachable = error.kind() == Error::Kind::unreachable};
  }
}

class HandshakeFault : public ::testing::Test {
 protected:
  FaultyPath& path(const FaultyPath::Script& script) {
    paths_.push_back(std::make_unique<FaultyPath>(io_, server_.port(), script));
    return *paths_.back();
  }
  Endpoint endpoint(const FaultyPath& through, std::chrono::milliseconds timeout) const {
    auto result = server_.endpoint();
    result.port = through.port();
    result.host_key_check = HostKeyCheck::off;  // each path has a port of its own
    result.connect_timeout = timeout;
    return result;
  }
  Fate fate(const FaultyPath& through, std::chrono::milliseconds timeout) {
    Fate result;
    Connector connector(io_.get_executor(), server_.connector_options());
    run(io_, [&]() -> awaitable<void> { co_await meet_fate(connector, endpoint(through, timeout), result); });
    return result;
  }
  /// The traffic of a connection on which nothing goes wrong.
  FaultyPath::Traffic whole() {
    const auto& clean = path({});
    const auto result = fate(clean, std::chrono::seconds(60));
    EXPECT_EQ(result.told, "hello\n");
    return clean.traffic();
  }
  /// All at once: what hangs hangs together. Each ends with the command's output or with a message that is known.
  void sweep(const std::vector<FaultyPath::Script>& scripts, std::chrono::milliseconds timeout);

  asio::io_context io_;
  Sshd server_;
  std::vector<std::unique_ptr<FaultyPath>> paths_;
};

void HandshakeFault::sweep(const std::vector<FaultyPath::Script>& scripts, std::chrono::milliseconds timeout) {
  Connector connector(io_.get_executor(), server_.connector_options());
  std::vector<Fate> fates(scripts.size());
  std::size_t ended = 0;
  std::vector<const FaultyPath*> taken;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    taken.push_back(&path(scripts[i]));
    spawn(io_.get_executor(), meet_fate(connector, endpoint(*taken[i], timeout), fates[i]),
          [&](std::exception_ptr failure) {
            EXPECT_FALSE(failure) << "an exception that is no Error";
            if (++ended == scripts.size()) io_.stop();
          });
  }
  io_.restart();
  io_.run_for(std::chrono::seconds(120));
  EXPECT_EQ(ended, scripts.size()) << "some hang";
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const auto& fate = fates[i];
    const auto where = (scripts[i].from_server ? "from the server, behind " : "from the client, behind ") +
                       std::to_string(std::min(scripts[i].after_packets, scripts[i].after_bytes)) + ": " + fate.told;
    if (!fate.is_error) {
      EXPECT_EQ(fate.told, "hello\n") << where;
      continue;
    }
    // On a busy machine the deadline may come before the fault: that is all that may happen without one.
    const bool is_late = fate.told.starts_with("no answer within ") || fate.told.ends_with("before the deadline") ||
                         fate.told == "the command stalled";
    EXPECT_TRUE(is_late || taken[i]->traffic().faults > 0) << where;
    EXPECT_TRUE(fate.is_unreachable) << where;
    EXPECT_NE(fate.hint, "") << where;
    const bool is_known = std::any_of(known_messages.begin(), known_messages.end(),
                                      [&](const char* start) { return fate.told.starts_with(start); });
    EXPECT_TRUE(is_known) << where;
  }
}

TEST_F(HandshakeFault, AfterEachPacketEndsInTime) {
  const auto traffic = whole();
  std::vector<FaultyPath::Script> scripts;
  for (const auto fault : {Fault::stall, Fault::cut, Fault::reset}) {
    for (const bool from_server : {false, true}) {
      for (std::size_t packet = 0; packet <= traffic.packets[from_server ? 1 : 0]; ++packet)
        scripts.push_back({.fault = fault, .from_server = from_server, .after_packets = packet});
    }
  }
  EXPECT_GT(scripts.size(), 40U);
  sweep(scripts, std::chrono::seconds(3));
}

TEST_F(HandshakeFault, AnywhereInAPacketEndsInTime) {
  const auto traffic = whole();
  std::vector<FaultyPath::Script> scripts;
  for (const auto fault : {Fault::stall, Fault::cut, Fault::garble}) {
    for (const bool from_server : {false, true}) {
      for (std::size_t byte = 1; byte < traffic.bytes[from_server ? 1 : 0]; byte += 89)
        scripts.push_back({.fault = fault, .from_server = from_server, .after_bytes = byte});
    }
  }
  EXPECT_GT(scripts.size(), 60U);
  sweep(scripts, std::chrono::seconds(3));
}

/// Where a server stalls, and what is told then.
struct Stage {
  std::size_t packets;  ///< of the server that arrive: version, KEXINIT, reply, NEWKEYS, EXT_INFO, service, success, …
  std::string before_time;
  std::string behind_time;
};

TEST_F(HandshakeFault, ThatStallsIsToldByItsStage) {
  const std::string silence = "no answer within ";
  for (const auto& [packets, before_time, behind_time] :
       std::vector<Stage>{{0, silence, " after the connection was made"},
                          {1, silence, " during the key exchange"},
                          {2, silence, " during the key exchange"},
                          {3, silence, " during the key exchange"},
                          {4, silence, " during the login"},
                          {6, silence, " during the login"}}) {
    // A machine that is busy may not come that far in time: then there is more of it.
    Fate told;
    std::string expected = "another message";
    for (std::chrono::milliseconds timeout(500); told.told != expected && timeout < std::chrono::seconds(30);
         timeout *= 2) {
      told = fate(path({.fault = Fault::stall, .after_packets = packets}), timeout);
      expected = before_time + render_duration(timeout) + behind_time;
    }
    EXPECT_EQ(told.told, expected) << packets;
    EXPECT_EQ(told.hint,
              "check that the host is up and its firewall lets SSH through, or give it a longer connect_timeout");
  }
}

TEST_F(HandshakeFault, ThatCutsTheLoginIsNotToldAsDenied) {
  const auto& cutting = path({.fault = Fault::cut, .after_packets = 6});
  const auto told = fate(cutting, std::chrono::seconds(60));
  EXPECT_EQ(told.told, "the connection ended during the login of user '" + current_user() + "' (tried key '" +
                           server_.user_key().path + "' (" + shown(server_.user_key()) + ")): closed by the host");
  EXPECT_EQ(told.hint, "look into the log of the host's sshd for the reason, or run again");
}

TEST_F(HandshakeFault, InASessionEndsItAlthoughNothingIsClosed) {
  // Behind the channel's success comes the output. libssh calls a session with a spoilt packet connected all the same.
  const auto traffic = whole();
  const auto& garbling = path({.fault = Fault::garble, .after_bytes = traffic.bytes[1] - 60});
  const auto told = fate(garbling, std::chrono::seconds(60));
  EXPECT_EQ(told.told, "connection lost: decryption error");
}

TEST_F(HandshakeFault, DoesNotSlowAnotherHost) {
  auto options = server_.connector_options();
  options.handshakes_at_once = 4;
  Connector connector(io_.get_executor(), options);
  constexpr std::size_t most = 12;
  std::vector<Fate> bad(most);
  std::size_t ended = 0;
  for (std::size_t packets = 0; packets < most; ++packets) {
    const auto& stalling = path({.fault = Fault::stall, .after_packets = packets % 7});
    spawn(io_.get_executor(), meet_fate(connector, endpoint(stalling, std::chrono::seconds(100)), bad[packets]),
          [&](std::exception_ptr) {
            if (++ended == most) io_.stop();
          });
  }
  Fate good;
  std::size_t ended_before = most;
  spawn(io_.get_executor(), meet_fate(connector, endpoint(path({}), std::chrono::seconds(100)), good),
        [&](std::exception_ptr) {
          ended_before = ended;
          connector.abandon();
        });
  io_.run_for(std::chrono::seconds(60));
  EXPECT_EQ(good.told, "hello\n");
  EXPECT_EQ(ended_before, 0U) << "a host that stalls was given up before its time";
  EXPECT_EQ(ended, most);
  for (const auto& fate : bad) EXPECT_EQ(fate.told, "interrupted before there was a session");
}

}  // namespace
}  // namespace espresso::testing

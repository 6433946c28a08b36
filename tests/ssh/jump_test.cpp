// Hosts that are reached through others: jump hosts and proxy commands, against real OpenSSH servers.

#include "core/error.h"
#include "coroutines.h"
#include "sshd.h"

#include <gtest/gtest.h>

#include <csignal>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace espresso::testing {
namespace {

/// What one connector knows of several servers.
Connector::Options options_for(const TemporaryFolder& folder, std::initializer_list<const Sshd*> servers) {
  std::string known;
  for (const auto* server : servers) known += read_file(server->known_hosts());
  write_file(folder / "known_hosts", known);
  return {.known_hosts_files = {folder / "known_hosts"}, .agent_socket = "", .pool_threads = 1};
}

Endpoint behind(Endpoint endpoint, const Endpoint& jump) {
  endpoint.through = std::make_shared<const Endpoint>(jump);
  return endpoint;
}

Endpoint named(Endpoint endpoint, const std::string& name) {
  endpoint.name = name;
  return endpoint;
}

std::vector<pid_t> children_of(pid_t process) {
  const auto number = std::to_string(process);
  std::istringstream text(read_file("/proc/" + number + "/task/" + number + "/children"));
  return {std::istream_iterator<pid_t>(text), {}};
}

/// All that a process has started, those that started others first.
std::vector<pid_t> all_below(pid_t process) {
  std::vector<pid_t> found = children_of(process);
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto child : children_of(found[i])) found.push_back(child);
  }
  return found;
}

/// Ends a server's sessions at once, and leaves the server: they must not see their commands end.
void kill_below(pid_t process) {
  for (const auto below : all_below(process)) ::kill(below, SIGKILL);
}

class Jump : public ::testing::Test {
 protected:
  Outcome outcome(Connector& connector, const Endpoint& endpoint, const std::string& command,
                  const std::string& input = "") {
    Outcome result;
    run(io_, [&]() -> awaitable<void> {
      const auto session = co_await connector.connect(endpoint);
      result = co_await outcome_of(*session, command, input);
      co_await session->close(in(std::chrono::seconds(5)));
    });
    return result;
  }
  std::string refusal(Connector& connector, const Endpoint& endpoint) {
    try {
      return outcome(connector, endpoint, "true").output;
    } catch (const Unreachable& error) {
      return std::string(error.what()) + "\n" + error.hint();
    }
  }
  asio::io_context io_;
  TemporaryFolder folder_;
};

TEST_F(Jump, ReachesAHostThroughAnother) {
  const Sshd bastion, target;
  Connector connector(io_.get_executor(), options_for(folder_, {&bastion, &target}));
  const auto endpoint = behind(target.endpoint(), named(bastion.endpoint(), "bastion"));
  const std::string bytes(3 << 20, 'x');
  EXPECT_EQ(outcome(connector, endpoint, "cat | wc -c; echo $SSH_CONNECTION | cut -d' ' -f4", bytes).output,
            std::to_string(bytes.size()) + "\n" + std::to_string(target.port()) + "\n");
}

TEST_F(Jump, GoesThroughAChain) {
  const Sshd first, second, target;
  Connector connector(io_.get_executor(), options_for(folder_, {&first, &second, &target}));
  const auto jump = behind(named(second.endpoint(), "second"), named(first.endpoint(), "first"));
  EXPECT_EQ(outcome(connector, behind(target.endpoint(), jump), "echo there").output, "there\n");
}

TEST_F(Jump, VerifiesTheKeyOfEachHop) {
  const Sshd bastion, target;
  const auto endpoint = behind(target.endpoint(), named(bastion.endpoint(), "bastion"));
  Connector knows_target(io_.get_executor(), options_for(folder_, {&target}));
  EXPECT_TRUE(refusal(knows_target, endpoint)
                  .starts_with("the jump host 'bastion' is unreachable: host key of 'bastion' (127.0.0.1:" +
                               std::to_string(bastion.port()) + ") is unknown: "));
  Connector knows_bastion(io_.get_executor(), options_for(folder_, {&bastion}));
  EXPECT_TRUE(refusal(knows_bastion, endpoint)
                  .starts_with("host key of 'web1' (127.0.0.1:" + std::to_string(target.port()) + ") is unknown: "));
}

// OpenSSH's own limits: MaxStartups drops unauthenticated connections, MaxSessions those for commands.
TEST_F(Jump, CarriesTwoHundredHostsInOneSession) {
  const Sshd bastion({.extra = "MaxStartups 10:30:100\nMaxSessions 10\nLogLevel VERBOSE"});
  const Sshd target({.extra = "MaxStartups 300"});
  auto options = options_for(folder_, {&bastion, &target});
  options.handshakes_at_once = 64;
  Connector connector(io_.get_executor(), options);
  auto endpoint = behind(target.endpoint(), named(bastion.endpoint(), "bastion"));
  endpoint.connect_timeout = std::chrono::seconds(100);
  // Each with another name for the same place, as hosts behind it would have.
  constexpr int hosts = 200;
  std::vector<std::unique_ptr<Session>> sessions(hosts);
  const auto one = [&](int number) -> awaitable<void> { sessions[number] = co_await connector.connect(endpoint); };
  run(io_, [&]() -> awaitable<void> {
    int ended = 0;
    std::string failures;
    Bell bell(io_.get_executor());
    for (int number = 0; number < hosts; ++number) {
      spawn(io_.get_executor(), one(number), [&](std::exception_ptr failure) {
        ++ended;
        try {
          if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          failures += std::string(error.what()) + "\n";
        }
        bell.ring();
      });
    }
    while (ended < hosts) co_await bell.wait();
    EXPECT_EQ(failures, "");
    EXPECT_EQ(children_of(bastion.pid()).size(), 1U);
    const auto result = co_await outcome_of(*sessions.back(), "echo there");
    EXPECT_EQ(result.output, "there\n");
    for (const auto& session : sessions) co_await session->close(in(std::chrono::seconds(5)));
  });
}

TEST_F(Jump, ThatIsDownIsToldOnceForAllBehindIt) {
  Sshd target;
  auto bastion = named(target.endpoint(), "bastion");
  bastion.port = 1;
  Connector connector(io_.get_executor(), options_for(folder_, {&target}));
  EXPECT_EQ(refusal(connector, behind(target.endpoint(), bastion)),
            "the jump host 'bastion' is unreachable: connection refused\n"
            "check that an SSH server listens at 127.0.0.1 port 1");
}

TEST_F(Jump, TellsThatTheHostBehindIsDown) {
  const Sshd bastion;
  auto endpoint = behind(bastion.endpoint(), named(bastion.endpoint(), "bastion"));
  endpoint.port = 1;
  Connector connector(io_.get_executor(), options_for(folder_, {&bastion}));
  EXPECT_EQ(refusal(connector, endpoint),
            "the jump host 'bastion' cannot connect to 127.0.0.1 port 1: Connection refused\n"
            "check the host's address and port as they are seen from the jump host");
}

TEST_F(Jump, TellsThatForwardingIsForbidden) {
  const Sshd bastion({.extra = "AllowTcpForwarding no"});
  const Sshd target;
  Connector connector(io_.get_executor(), options_for(folder_, {&bastion, &target}));
  EXPECT_EQ(refusal(connector, behind(target.endpoint(), named(bastion.endpoint(), "bastion"))),
            "the jump host 'bastion' cannot connect to 127.0.0.1 port " + std::to_string(target.port()) +
                ": open failed\nlet its sshd forward: AllowTcpForwarding and PermitOpen in its sshd_config");
}

TEST_F(Jump, IsOpenedAnewWhenItsSessionIsLost) {
  const Sshd bastion, target;
  const auto endpoint = behind(target.endpoint(), named(bastion.endpoint(), "bastion"));
  Connector connector(io_.get_executor(), options_for(folder_, {&bastion, &target}));
  EXPECT_EQ(outcome(connector, endpoint, "echo one").output, "one\n");
  kill_below(bastion.pid());
  EXPECT_EQ(outcome(connector, endpoint, "echo two").output, "two\n");
}

TEST_F(Jump, ThatEndsInTheMiddleIsNamed) {
  const Sshd bastion, target;
  Connector connector(io_.get_executor(), options_for(folder_, {&bastion, &target}));
  auto endpoint = behind(target.endpoint(), named(bastion.endpoint(), "bastion"));
  const auto end_of = [&](pid_t server) {
    std::string words;
    run(io_, [&]() -> awaitable<void> {
      const auto session = co_await connector.connect(endpoint);
      const auto channel = co_await session->exec("echo begun; exec cat");
      co_await channel->read(in(std::chrono::seconds(30)));
      kill_below(server);
      try {
        co_await channel->read(in(std::chrono::seconds(30)));
      } catch (const Unreachable& lost) {
        words = lost.what();
      }
    });
    return words;
  };
  EXPECT_EQ(end_of(bastion.pid()),
            "connection lost: closed by the host, or by the jump host 'bastion' on the way to it");
  endpoint = target.endpoint();
  endpoint.proxy_command = "busybox nc 127.0.0.1 " + std::to_string(target.port());
  EXPECT_EQ(end_of(target.pid()), "connection lost: closed by the host, or by the proxy command on the way to it");
}

TEST_F(Jump, ByProxyCommand) {
  const Sshd target;
  auto endpoint = target.endpoint();
  endpoint.proxy_command = "busybox nc 127.0.0.1 " + std::to_string(target.port());
  Connector connector(io_.get_executor(), options_for(folder_, {&target}));
  const std::string bytes(1 << 20, 'x');
  EXPECT_EQ(outcome(connector, endpoint, "wc -c", bytes).output, std::to_string(bytes.size()) + "\n");
}

TEST_F(Jump, TellsWhatAProxyCommandSaid) {
  const Sshd target;
  auto endpoint = target.endpoint();
  endpoint.proxy_command = "sh -c 'echo nothing there >&2; exit 7'";
  Connector connector(io_.get_executor(), options_for(folder_, {&target}));
  EXPECT_EQ(refusal(connector, endpoint),
            "the proxy command 'sh -c 'echo nothing there >&2; exit 7'' leads nowhere: it ended with status 7: nothing "
            "there\ntry it by hand; what ProxyCommand may hold is in ssh_config(5)");
}

TEST_F(Jump, EndsASilentProxyCommandAtTheDeadline) {
  const Sshd target;
  auto endpoint = target.endpoint();
  endpoint.proxy_command = "sleep 1000";
  endpoint.connect_timeout = std::chrono::milliseconds(300);
  Connector connector(io_.get_executor(), options_for(folder_, {&target}));
  EXPECT_EQ(refusal(connector, endpoint),
            "no answer within 0.30s after the connection was made\n"
            "check that the host is up and its firewall lets SSH through, or give it a longer connect_timeout");
}

}  // namespace
}  // namespace espresso::testing

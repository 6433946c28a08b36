#include "core/error.h"
#include "coroutines.h"
#include "sshd.h"

#include <gtest/gtest.h>

namespace espresso::testing {
namespace {

class HostKey : public ::testing::Test {
 protected:
  /// "connected", or what was thrown, with its hint on a line of its own.
  std::string connect(const Sshd& server, HostKeyCheck check) {
    asio::io_context io;
    std::string result = "connected";
    Connector connector(io.get_executor(), server.connector_options());
    try {
      run(io, [&]() -> awaitable<void> {
        auto endpoint = server.endpoint();
        endpoint.host_key_check = check;
        const auto session = co_await connector.connect(endpoint);
        co_await session->close(in(std::chrono::seconds(5)));
      });
    } catch (const Unreachable& error) {
      result = std::string(error.what()) + "\n" + error.hint();
    }
    return result;
  }

  static std::string shown(const KeyFile& key) {
    const auto line = without_comment(key.public_line());
    const auto space = line.find(' ');
    return line.substr(0, space + 1) + fingerprint(line.substr(space + 1));
  }
  static std::string whose(const Sshd& server) {
    return "host key of 'web1' (127.0.0.1:" + std::to_string(server.port()) + ") ";
  }
  static std::string listed(const Sshd& server, const KeyFile& key) {
    return "[127.0.0.1]:" + std::to_string(server.port()) + " " + without_comment(key.public_line()) + "\n";
  }
};

TEST_F(HostKey, ThatIsListedIsAccepted) {
  const Sshd server;
  EXPECT_EQ(connect(server, HostKeyCheck::strict), "connected");
}

TEST_F(HostKey, ThatIsUnknownIsRefusedWithItsFingerprintAndTheWaysToAcceptIt) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  EXPECT_EQ(connect(server, HostKeyCheck::strict), whose(server) + "is unknown: " + shown(server.host_key()) +
                                                       "\ncheck the fingerprint, then accept it with --host-key-check "
                                                       "accept-new, or add it with ssh-keyscan -H -p " +
                                                       std::to_string(server.port()) + " 127.0.0.1 >> " +
                                                       server.known_hosts());
}

TEST_F(HostKey, ThatIsUnknownIsAddedWithAcceptNew) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  EXPECT_EQ(connect(server, HostKeyCheck::accept_new), "connected");
  EXPECT_EQ(read_file(server.known_hosts()), listed(server, server.host_key()));
  EXPECT_EQ(connect(server, HostKeyCheck::strict), "connected");
}

TEST_F(HostKey, ThatHasChangedIsRefusedAlsoWithAcceptNew) {
  const Sshd server;
  const auto other = make_key(server.folder(), "other", "ed25519");
  write_file(server.known_hosts(), "# first line\n" + listed(server, other));
  const auto expected = whose(server) + "has changed: it is " + shown(server.host_key()) + ", but " +
                        server.known_hosts() + ":2 lists " + shown(other) +
                        "\nfind out why: someone may be listening in; if the host was installed anew, remove that line";
  EXPECT_EQ(connect(server, HostKeyCheck::strict), expected);
  EXPECT_EQ(connect(server, HostKeyCheck::accept_new), expected);
}

TEST_F(HostKey, ThatIsRevokedIsRefused) {
  const Sshd server;
  write_file(server.known_hosts(), listed(server, server.host_key()) + "@revoked * " +
                                       without_comment(server.host_key().public_line()) + "\n");
  EXPECT_EQ(connect(server, HostKeyCheck::accept_new), whose(server) + "is revoked at " + server.known_hosts() +
                                                           ":2: " + shown(server.host_key()) +
                                                           "\ngive the host a new key");
}

TEST_F(HostKey, IsNotVerifiedWhenThatIsOff) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  EXPECT_EQ(connect(server, HostKeyCheck::off), "connected");
  EXPECT_EQ(read_file(server.known_hosts()), "");
}

TEST_F(HostKey, OfTheListedTypeIsAskedForWhenTheServerHasSeveral) {
  const Sshd server({.host_key_types = {"ed25519", "ecdsa", "rsa"}});
  for (std::size_t number = 0; number < 3; ++number) {
    write_file(server.known_hosts(), listed(server, server.host_key(number)));
    EXPECT_EQ(connect(server, HostKeyCheck::strict), "connected") << number;
  }
}

TEST_F(HostKey, MayBeListedUnderTheHostsNameInsteadOfItsAddress) {
  const Sshd server;
  write_file(server.known_hosts(), "web1 " + without_comment(server.host_key().public_line()) + "\n");
  EXPECT_EQ(connect(server, HostKeyCheck::strict), "connected");
}

}  // namespace
}  // namespace espresso::testing

#include "core/error.h"
#include "coroutines.h"
#include "ssh/known_hosts_line.h"
#include "sshd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <sys/stat.h>

namespace espresso::testing {
namespace {

using ::testing::StartsWith;

class HostKey : public ::testing::Test {
 protected:
  std::string connect(const Sshd& server, HostKeyCheck check) {
    auto endpoint = server.endpoint();
    endpoint.host_key_check = check;
    return connect(server, endpoint, server.connector_options());
  }
  /// "connected", or what was thrown, with its hint on a line of its own.
  std::string connect(const Sshd& /*server*/, const Endpoint& endpoint, const Connector::Options& options) {
    asio::io_context io;
    std::string result = "connected";
    Connector connector(io.get_executor(), options);
    try {
      run(io, [&]() -> awaitable<void> {
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
  static std::string key_of(const KeyFile& key) { return without_comment(key.public_line()); }
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

TEST_F(HostKey, ThatAFileRevokesIsRefusedWhateverElseIsSaid) {
  const Sshd server;
  auto endpoint = server.endpoint();
  endpoint.trusts_this_machine = true;
  endpoint.revoked_host_keys = server.folder() / "revoked";
  for (const auto check : {HostKeyCheck::strict, HostKeyCheck::accept_new, HostKeyCheck::off}) {
    endpoint.host_key_check = check;
    write_file(endpoint.revoked_host_keys, server.host_key().public_line());
    EXPECT_EQ(connect(server, endpoint, server.connector_options()),
              whose(server) + "is revoked in " + endpoint.revoked_host_keys + ": " + shown(server.host_key()) +
                  "\ngive the host a new key");
    write_file(endpoint.revoked_host_keys, server.user_key().public_line());
    EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
    std::filesystem::remove(endpoint.revoked_host_keys);
    EXPECT_EQ(connect(server, endpoint, server.connector_options()),
              whose(server) + "may be revoked: " + shown(server.host_key()) + "; RevokedHostKeys: cannot read '" +
                  endpoint.revoked_host_keys +
                  "': No such file or directory\nlet it name a file of public keys, one a line, or none");
  }
}

TEST_F(HostKey, OfRsaIsRefusedBelowTheRequiredSize) {
  const Sshd server({.host_key_types = {"rsa"}});
  const auto line = without_comment(server.host_key().public_line());
  const auto bits = rsa_bits(line.substr(line.find(' ') + 1));
  const auto shown_bits = output_of({"ssh-keygen", "-l", "-f", server.host_key().path + ".pub"});
  EXPECT_THAT(shown_bits, StartsWith(std::to_string(bits) + " "));
  auto endpoint = server.endpoint();
  endpoint.required_rsa_size = bits;
  EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
  ++endpoint.required_rsa_size;
  EXPECT_EQ(connect(server, endpoint, server.connector_options()),
            whose(server) + "is too short: " + std::to_string(bits) + " bits of RSA, RequiredRSASize is " +
                std::to_string(bits + 1) + "\ngive the host a new key");
}

TEST_F(HostKey, OfThisMachineIsTrustedWhereThatIsSaid) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  auto endpoint = server.endpoint();
  endpoint.trusts_this_machine = true;
  EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
  EXPECT_EQ(read_file(server.known_hosts()), "");
  // As ssh: an alias stands for no place, and behind a command is no known one.
  auto alias = endpoint;
  alias.host_key_alias = "web";
  EXPECT_THAT(connect(server, alias, server.connector_options()), StartsWith(whose(server) + "is unknown: "));
  endpoint.proxy_command = "busybox nc 127.0.0.1 " + std::to_string(server.port());
  EXPECT_THAT(connect(server, endpoint, server.connector_options()), StartsWith(whose(server) + "is unknown: "));
}

TEST_F(HostKey, ThatIsUnknownBehindACommandIsToBeAddedAsALine) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  auto endpoint = server.endpoint();
  endpoint.proxy_command = "busybox nc 127.0.0.1 " + std::to_string(server.port());
  endpoint.has_known_hosts_command = true;
  auto line = listed(server, server.host_key());
  line.pop_back();
  EXPECT_EQ(connect(server, endpoint, server.connector_options()),
            whose(server) + "is unknown: " + shown(server.host_key()) +
                "; KnownHostsCommand is not supported\ncheck the fingerprint, then accept it with --host-key-check "
                "accept-new, or add the line '" +
                line + "' to " + server.known_hosts());
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

TEST_F(HostKey, IsListedUnderItsAliasWithoutAnyPort) {
  const Sshd server;
  auto endpoint = server.endpoint();
  endpoint.host_key_alias = "Cluster";
  endpoint.host_key_check = HostKeyCheck::accept_new;
  EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
  EXPECT_EQ(read_file(server.known_hosts()),
            listed(server, server.host_key()) + "cluster " + key_of(server.host_key()) + "\n");
  endpoint.host_key_alias = "other";
  endpoint.host_key_check = HostKeyCheck::strict;
  EXPECT_EQ(connect(server, endpoint, server.connector_options()),
            whose(server) + "is unknown: " + shown(server.host_key()) +
                "\ncheck the fingerprint, then accept it with --host-key-check accept-new, or add the line 'other " +
                key_of(server.host_key()) + "' to " + server.known_hosts());
}

TEST_F(HostKey, IsHashedWhereThatIsConfiguredAndFoundAgain) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  auto endpoint = server.endpoint();
  endpoint.host_key_check = HostKeyCheck::accept_new;
  endpoint.hash_known_hosts = true;
  EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
  const auto text = read_file(server.known_hosts());
  EXPECT_TRUE(text.starts_with("|1|")) << text;
  EXPECT_EQ(connect(server, HostKeyCheck::strict), "connected");
  EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
  EXPECT_EQ(read_file(server.known_hosts()), text);
}

TEST_F(HostKey, IsLookedForInAllFilesOfTheHostAndAddedToTheFirst) {
  const Sshd server;
  const auto first = server.folder() / "first";
  auto endpoint = server.endpoint();
  endpoint.known_hosts_files = {first, server.folder() / "second"};
  endpoint.global_known_hosts_files = {"none"};
  const auto options = server.connector_options();
  EXPECT_TRUE(connect(server, endpoint, options).starts_with(whose(server) + "is unknown")) << "not in these files";
  endpoint.global_known_hosts_files = {server.known_hosts()};
  EXPECT_EQ(connect(server, endpoint, options), "connected");
  endpoint.global_known_hosts_files = {"none"};
  endpoint.host_key_check = HostKeyCheck::accept_new;
  EXPECT_EQ(connect(server, endpoint, options), "connected");
  EXPECT_EQ(read_file(first), listed(server, server.host_key()));
}

TEST_F(HostKey, IsRefusedInEachModeWhenAFileThatMayListAnotherCannotBeRead) {
  const Sshd server;
  const auto unreadable = server.folder() / "folder";
  ASSERT_EQ(::mkdir(unreadable.c_str(), 0700), 0);
  auto endpoint = server.endpoint();
  endpoint.known_hosts_files = {server.folder() / "none", unreadable};
  for (const auto check : {HostKeyCheck::strict, HostKeyCheck::ask, HostKeyCheck::accept_new}) {
    endpoint.host_key_check = check;
    EXPECT_EQ(connect(server, endpoint, server.connector_options()),
              whose(server) + "is unknown as far as can be read: " + shown(server.host_key()) + "; '" + unreadable +
                  "' cannot be read: Is a directory\nmake the file readable, or name another one");
  }
  endpoint.known_hosts_files = {unreadable, server.known_hosts()};
  EXPECT_EQ(connect(server, endpoint, server.connector_options()), "connected");
}

TEST_F(HostKey, ThatCannotBeRecordedIsAcceptedWithANoticeForThisRunOnly) {
  const Sshd server;
  auto endpoint = server.endpoint();
  endpoint.known_hosts_files = {server.folder() / "no/such/folder/known_hosts"};
  endpoint.host_key_check = HostKeyCheck::accept_new;
  auto options = server.connector_options();
  const auto why = "cannot add a host key to '" + endpoint.known_hosts_files[0] + "': No such file or directory";
  const std::string hint = "make the file writable, or name another one";
  EXPECT_EQ(connect(server, endpoint, options), whose(server) + "is not accepted: " + why + "\n" + hint);

  std::vector<std::string> notices;
  options.notice = [&notices](const std::string& message, const std::string& way) {
    notices.push_back(message);
    notices.push_back(way);
  };
  asio::io_context io;
  Connector connector(io.get_executor(), options);
  run(io, [&]() -> awaitable<void> {
    for (const auto check : {HostKeyCheck::accept_new, HostKeyCheck::strict}) {
      endpoint.host_key_check = check;
      const auto session = co_await connector.connect(endpoint);
      co_await session->close(in(std::chrono::seconds(5)));
    }
    endpoint.name = "web2";
    endpoint.host_key_alias = "web2";
    endpoint.host_key_check = HostKeyCheck::accept_new;
    const auto session = co_await connector.connect(endpoint);
    co_await session->close(in(std::chrono::seconds(5)));
  });
  EXPECT_EQ(notices, (std::vector<std::string>{"host keys are accepted for this run only: " + why, hint}));
}

TEST_F(HostKey, ThatOnlyAnAuthorityVouchesForIsRefusedWithTheWayToPinIt) {
  const Sshd server;
  const auto authority = make_key(server.folder(), "authority", "ed25519");
  write_file(server.known_hosts(), "# ours\n@cert-authority *,[127.0.0.1]:* " + key_of(authority) + "\n");
  const auto expected = whose(server) + "is only vouched for by the certificate authority at " + server.known_hosts() +
                        ":2, and host certificates are not supported: " + shown(server.host_key()) +
                        "\ncheck the fingerprint, then add it with ssh-keyscan -H -p " + std::to_string(server.port()) +
                        " 127.0.0.1 >> " + server.known_hosts();
  EXPECT_EQ(connect(server, HostKeyCheck::strict), expected);
  EXPECT_EQ(connect(server, HostKeyCheck::accept_new), expected);
}

TEST_F(HostKey, ThatIsUnknownIsRefusedWhenNobodyCanBeAsked) {
  const Sshd server;
  write_file(server.known_hosts(), "");
  EXPECT_EQ(connect(server, HostKeyCheck::ask),
            whose(server) + "is unknown: " + shown(server.host_key()) +
                "; nobody can be asked without a terminal\ncheck the fingerprint, then accept it with "
                "--host-key-check accept-new, or add it with ssh-keyscan -H -p " +
                std::to_string(server.port()) + " 127.0.0.1 >> " + server.known_hosts());
}

}  // namespace
}  // namespace espresso::testing

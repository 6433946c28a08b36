#include "core/error.h"
#include "coroutines.h"
#include "sshd.h"

#include <asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

/// "connected", or what was thrown, with its hint on a line of its own.
std::string login(const Sshd& server, const Endpoint& endpoint, const std::string& agent_socket = "") {
  asio::io_context io;
  std::string result;
  auto options = server.connector_options();
  options.agent_socket = agent_socket;
  Connector connector(io.get_executor(), options);
  try {
    run(io, [&]() -> awaitable<void> {
      const auto session = co_await connector.connect(endpoint);
      const auto outcome = co_await outcome_of(*session, "echo connected");
      result = outcome.output;
      co_await session->close(in(std::chrono::seconds(5)));
    });
    result.resize(result.size() - 1);
  } catch (const Unreachable& error) {
    result = std::string(error.what()) + "\n" + error.hint();
  }
  return result;
}

class KeyType : public ::testing::TestWithParam<std::string> {};

TEST_P(KeyType, OpensASession) {
  Sshd server;
  const auto key = make_key(server.folder(), "key", GetParam());
  server.authorize(key.public_line());
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  EXPECT_EQ(login(server, endpoint), "connected");
}

INSTANTIATE_TEST_SUITE_P(Login, KeyType, ::testing::Values("ed25519", "ecdsa", "rsa"),
                         [](const auto& info) { return info.param; });

TEST(Login, TriesTheKeysInOrder) {
  const Sshd server;
  const auto other = make_key(server.folder(), "other", "ed25519");
  auto endpoint = server.endpoint();
  endpoint.identities = {other.path, server.user_key().path};
  EXPECT_EQ(login(server, endpoint), "connected");
}

TEST(Login, DeniedTellsWhatWasTriedAndWhatTheHostAccepts) {
  const Sshd server;
  const auto other = make_key(server.folder(), "other", "ed25519");
  auto endpoint = server.endpoint();
  endpoint.identities = {other.path};
  endpoint.password = "wrong";
  EXPECT_EQ(login(server, endpoint), "login denied for user '" + current_user() + "': tried key '" + other.path +
                                         "'; the host accepts publickey\ncheck the user, and that its authorized_keys "
                                         "at the host holds one of these keys");
}

/// An ssh-agent of this test alone.
class SshAgent {
 public:
  explicit SshAgent(const TemporaryFolder& folder)
      : socket_(folder / "agent"), process_({"ssh-agent", "-D", "-a", socket_}) {
    while (::access(socket_.c_str(), F_OK) != 0) process_.read_line();  // it tells its socket once it listens
  }
  void add(const KeyFile& key) const { output_of({"env", "SSH_AUTH_SOCK=" + socket_, "ssh-add", "-q", key.path}); }
  const std::string& socket() const { return socket_; }

 private:
  std::string socket_;
  BackgroundProcess process_;
};

TEST(Login, TakesTheKeysOfAnAgent) {
  const Sshd server;
  const SshAgent agent(server.folder());
  agent.add(make_key(server.folder(), "other", "rsa"));
  agent.add(server.user_key());
  auto endpoint = server.endpoint();
  endpoint.identities = {make_key(server.folder(), "third", "ed25519").path};
  endpoint.use_agent = true;
  EXPECT_EQ(login(server, endpoint, agent.socket()), "connected");
}

TEST(Login, DeniedWithAnAgentTellsHowManyKeysItHolds) {
  const Sshd server;
  const SshAgent agent(server.folder());
  agent.add(make_key(server.folder(), "other", "ed25519"));
  const auto third = make_key(server.folder(), "third", "ed25519");
  auto endpoint = server.endpoint();
  endpoint.identities = {third.path};
  endpoint.use_agent = true;
  EXPECT_EQ(login(server, endpoint, agent.socket()),
            "login denied for user '" + current_user() + "': tried key '" + third.path +
                "', agent (1 key); the host accepts publickey\n"
                "check the user, and that its authorized_keys at the host holds one of these keys");
}

TEST(Login, WithMoreKeysInTheAgentThanTheHostTakesTellsSoAtOnce) {
  const Sshd server({.extra = "MaxAuthTries 2"});
  const SshAgent agent(server.folder());
  for (const char* name : {"first", "second", "third"}) agent.add(make_key(server.folder(), name, "ed25519"));
  auto endpoint = server.endpoint();
  endpoint.identities = {};
  endpoint.use_agent = true;
  ::setenv("HOME", (server.folder() / "nowhere").c_str(), 1);
  EXPECT_EQ(login(server, endpoint, agent.socket()),
            "login denied for user '" + current_user() +
                "': tried agent (3 keys); received SSH_MSG_DISCONNECT: 2:Too many authentication failures\n"
                "the host may allow fewer tries than the agent has keys: name a key with --identity, "
                "or take keys out of the agent with ssh-add -d");
}

TEST(Login, OfAnEncryptedKeyGoesThroughTheAgent) {
  const Sshd server;
  const auto key = make_key(server.folder(), "encrypted", "ed25519", "secret");
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  EXPECT_EQ(login(server, endpoint),
            "login denied for user '" + current_user() + "': there is no key, agent or password to try; the key '" +
                key.path + "' is encrypted; the host accepts publickey\nadd it to an agent: ssh-add " + key.path);
}

TEST(Login, AnAgentThatNeverAnswersEndsAtTheDeadline) {
  const Sshd server;
  asio::io_context io;
  asio::local::stream_protocol::acceptor mute(io, asio::local::stream_protocol::endpoint(server.folder() / "mute"));
  auto endpoint = server.endpoint();
  endpoint.identities = {make_key(server.folder(), "other", "ed25519").path};
  endpoint.use_agent = true;
  endpoint.connect_timeout = std::chrono::seconds(1);
  EXPECT_EQ(login(server, endpoint, server.folder() / "mute"),
            "no answer within 1.00s during the login\n"
            "check that the host is up and its firewall lets SSH through, or give it a longer connect_timeout");
}

std::string load_error(const std::string& file) {
  asio::io_context io;
  const TemporaryFolder folder;
  Connector connector(
      io.get_executor(),
      {.known_hosts_files = {folder / "none"}, .agent_socket = "", .handshakes_at_once = 1, .pool_threads = 1});
  try {
    connector.load_identity(file);
  } catch (const Error& error) {
    return std::string(error.what()) + "\n" + error.hint();
  }
  return "loaded";
}

TEST(KeyFiles, ThatCannotBeUsedSayWhy) {
  ::unsetenv("SSH_AUTH_SOCK");
  const TemporaryFolder folder;
  const auto key = make_key(folder, "key", "ed25519");
  const auto encrypted = make_key(folder, "encrypted", "ed25519", "secret");
  write_file(folder / "text", "hello\n");
  EXPECT_EQ(load_error(key.path), "loaded");
  EXPECT_EQ(load_error(folder / "none"), "the key '" + (folder / "none") +
                                             "' cannot be read: No such file or directory\n"
                                             "name an existing private key file");
  EXPECT_EQ(load_error(folder / "text"), "the key '" + (folder / "text") +
                                             "' cannot be read: it is not a private key\n"
                                             "name a private key as ssh-keygen writes it");
  EXPECT_EQ(load_error(key.path + ".pub"),
            "the key '" + key.path + ".pub' cannot be read: it is a public key\nname the file without '.pub'");
  EXPECT_EQ(load_error(encrypted.path),
            "the key '" + encrypted.path +
                "' is encrypted; add it to an agent\nrun eval \"$(ssh-agent)\" and ssh-add " + encrypted.path +
                ", then run again");
}

TEST(KeyFiles, ThatOthersMayReadAreRefused) {
  const TemporaryFolder folder;
  const auto key = make_key(folder, "key", "ed25519");
  ASSERT_EQ(::chmod(key.path.c_str(), 0640), 0);
  EXPECT_EQ(load_error(key.path), "the key '" + key.path +
                                      "' is not private: its mode 0640 lets others at it\n"
                                      "make it yours alone: chmod 600 " +
                                      key.path);
  ASSERT_EQ(::chmod(key.path.c_str(), 0400), 0);
  EXPECT_EQ(load_error(key.path), "loaded");
}

/// Passwords need an account that has one: its own passwd and shadow, seen only by a server in a mount namespace of its
/// own.
class PasswordLogin : public ::testing::TestWithParam<std::string> {};

TEST_P(PasswordLogin, OpensASessionWithTheRightPasswordOnly) {
  const TemporaryFolder accounts;
  const auto hash = output_of({"openssl", "passwd", "-6", "right"});
  write_file(accounts / "passwd", read_file("/etc/passwd") + "barista:x:54321:54321::/:/bin/sh\n", 0644);
  write_file(accounts / "shadow",
             read_file("/etc/shadow") + "barista:" + hash.substr(0, hash.find('\n')) + ":19000:0:99999:7:::\n", 0600);
  const std::string bind = "mount --make-rprivate / && mount --bind " + (accounts / "passwd") +
                           " /etc/passwd && mount --bind " + (accounts / "shadow") + " /etc/shadow && exec \"$@\"";
  const Sshd server({.extra = GetParam(), .run_through = {"unshare", "-m", "sh", "-c", bind, "sh"}});
  auto endpoint = server.endpoint();
  endpoint.user = "barista";
  const auto none = make_key(server.folder(), "other", "ed25519");
  endpoint.identities = {none.path};
  endpoint.password = "right";
  EXPECT_EQ(login(server, endpoint), "connected");
  endpoint.password = "wrong";
  const auto denied = login(server, endpoint);
  EXPECT_TRUE(denied.starts_with("login denied for user 'barista': tried key '" + none.path + "', ")) << denied;
}

std::vector<std::string> methods_that_can_be_tried_here() {
  if (::getuid() != 0) return {};
  return {"PasswordAuthentication yes\nKbdInteractiveAuthentication no",
          "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes"};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PasswordLogin);
INSTANTIATE_TEST_SUITE_P(Login, PasswordLogin, ::testing::ValuesIn(methods_that_can_be_tried_here()),
                         [](const auto& info) { return "Method" + std::to_string(info.index); });

}  // namespace
}  // namespace espresso::testing

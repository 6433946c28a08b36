#include "login.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

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

struct Written {
  std::string name;
  std::string type;
  std::string bits;
  std::string format;
};

class KeyFormat : public ::testing::TestWithParam<Written> {};

TEST_P(KeyFormat, OpensASession) {
  Sshd server;
  const KeyFile key{.path = server.folder() / "key"};
  const auto& [name, type, bits, format] = GetParam();
  output_of({"ssh-keygen", "-q", "-t", type, "-b", bits, "-m", format, "-N", "", "-f", key.path});
  server.authorize(key.public_line());
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  EXPECT_EQ(login(server, endpoint), "connected");
}

INSTANTIATE_TEST_SUITE_P(
    Login, KeyFormat,
    ::testing::Values(Written{"Ecdsa384", "ecdsa", "384", "RFC4716"}, Written{"Ecdsa521", "ecdsa", "521", "RFC4716"},
                      Written{"Ecdsa256InPem", "ecdsa", "256", "PEM"}, Written{"Ecdsa521InPem", "ecdsa", "521", "PEM"},
                      Written{"Ecdsa384InPkcs8", "ecdsa", "384", "PKCS8"}, Written{"RsaInPem", "rsa", "2048", "PEM"},
                      Written{"RsaInPkcs8", "rsa", "2048", "PKCS8"}),
    [](const auto& info) { return info.param.name; });

class RsaSignature : public ::testing::TestWithParam<std::string> {};

TEST_P(RsaSignature, IsTheOneThatIsAllowed) {
  Sshd server({.extra = "PubkeyAcceptedAlgorithms " + GetParam()});
  const auto key = make_key(server.folder(), "key", "rsa");
  server.authorize(key.public_line());
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  endpoint.public_key_algorithms = GetParam();
  EXPECT_EQ(login(server, endpoint), "connected");
}

INSTANTIATE_TEST_SUITE_P(Login, RsaSignature, ::testing::Values("rsa-sha2-256", "rsa-sha2-512"),
                         [](const auto& info) { return "Sha" + info.param.substr(info.param.size() - 3); });

TEST(Login, ShowsNoKeyWhoseAlgorithmIsNotWanted) {
  const Sshd server;
  const auto rsa = make_key(server.folder(), "rsa", "rsa");
  auto endpoint = server.endpoint();
  endpoint.identities = {rsa.path};
  endpoint.public_key_algorithms = "ssh-ed25519";
  EXPECT_EQ(login(server, endpoint),
            denied("there is no key, agent or password to try; the host is not to be shown key '" + rsa.path + "' (" +
                   shown(rsa) + "): its algorithm is not allowed here; the host accepts publickey"));
}

TEST(Login, TakesListsOfAlgorithmsAsOpenSshDoes) {
  const Sshd server;
  auto endpoint = server.endpoint();
  for (const char* list : {"+ssh-rsa", "^rsa-sha2-256", "ssh-ed25519*", "-rsa-*"}) {
    endpoint.public_key_algorithms = list;
    EXPECT_EQ(login(server, endpoint), "connected") << list;
  }
  endpoint.public_key_algorithms = "ssh-dss";
  EXPECT_EQ(login(server, endpoint), denied("there is no key, agent or password to try; "
                                            "of the public key algorithms 'ssh-dss' none is known; "
                                            "the host accepts publickey"));
}

TEST(Login, WantsNoMethodThatIsSwitchedOff) {
  const Sshd server;
  auto endpoint = server.endpoint();
  endpoint.publickey_authentication = false;
  EXPECT_EQ(login(server, endpoint), denied("there is no key, agent or password to try; the host accepts publickey"));
  endpoint.publickey_authentication = true;
  endpoint.preferred_authentications = {"gssapi-with-mic", "password"};
  EXPECT_EQ(login(server, endpoint), denied("there is no key, agent or password to try; the host accepts publickey"));
  endpoint.preferred_authentications = {"hostbased", "publickey"};
  EXPECT_EQ(login(server, endpoint), "connected");
}

TEST(Login, WantsAnotherKeyWhenTheHostAsksForTwo) {
  Sshd server({.extra = "AuthenticationMethods publickey,publickey"});
  const auto second = make_key(server.folder(), "second", "ecdsa");
  server.authorize(second.public_line());
  auto endpoint = server.endpoint();
  EXPECT_EQ(login(server, endpoint),
            denied("one method was accepted and the host wants another; tried key '" + server.user_key().path + "' (" +
                   shown(server.user_key()) + "); the host accepts publickey"));
  endpoint.identities.push_back(second.path);
  EXPECT_EQ(login(server, endpoint), "connected");
}

TEST(Login, PassesOverAKeyFileThatIsGoneAndTellsSo) {
  const Sshd server;
  auto endpoint = server.endpoint();
  const auto gone = server.folder() / "gone";
  endpoint.identities = {gone, server.user_key().path};
  EXPECT_EQ(login(server, endpoint), "connected");
  endpoint.identities = {gone};
  EXPECT_EQ(login(server, endpoint), denied("there is no key, agent or password to try; the key '" + gone +
                                            "' cannot be read: No such file or directory; the host accepts publickey"));
}

TEST(Login, TakesDefaultKeysOnlyWhenNoneIsNamed) {
  const Sshd server;
  const std::string home = server.folder() / "mine";
  ASSERT_EQ(::mkdir(home.c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((home + "/.ssh").c_str(), 0700), 0);
  write_file(home + "/.ssh/id_ecdsa", "no key");
  write_file(home + "/.ssh/id_ed25519", read_file(server.user_key().path));
  ::setenv("HOME", home.c_str(), 1);
  auto endpoint = server.endpoint();
  endpoint.identities = {};
  EXPECT_EQ(login(server, endpoint), "connected");
  endpoint.identities = {"none"};
  EXPECT_EQ(login(server, endpoint), denied("there is no key, agent or password to try; the host accepts publickey"));
}

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
  EXPECT_EQ(login(server, endpoint),
            denied("tried key '" + other.path + "' (" + shown(other) + "); the host accepts publickey"));
}

/// Passwords need an account that has one: its own passwd and shadow, seen only by a server in a mount namespace of its
/// own.
class Account {
 public:
  /// `changed`: day when the password was last changed, since 1970; 0: it has to be changed.
  explicit Account(const std::string& changed = "19000") {
    const auto hash = output_of({"openssl", "passwd", "-6", "right"});
    write_file(files_ / "passwd", read_file("/etc/passwd") + "barista:x:54321:54321::/:/bin/sh\n", 0644);
    write_file(
        files_ / "shadow",
        read_file("/etc/shadow") + "barista:" + hash.substr(0, hash.find('\n')) + ":" + changed + ":0:99999:7:::\n",
        0600);
  }
  Sshd::Options server(const std::string& extra) const {
    const std::string bind = "mount --make-rprivate / && mount --bind " + (files_ / "passwd") +
                             " /etc/passwd && mount --bind " + (files_ / "shadow") + " /etc/shadow && exec \"$@\"";
    return {.extra = extra, .run_through = {"unshare", "-m", "sh", "-c", bind, "sh"}};
  }

 private:
  TemporaryFolder files_;
};

constexpr auto by_password = "PasswordAuthentication yes\nKbdInteractiveAuthentication no\n";
constexpr auto by_questions = "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\n";

Endpoint endpoint_of_account(const Sshd& server) {
  auto endpoint = server.endpoint();
  endpoint.user = "barista";
  endpoint.password = "right";
  return endpoint;
}

class PasswordLogin : public ::testing::TestWithParam<std::string> {};

TEST_P(PasswordLogin, OpensASessionWithTheRightPasswordOnly) {
  const Account account;
  const Sshd server(account.server(GetParam()));
  auto endpoint = endpoint_of_account(server);
  const auto none = make_key(server.folder(), "other", "ed25519");
  endpoint.identities = {none.path};
  EXPECT_EQ(login(server, endpoint), "connected");
  endpoint.password = "wrong";
  const auto told = login(server, endpoint);
  EXPECT_TRUE(
      told.starts_with("login denied for user 'barista': tried key '" + none.path + "' (" + shown(none) + "), "))
      << told;
}

TEST_P(PasswordLogin, FollowsAKeyWhereTheHostWantsBoth) {
  const Account account;
  const bool by_word = GetParam() == by_password;
  Sshd server(account.server(GetParam() + "AuthenticationMethods publickey," +
                             (by_word ? "password" : "keyboard-interactive") + "\n"));
  ASSERT_EQ(::chmod((server.folder() / ".").c_str(), 0755), 0);
  ASSERT_EQ(::chmod((server.folder() / "authorized_keys").c_str(), 0644), 0);
  auto endpoint = endpoint_of_account(server);
  EXPECT_EQ(login(server, endpoint), "connected");
  endpoint.password = "";
  EXPECT_EQ(login(server, endpoint),
            "login denied for user 'barista': one method was accepted and the host wants another; tried key '" +
                server.user_key().path + "' (" + shown(server.user_key()) + "); the host accepts " +
                (by_word ? "password" : "keyboard-interactive") +
                "\ngive the password with --ask-pass or 'password' in the inventory");
}

TEST_P(PasswordLogin, ComesAfterFiveKeysAtMost) {
  const Account account;
  Sshd server(account.server(GetParam()));
  auto endpoint = endpoint_of_account(server);
  endpoint.identities = {};
  for (const char* name : {"1", "2", "3", "4", "5", "6", "7"})
    endpoint.identities.push_back(make_key(server.folder(), name, "ed25519").path);
  EXPECT_EQ(login(server, endpoint), "connected");
}

TEST_P(PasswordLogin, ThatIsNotToBeTriedIsNot) {
  const Account account;
  const Sshd server(account.server(GetParam()));
  auto endpoint = endpoint_of_account(server);
  endpoint.identities = {"none"};
  endpoint.preferred_authentications = {"keyboard-interactive", "password"};
  endpoint.password_authentication = false;
  endpoint.keyboard_interactive_authentication = false;
  const std::string accepted = GetParam() == by_password ? "password" : "keyboard-interactive";
  EXPECT_EQ(login(server, endpoint),
            "login denied for user 'barista': there is no key, agent or password to try; the host accepts publickey, " +
                accepted + "\ncheck the user, and that its authorized_keys at the host holds one of these keys");
}

std::vector<std::string> methods_that_can_be_tried_here() {
  if (::getuid() != 0) return {};
  return {by_password, by_questions};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PasswordLogin);
INSTANTIATE_TEST_SUITE_P(Login, PasswordLogin, ::testing::ValuesIn(methods_that_can_be_tried_here()),
                         [](const auto& info) { return "Method" + std::to_string(info.index); });

/// As PasswordLogin: needs root.
class ExpiredPassword : public ::testing::TestWithParam<std::string> {};

TEST_P(ExpiredPassword, SaysThatTheHostWantsANewOne) {
  const Account account("0");
  const Sshd server(account.server(GetParam()));
  auto endpoint = endpoint_of_account(server);
  endpoint.identities = {"none"};
  EXPECT_EQ(login(server, endpoint),
            "login denied for user 'barista': the host wants a new password: the old one has expired\n"
            "log in with ssh once and change it");
}

std::vector<std::string> methods_that_ask_for_new_passwords() {
  if (::getuid() != 0) return {};
  return {by_questions};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ExpiredPassword);
INSTANTIATE_TEST_SUITE_P(Login, ExpiredPassword, ::testing::ValuesIn(methods_that_ask_for_new_passwords()),
                         [](const auto& info) { return "Method" + std::to_string(info.index); });

}  // namespace
}  // namespace espresso::testing

#include "core/error.h"
#include "core/hash.h"
#include "login.h"
#include "ssh/fields.h"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

/// "loaded", or the mistake and its hint.
std::string load(const std::string& file, const Connector::Options& options) {
  asio::io_context io;
  Connector connector(io.get_executor(), options);
  try {
    connector.load_identity(file);
  } catch (const Error& error) {
    return std::string(error.what()) + "\n" + error.hint();
  }
  return "loaded";
}

Connector::Options options_of(const TemporaryFolder& folder, const std::string& agent_socket = "") {
  return {.known_hosts_files = {folder / "known_hosts"},
          .agent_socket = agent_socket,
          .handshakes_at_once = 1,
          .pool_threads = 1};
}

std::string load_error(const std::string& file) {
  const TemporaryFolder folder;
  return load(file, options_of(folder));
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

TEST(KeyFiles, OfSshConfigMayBeMissing) {
  ::unsetenv("SSH_AUTH_SOCK");
  const TemporaryFolder folder;
  const auto key = make_key(folder, "key", "ed25519");
  const auto encrypted = make_key(folder, "encrypted", "ed25519", "secret");
  asio::io_context io;
  auto options = options_of(folder);
  Connector silent(io.get_executor(), options);
  EXPECT_TRUE(silent.try_identity(key.path));
  EXPECT_FALSE(silent.try_identity(folder / "none"));
  EXPECT_FALSE(silent.try_identity(encrypted.path));
  options.ask_passphrase = [](const std::string&, unsigned) { return "secret"; };
  Connector answered(io.get_executor(), options);
  EXPECT_TRUE(answered.try_identity(encrypted.path));
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

/// A key of a piece of hardware, as ssh-keygen -t ed25519-sk writes it; the numbers in it mean nothing.
KeyFile make_security_key(const TemporaryFolder& folder) {
  std::string open, hidden, file("openssh-key-v1\0", 15);
  append_string(open, "sk-ssh-ed25519@openssh.com");
  append_string(open, std::string(32, 'k'));
  append_string(open, "ssh:");
  append_uint32(hidden, 7);
  append_uint32(hidden, 7);
  hidden += open;
  hidden += '\1';  // a touch is needed
  append_string(hidden, "handle");
  append_string(hidden, "");
  append_string(hidden, "comment");
  for (char c = 1; hidden.size() % 8 != 0; ++c) hidden += c;
  append_string(file, "none");
  append_string(file, "none");
  append_string(file, "");
  append_uint32(file, 1);
  append_string(file, open);
  append_string(file, hidden);
  const KeyFile key{.path = folder / "security_key"};
  write_file(key.path,
             "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64(file) + "\n-----END OPENSSH PRIVATE KEY-----\n");
  write_file(key.path + ".pub", "sk-ssh-ed25519@openssh.com " + base64(open) + " comment\n");
  return key;
}

TEST(KeyFiles, OfHardwareAreForAgents) {
  ::unsetenv("SSH_AUTH_SOCK");
  const TemporaryFolder folder;
  const auto key = make_security_key(folder);
  EXPECT_EQ(load_error(key.path), "the key '" + key.path +
                                      "' is a security key, which only an agent can use\n"
                                      "run eval \"$(ssh-agent)\" and ssh-add " +
                                      key.path + ", then run again");
  const Sshd server;
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  EXPECT_EQ(login(server, endpoint),
            denied("there is no key, agent or password to try; the key '" + key.path +
                       "' is a security key, which only an agent can use; the host accepts publickey",
                   "add it to an agent: ssh-add " + key.path));
}

class OutdatedKey : public ::testing::TestWithParam<std::string> {};

TEST_P(OutdatedKey, IsCalledSo) {
  ::unsetenv("SSH_AUTH_SOCK");
  const TemporaryFolder folder;
  const auto file = folder / "dsa";
  output_of({"ssh-keygen", "-q", "-t", "dsa", "-m", GetParam(), "-N", "", "-f", file});
  EXPECT_EQ(load_error(file),
            "the key '" + file + "' is a DSA key, which is no longer accepted\nmake a new one: ssh-keygen -t ed25519");
}

INSTANTIATE_TEST_SUITE_P(KeyFiles, OutdatedKey, ::testing::Values("RFC4716", "PEM", "PKCS8"));

TEST(KeyFiles, ThatArePublicAreForAgentsThatHoldTheOtherPart) {
  const TemporaryFolder folder;
  const SshAgent agent(folder);
  const auto key = make_key(folder, "key", "ed25519");
  EXPECT_EQ(load(key.path + ".pub", options_of(folder, agent.socket())),
            "the key '" + key.path +
                ".pub' cannot be read: it is a public key, and the agent does not hold its private part\n"
                "name the file without '.pub'");
  agent.add(key);
  EXPECT_EQ(load(key.path + ".pub", options_of(folder, agent.socket())), "loaded");
  ASSERT_EQ(::unlink(key.path.c_str()), 0);
  EXPECT_EQ(load(key.path, options_of(folder, agent.socket())), "loaded");
}

struct Encrypted {
  std::string type;
  std::string format;
};

/// Keys in each format, with the passphrase "secret".
class Passphrase : public ::testing::TestWithParam<Encrypted> {
 protected:
  KeyFile make(const TemporaryFolder& folder) {
    const auto key = make_key(folder, "encrypted", GetParam().type);
    output_of({"ssh-keygen", "-q", "-p", "-a", "1", "-m", GetParam().format, "-N", "secret", "-f", key.path});
    return key;
  }

  /// Answers with these, in order; then with nothing.
  AskPassphrase answer(const std::vector<std::string>& passphrases) {
    return [this, passphrases](const std::string& file, unsigned attempt) -> std::optional<std::string> {
      asked_ += file.substr(file.rfind('/') + 1) + " " + std::to_string(attempt) + "\n";
      if (attempt > passphrases.size()) return std::nullopt;
      return passphrases[attempt - 1];
    };
  }

  std::string asked_;
};

TEST_P(Passphrase, IsAskedForOnceForAllConnectorsOfARun) {
  Sshd server;
  const auto key = make(server.folder());
  server.authorize(key.public_line());
  auto options = server.connector_options();
  options.identities = make_identities();
  options.ask_passphrase = answer({"secret"});
  EXPECT_EQ(load(key.path, options), "loaded");
  EXPECT_EQ(load(key.path, options), "loaded");
  EXPECT_EQ(asked_, "encrypted 1\n");
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  EXPECT_EQ(log_in_at_once({endpoint, endpoint}, options), std::vector<std::string>(2, "connected"));
  EXPECT_EQ(asked_, "encrypted 1\n");
}

TEST_P(Passphrase, MayBeWrongTwice) {
  const TemporaryFolder folder;
  const auto key = make(folder);
  auto options = options_of(folder);
  options.ask_passphrase = answer({"", "wrong", "secret"});
  EXPECT_EQ(load(key.path, options), "loaded");
  EXPECT_EQ(asked_, "encrypted 1\nencrypted 2\nencrypted 3\n");
}

TEST_P(Passphrase, ThatIsWrongThreeTimesIsAMistake) {
  const TemporaryFolder folder;
  const auto key = make(folder);
  auto options = options_of(folder);
  options.ask_passphrase = answer({"wrong", "secret ", "Secret"});
  EXPECT_EQ(load(key.path, options), "the passphrase of the key '" + key.path +
                                         "' was wrong three times\ntry it with ssh-keygen -y -f " + key.path);
}

TEST_P(Passphrase, IsNotAskedForWhenTheAgentHoldsTheKey) {
  Sshd server;
  const SshAgent agent(server.folder());
  const auto key = make_key(server.folder(), "encrypted", GetParam().type);
  agent.add(key);
  output_of({"ssh-keygen", "-q", "-p", "-a", "1", "-m", GetParam().format, "-N", "secret", "-f", key.path});
  server.authorize(key.public_line());
  auto options = server.connector_options();
  options.agent_socket = agent.socket();
  options.ask_passphrase = answer({});
  EXPECT_EQ(load(key.path, options), "loaded");
  EXPECT_EQ(asked_, "");
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  endpoint.use_agent = true;
  EXPECT_EQ(login(server, endpoint, agent.socket()), "connected");
}

TEST_P(Passphrase, ThatNobodyKnowsLeavesTheKeyToAnAgent) {
  const TemporaryFolder folder;
  const SshAgent agent(folder);
  const auto key = make(folder);
  auto options = options_of(folder, agent.socket());
  options.ask_passphrase = answer({});
  EXPECT_EQ(load(key.path, options), "the key '" + key.path +
                                         "' is encrypted, and the agent does not hold it\n"
                                         "add it to the agent: ssh-add " +
                                         key.path);
}

INSTANTIATE_TEST_SUITE_P(KeyFiles, Passphrase,
                         ::testing::Values(Encrypted{"ed25519", "RFC4716"}, Encrypted{"ecdsa", "PEM"},
                                           Encrypted{"rsa", "PEM"}, Encrypted{"rsa", "PKCS8"}),
                         [](const auto& info) { return info.param.type + "In" + info.param.format; });

TEST(Login, WithAnEncryptedKeyAloneTellsWhatToDo) {
  const Sshd server;
  const auto key = make_key(server.folder(), "encrypted", "ed25519", "secret");
  auto endpoint = server.endpoint();
  endpoint.identities = {key.path};
  EXPECT_EQ(login(server, endpoint), denied("there is no key, agent or password to try; the key '" + key.path +
                                                "' is encrypted; the host accepts publickey",
                                            "add it to an agent: ssh-add " + key.path));
}

}  // namespace
}  // namespace espresso::testing

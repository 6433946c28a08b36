#include "login.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

/// An authority for users, and a server that trusts it and no key.
class Certificates : public ::testing::Test {
 protected:
  Certificates()
      : authority_(make_key(folder_, "authority", "ed25519")),
        server_({.extra = "TrustedUserCAKeys " + authority_.path + ".pub"}),
        key_(make_key(folder_, "key", "ed25519")) {}

  /// Signs for KEY.pub, into KEY-cert.pub.
  void sign(const KeyFile& key, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words = {"ssh-keygen", "-q", "-s", authority_.path, "-I", "id", "-n", current_user()};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(key.path + ".pub");
    output_of(words);
  }

  std::string certificate() const { return key_.path + "-cert.pub"; }

  Endpoint endpoint() const {
    auto result = server_.endpoint();
    result.identities = {key_.path};
    return result;
  }

  std::string tried() const {
    return "tried certificate '" + certificate() + "' (" + shown(certificate()) + "), key '" + key_.path + "' (" +
           shown(key_) + "); ";
  }

  TemporaryFolder folder_;
  KeyFile authority_;
  Sshd server_;
  KeyFile key_;
};

constexpr auto renew = "let the certificate's authority sign a new one";

TEST_F(Certificates, BesideAKeyAreUsed) {
  sign(key_);
  EXPECT_EQ(login(server_, endpoint()), "connected");
}

TEST_F(Certificates, InAFileOfTheirOwnAreUsed) {
  sign(key_);
  const auto moved = folder_ / "mine.pub";
  ASSERT_EQ(::rename(certificate().c_str(), moved.c_str()), 0);
  EXPECT_EQ(login(server_, endpoint()),
            denied("tried key '" + key_.path + "' (" + shown(key_) + "); the host accepts publickey"));
  auto with_certificate = endpoint();
  with_certificate.certificates = {moved};
  EXPECT_EQ(login(server_, with_certificate), "connected");
}

TEST_F(Certificates, WorkForKeysOfAllTypes) {
  for (const char* type : {"rsa", "ecdsa"}) {
    const auto key = make_key(folder_, type, type);
    sign(key);
    auto of_type = endpoint();
    of_type.identities = {key.path};
    EXPECT_EQ(login(server_, of_type), "connected") << type;
  }
}

TEST_F(Certificates, ThatHaveExpiredAreCalledSo) {
  sign(key_, {"-V", "20240101000000Z:20240229120000Z"});
  EXPECT_EQ(login(server_, endpoint()),
            denied(tried() + "the certificate '" + certificate() +
                       "' has expired on 2024-02-29 12:00:00 UTC; the host accepts publickey",
                   renew));
}

TEST_F(Certificates, OfTheFutureAreCalledSo) {
  sign(key_, {"-V", "20990101000000Z:20991231000000Z"});
  EXPECT_EQ(login(server_, endpoint()),
            denied(tried() + "the certificate '" + certificate() +
                       "' is not valid before 2099-01-01 00:00:00 UTC; the host accepts publickey",
                   renew));
}

TEST_F(Certificates, ForSomebodyElseAreCalledSo) {
  sign(key_, {"-n", "deploy,backup"});
  EXPECT_EQ(login(server_, endpoint()), denied(tried() + "the certificate '" + certificate() +
                                                   "' is for 'deploy' and 'backup'; the host accepts publickey",
                                               renew));
}

TEST_F(Certificates, ForHostsAreCalledSo) {
  sign(key_, {"-h"});
  EXPECT_EQ(login(server_, endpoint()), denied(tried() + "the certificate '" + certificate() +
                                                   "' is for hosts, not for users; the host accepts publickey",
                                               renew));
}

TEST_F(Certificates, WithoutTheirKeyAreToldOf) {
  sign(key_);
  auto other = server_.endpoint();
  other.identities = {make_key(folder_, "other", "ed25519").path};
  other.certificates = {certificate()};
  EXPECT_EQ(login(server_, other),
            denied("tried key '" + other.identities[0] + "' (" + shown(other.identities[0] + ".pub") +
                       "); there is no key for the certificate '" + certificate() + "'; the host accepts publickey",
                   "name its private key, too, or add it to an agent"));
}

TEST_F(Certificates, ThatAreNoneAreToldOf) {
  auto other = endpoint();
  other.certificates = {folder_ / "none", key_.path + ".pub"};
  EXPECT_EQ(login(server_, other),
            denied("tried key '" + key_.path + "' (" + shown(key_) + "); the certificate '" + (folder_ / "none") +
                   "' cannot be read: No such file or directory; " + "the certificate '" + key_.path +
                   ".pub' cannot be read: it is no certificate; the host accepts publickey"));
}

TEST_F(Certificates, OfAnAgentAreUsed) {
  sign(key_);
  const SshAgent agent(folder_);
  agent.add(key_);  // and its certificate
  auto other = endpoint();
  other.identities = {"none"};
  other.use_agent = true;
  EXPECT_EQ(login(server_, other, agent.socket()), "connected");
}

/// As when a certificate of some hours is fetched for a key that has been in the agent since the morning.
TEST_F(Certificates, InFilesAreSignedForByKeysOfTheAgent) {
  const SshAgent agent(folder_);
  agent.add(key_);
  sign(key_);
  ASSERT_EQ(::unlink(key_.path.c_str()), 0);
  auto other = endpoint();
  other.use_agent = true;
  EXPECT_EQ(login(server_, other, agent.socket()), "connected");
  other.identities = {"none"};
  other.identities_only = true;
  other.certificates = {certificate()};
  EXPECT_EQ(login(server_, other, agent.socket()), "connected");
}

TEST_F(Certificates, ForRsaKeysOfTheAgentAreUsed) {
  const auto key = make_key(folder_, "rsa", "rsa");
  const SshAgent agent(folder_);
  agent.add(key);
  sign(key);
  auto other = endpoint();
  other.identities = {"none"};
  other.certificates = {key.path + "-cert.pub"};
  other.use_agent = true;
  EXPECT_EQ(login(server_, other, agent.socket()), "connected");
}

}  // namespace
}  // namespace espresso::testing

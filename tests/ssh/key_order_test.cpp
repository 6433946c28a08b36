#include "login.h"
#include "ssh/key_order.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace espresso::testing {
namespace {

/// Key files and an agent; and what OpenSSH would do with them.
class KeysInOrder : public ::testing::Test {
 protected:
  KeysInOrder() : agent_(folder_) {}

  KeyFile make(const std::string& name) const { return make_key(folder_, name, "ed25519"); }

  void sign(const KeyFile& key) {
    if (::access((folder_ / "authority").c_str(), F_OK) != 0) make("authority");
    output_of({"ssh-keygen", "-q", "-s", folder_ / "authority", "-I", "id", key.path + ".pub"});
  }

  /// The keys that ours offers, as types and fingerprints.
  std::vector<std::string> ours() {
    Agent agent(agent_.socket());
    Keys keys{.named_by_user = true, .identities_only = identities_only_, .files = files_};
    for (const auto& file : identities_) keys.identities.push_back(files_->load(file));
    for (const auto& file : certificates_) keys.certificates.push_back({file, files_->load_certificate(file)});
    std::vector<std::string> result;
    const auto order = order_keys(keys, agent.keys(Clock::now() + std::chrono::seconds(10))->keys);
    for (const auto& candidate : order.candidates) result.push_back(candidate.key.describe());
    return result;
  }

  /// The same as ssh -v tells it: "debug1: Will attempt key: NAME TYPE SHA256:… explicit agent".
  std::vector<std::string> of_openssh() const {
    const Sshd server;
    std::vector<std::string> words = {"ssh", "-v",
                                      "-F",  "none",
                                      "-o",  "BatchMode=yes",
                                      "-o",  "StrictHostKeyChecking=no",
                                      "-o",  "UserKnownHostsFile=/dev/null",
                                      "-o",  "IdentityAgent=" + agent_.socket(),
                                      "-o",  std::string("IdentitiesOnly=") + (identities_only_ ? "yes" : "no")};
    for (const auto& file : identities_) words.insert(words.end(), {"-o", "IdentityFile=" + file});
    for (const auto& file : certificates_) words.insert(words.end(), {"-o", "CertificateFile=" + file});
    words.insert(words.end(), {"-p", std::to_string(server.port()), "127.0.0.1", "true"});
    const auto told = output_of(words, true);
    std::vector<std::string> result;
    const std::string mark = "Will attempt key: ";
    for (auto at = told.find(mark); at != std::string::npos; at = told.find(mark, at + 1)) {
      const auto line = told.substr(at, told.find('\n', at) - at);
      const auto print = line.find(" SHA256:");
      const auto type = line.rfind(' ', print - 1);
      result.push_back(line.substr(type + 1, print - type + 17) + "…");
    }
    return result;
  }

  TemporaryFolder folder_;
  SshAgent agent_;
  std::vector<std::string> identities_;
  std::vector<std::string> certificates_;
  bool identities_only_ = false;
  std::shared_ptr<Identities> files_ = make_identities();
};

TEST_F(KeysInOrder, OfFilesAndAnAgentAreThoseOfOpenSsh) {
  const auto first = make("first");
  const auto second = make("second");
  const auto third = make("third");
  const auto other = make("other");
  agent_.add(other);
  agent_.add(third);
  agent_.add(first);
  identities_ = {first.path, second.path, third.path};
  const std::vector<std::string> expected = {shown(third), shown(first), shown(other), shown(second)};
  EXPECT_EQ(of_openssh(), expected);
  EXPECT_EQ(ours(), expected);
  identities_only_ = true;
  const std::vector<std::string> without_other = {shown(third), shown(first), shown(second)};
  EXPECT_EQ(of_openssh(), without_other);
  EXPECT_EQ(ours(), without_other);
}

TEST_F(KeysInOrder, NamedCertificatesComeFirst) {
  const auto first = make("first");
  const auto second = make("second");
  agent_.add(make("other"));
  agent_.add(first);
  sign(second);
  identities_ = {first.path, second.path};
  certificates_ = {second.path + "-cert.pub"};
  const std::vector<std::string> expected = {shown(certificates_[0]), shown(first), shown(folder_ / "other.pub"),
                                             shown(second)};
  EXPECT_EQ(of_openssh(), expected);
  EXPECT_EQ(ours(), expected);
}

TEST_F(KeysInOrder, PublicFilesStandForKeysOfTheAgent) {
  const auto first = make("first");
  agent_.add(make("other"));
  agent_.add(first);
  identities_ = {first.path};
  identities_only_ = true;
  ASSERT_EQ(::unlink(first.path.c_str()), 0);
  const std::vector<std::string> expected = {shown(first)};
  EXPECT_EQ(of_openssh(), expected);
  EXPECT_EQ(ours(), expected);
  identities_ = {first.path + ".pub"};
  EXPECT_EQ(of_openssh(), expected);
  EXPECT_EQ(ours(), expected);
}

/// OpenSSH has it after the key, which is a refusal more where only the certificate counts.
TEST_F(KeysInOrder, ACertificateBesideAKeyComesBeforeIt) {
  const auto first = make("first");
  const auto second = make("second");
  sign(second);
  identities_ = {first.path, second.path};
  EXPECT_EQ(of_openssh(), (std::vector<std::string>{shown(first), shown(second), shown(second.path + "-cert.pub")}));
  EXPECT_EQ(ours(), (std::vector<std::string>{shown(first), shown(second.path + "-cert.pub"), shown(second)}));
}

/// OpenSSH would never get to the key that was named.
TEST_F(KeysInOrder, ANamedKeyComesBeforeTheHostGivesUp) {
  for (const char* name : {"1", "2", "3", "4", "5", "6"}) agent_.add(make(name));
  const auto named = make("named");
  identities_ = {named.path};
  const auto of_agent = [this](const char* name) { return shown(folder_ / (std::string(name) + ".pub")); };
  EXPECT_EQ(ours(), (std::vector<std::string>{of_agent("1"), of_agent("2"), of_agent("3"), of_agent("4"), of_agent("5"),
                                              shown(named), of_agent("6")}));
}

}  // namespace
}  // namespace espresso::testing

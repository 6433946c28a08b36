#include "cli/host_key_question.h"

#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

using ::testing::ElementsAre;

const std::vector<UnknownHostKey> keys = {
    {.name = "web1", .address = "192.0.2.1", .type = "ssh-ed25519", .key = "A", .fingerprint = "SHA256:one"},
    {.name = "Web2", .address = "[192.0.2.2]:2222", .type = "ssh-rsa", .key = "B", .fingerprint = "SHA256:two"},
    {.name = "db", .address = "[2001:db8::1]:2222", .type = "ssh-rsa", .key = "C", .fingerprint = "SHA256:three"}};

TEST(HostKeyTable, TellsWhoseKeysTheyAre) {
  auto remarked = keys;
  remarked[2].remark = "is only vouched for by the certificate authority at known_hosts:1";
  EXPECT_EQ(render_host_keys(remarked),
            "  host  address             type         fingerprint\n"
            "  web1  192.0.2.1           ssh-ed25519  SHA256:one\n"
            "  Web2  [192.0.2.2]:2222    ssh-rsa      SHA256:two\n"
            "  db    [2001:db8::1]:2222  ssh-rsa      SHA256:three\n"
            "db is only vouched for by the certificate authority at known_hosts:1\n");
}

TEST(HostKeyTable, LetsNoNameDriveTheTerminal) {
  EXPECT_EQ(render_host_keys({{.name = "a\x1b[2J", .address = "a", .type = "t", .key = "K", .fingerprint = "F"}})
                .find('\x1b'),
            std::string::npos);
}

TEST(HostKeyAnswers, AcceptAllNoneOrThoseThatAreNamed) {
  const auto accepted = [](const std::string& text) { return parse_host_key_answer(text, keys).accepted; };
  EXPECT_THAT(accepted("yes"), ElementsAre(true, true, true));
  EXPECT_THAT(accepted(" Yes "), ElementsAre(true, true, true));
  EXPECT_THAT(accepted("no"), ElementsAre(false, false, false));
  EXPECT_THAT(accepted("web1"), ElementsAre(true, false, false));
  EXPECT_THAT(accepted("web*"), ElementsAre(true, true, false));
  EXPECT_THAT(accepted("web1, db"), ElementsAre(true, false, true));
  EXPECT_THAT(accepted("192.0.2.2"), ElementsAre(false, true, false));
  EXPECT_THAT(accepted("[2001:db8::1]:2222"), ElementsAre(false, false, true));
  EXPECT_THAT(accepted("2001:db8::1"), ElementsAre(false, false, true));
  EXPECT_THAT(accepted("SHA256:one two"), ElementsAre(true, true, false));
}

TEST(HostKeyAnswers, ThatMeanNothingAreComplainedOf) {
  const auto complaint = [](const std::string& text) { return parse_host_key_answer(text, keys).complaint; };
  EXPECT_EQ(complaint("web1"), "");
  EXPECT_EQ(complaint(" "), "type yes, no, or names, addresses or fingerprints of those to accept");
  EXPECT_EQ(complaint("y"), "'y' is none of these: type yes, no, or names, addresses or fingerprints");
  EXPECT_EQ(complaint("web1 web9 SHA256:One"),
            "'web9' and 'SHA256:One' are none of these: type yes, no, or names, addresses or fingerprints");
}

class Recorder : public Reporter {
 public:
  void on(const Event& event) override { said.push_back(event.message); }
  std::vector<std::string> said;
};

/// The other end of a terminal.
class HostKeyDialogue : public ::testing::Test {
 protected:
  HostKeyDialogue() {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0) throw std::runtime_error("socketpair");
    judge_ = make_host_key_question(reporter_, std::make_unique<Terminal>(ends_[1]));
  }
  ~HostKeyDialogue() override { close(ends_[0]); }

  /// What is asked, up to the end of this text.
  std::string asked_until(const std::string& end) const {
    std::string text;
    char c = 0;
    while (!text.ends_with(end) && read(ends_[0], &c, 1) == 1) text += c;
    return text;
  }
  void type(const std::string& text) const {
    ASSERT_EQ(write(ends_[0], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  Recorder recorder_;
  PausableReporter reporter_{recorder_};
  std::array<int, 2> ends_{};
  std::shared_ptr<HostKeyJudge> judge_;
};

TEST_F(HostKeyDialogue, AsksUntilItIsAnsweredWhileOthersAreSilent) {
  std::vector<bool> accepted;
  std::thread asking([&] { accepted = judge_->ask(keys); });
  EXPECT_EQ(asked_until("] "),
            "3 host keys are unknown:\n" + render_host_keys(keys) + "accept these 3 keys? [yes/no/names] ");
  reporter_.on({.kind = Event::Kind::notice, .message = "something happened"});
  EXPECT_THAT(recorder_.said, ElementsAre("3 host keys are unknown"));
  type("sure\n");
  EXPECT_EQ(asked_until("] "),
            "'sure' is none of these: type yes, no, or names, addresses or fingerprints\n"
            "accept these 3 keys? [yes/no/names] ");
  type("web1\n");
  asking.join();
  EXPECT_THAT(accepted, ElementsAre(true, false, false));
  EXPECT_THAT(recorder_.said, ElementsAre("3 host keys are unknown", "something happened"));
}

TEST_F(HostKeyDialogue, AcceptsNothingWhenTheTerminalEnds) {
  std::vector<bool> accepted;
  std::thread asking([&] { accepted = judge_->ask({keys[0]}); });
  EXPECT_TRUE(asked_until("] ").ends_with("accept it? [yes/no] "));
  shutdown(ends_[0], SHUT_WR);
  asking.join();
  EXPECT_THAT(accepted, ElementsAre(false));
}

TEST_F(HostKeyDialogue, AcceptsNothingWhenItIsInterrupted) {
  judge_->interrupt();
  EXPECT_THAT(judge_->ask(keys), ElementsAre(false, false, false));
  EXPECT_THAT(judge_->ask({keys[0]}), ElementsAre(false));
}

}  // namespace
}  // namespace espresso::testing

#include "run/become.h"

#include "shells.h"

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace espresso {
namespace {

using namespace std::chrono_literals;
using Method = Become::Method;

std::string told(const Unreachable& refusal) { return std::string(refusal.what()) + " | " + refusal.hint(); }

std::string refused(const Become& become, std::string_view words, int status = 1) {
  return told(become_refused(become, "deploy", words, status));
}

// What Debian's tools, busybox and sudo-rs write.
TEST(BecomeRefused, TellsWhatSudoMeans) {
  const Become become, with_password{.password = "secret"};
  const std::string password =
      "sudo asks for a password, and none is given | give it with -K or 'become_password', or let sudoers at the host "
      "say 'deploy ALL=(root) NOPASSWD: ALL'";
  EXPECT_EQ(refused(become, "sudo: a password is required\n"), password);
  EXPECT_EQ(refused(become, "sudo: interactive authentication is required\n"), password);
  EXPECT_EQ(refused(become, "env: 'sudo': No such file or directory\n", 127),
            "the host has no command 'sudo' | install it, choose another 'become_method', or log in as the user to "
            "become");
  EXPECT_EQ(refused(become, "sudo: sorry, you must have a tty to run sudo\n"),
            "sudo wants a terminal, and there is none | let sudoers at the host say 'Defaults:deploy !requiretty'");
  const std::string forbidden = "sudo does not let 'deploy' become 'root' | allow it in the host's sudoers";
  EXPECT_EQ(refused(become, "deploy is not in the sudoers file.\n"), forbidden);
  EXPECT_EQ(refused(become, "Sorry, user deploy is not allowed to execute '/bin/sh -c …' as root on web1.\n"),
            forbidden);
  EXPECT_EQ(refused(become, "sudo: I'm sorry deploy. I'm afraid I can't do that\n"), forbidden);
  EXPECT_EQ(refused({.user = "nosuch"}, "sudo: unknown user nosuch\n"),
            "the host has no user 'nosuch' to become | create the user, or correct 'become_user'");
  EXPECT_EQ(refused({.user = "nosuch"}, "sudo: user 'nosuch' not found\n"),
            "the host has no user 'nosuch' to become | create the user, or correct 'become_user'");
  EXPECT_EQ(refused(with_password, "Sorry, try again.\nsudo: 1 incorrect password attempt\n"),
            "sudo did not accept the password | give the password of the user who logs in; it was tried once");
  EXPECT_EQ(refused(become, "sudo: Account or password is expired, reset your password and try again\n"),
            "sudo wants a new password: the old one has expired | change it at the host with 'passwd'");
  EXPECT_EQ(refused(with_password, "The account is locked due to 3 failed logins.\nSorry, try again.\n"),
            "sudo finds the account locked | unlock it at the host");
}

TEST(BecomeRefused, TellsWhatSuAndDoasMean) {
  const Become su{.method = Method::su, .user = "app", .password = "secret"}, doas{.method = Method::doas};
  EXPECT_EQ(refused(su, "su: Authentication failure\n"),
            "su did not accept the password | give the password of 'app'; it was tried once");
  EXPECT_EQ(refused(su, "su: incorrect password\n"),
            "su did not accept the password | give the password of 'app'; it was tried once");
  EXPECT_EQ(refused(su, "su: user app does not exist or the user entry does not contain all the required fields\n"),
            "the host has no user 'app' to become | create the user, or correct 'become_user'");
  EXPECT_EQ(refused(su, "su: Permission denied\n"),
            "su does not let 'deploy' become 'app' | allow it in the host's /etc/pam.d/su");
  EXPECT_EQ(refused(doas, "doas: Operation not permitted\n"),
            "doas does not let 'deploy' become 'root' | allow it in the host's doas.conf");
  EXPECT_EQ(refused(doas, "doas: Authentication required\n"),
            "doas asks for a password, and takes it only from a terminal, which there is not | let doas.conf at the "
            "host say 'permit nopass deploy as root', or use sudo or su");
}

TEST(BecomeRefused, ShowsWhatItDoesNotKnowWithoutThePassword) {
  EXPECT_EQ(
      refused({.password = "secret"}, "sudo: \x1b[1msecret\x1b[0m? no secret!\n", 3),
      "sudo started no shell (status 3): sudo: \\x1b[1m***\\x1b[0m? no ***! | log in with ssh and run 'sudo' there "
      "to see what is in the way");
  EXPECT_EQ(
      told(become_refused({}, "deploy", "", std::nullopt)),
      "sudo started no shell (without a status) | log in with ssh and run 'sudo' there to see what is in the way");
}

// Tools of these tests' own stand before the real ones; each writes down what it is given.
class BecomeWith : public ::testing::Test {
 protected:
  BecomeWith() : path_(std::getenv("PATH")) { setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1); }
  ~BecomeWith() override { setenv("PATH", path_.c_str(), 1); }

  void tool(const std::string& name, const std::string& body) {
    write_file(folder_ / name, "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + folder_ / "words" + "\n" + body);
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }

  /// What the shell says that got "next" as its first line, or why there is none.
  std::string outcome(const Become& become, std::chrono::milliseconds patience = 20s) {
    asio::io_context io;
    std::string text;
    spawn(io.get_executor(), talk(io, become, patience, text), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return text;
  }

  std::string words() { return read_file(folder_ / "words"); }

  ScratchFolder folder_;

 private:
  static awaitable<void> talk(asio::io_context& io, Become become, std::chrono::milliseconds patience,
                              std::string& text) {
    const auto session = open_local_session(io.get_executor());
    try {
      auto channel = co_await start_as(*session, become, "deploy", "/bin/sh", "IFS= read -r x; echo \"<$x>\"",
                                       Clock::now() + patience);
      co_await channel->write("next\n");
      for (bool open = true; open;) {
        const auto event = co_await channel->read(Clock::now() + 20s);
        open = event && event->kind != ChannelEvent::Kind::closed;
        if (open && event->kind == ChannelEvent::Kind::output) text += event->data;
      }
    } catch (const Unreachable& refusal) {
      text = told(refusal);
    }
    co_await session->close(Clock::now() + 5s);
  }

  std::string path_;
};

// Runs what follows the options.
const std::string run = "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n";
const std::string read_password =
    "IFS= read -r password || exit 1; printf '%s\\n' \"$password\" >>\"${0%/*}/tried\"; [ \"$password\" = right ]";

TEST_F(BecomeWith, SudoWithoutAPasswordIsNotWaitedFor) {
  tool("sudo", "IFS= read -r first; echo \"$first\"\n");
  EXPECT_EQ(outcome({}), "next\n");
  EXPECT_EQ(words(), "-n\n-H\n-u\nroot\n--\n/bin/sh\n-c\nIFS= read -r x; echo \"<$x>\"\n");
}

TEST_F(BecomeWith, APasswordThatIsNotAskedForIsNotSent) {
  tool("sudo", run);
  EXPECT_EQ(outcome({.password = "right"}), "<next>\n");
}

TEST_F(BecomeWith, ThePasswordAnswersThePrompt) {
  tool("sudo", "echo 'We trust you have received the usual lecture' >&2\nprintf '%s' \"$(printf \"$3\")\" >&2\n" +
                   read_password + " || exit 1\n" + run);
  EXPECT_EQ(outcome({.password = "right"}), "<next>\n");
  EXPECT_EQ(words().find("right"), std::string::npos);
}

TEST_F(BecomeWith, ThePasswordAnswersSudoRsWhichHasItsOwnPrompt) {
  tool("sudo", "printf '%s' '[sudo: authenticate] Password: ' >&2\n" + read_password + " || exit 1\n" + run);
  EXPECT_EQ(outcome({.password = "right"}), "<next>\n");
  tool("sudo", "printf '%s' \"[sudo: $3] Password: \" >&2\n" + read_password + " || exit 1\n" + run);
  EXPECT_EQ(outcome({.password = "right"}), "<next>\n");
}

TEST_F(BecomeWith, AWrongPasswordIsTriedOnce) {
  tool("sudo", "while :; do printf '%s' '[sudo: authenticate] Password: ' >&2\n" + read_password +
                   " && break; echo 'sudo: Authentication failed, try again.' >&2; done\n" + run);
  EXPECT_EQ(outcome({.password = "wrong"}),
            "sudo did not accept the password | give the password of the user who logs in; it was tried once");
  EXPECT_EQ(read_file(folder_ / "tried"), "wrong\n");
}

TEST_F(BecomeWith, SuGetsAPasswordOnlyWhenThereIsOne) {
  tool("su", "printf 'Password: ' >&2\n" + read_password + " || { echo 'su: Authentication failure' >&2; exit 1; }\n" +
                 "exec \"$2\" -c \"$4\"\n");
  EXPECT_EQ(outcome({.method = Method::su, .user = "app", .password = "right"}), "<next>\n");
  EXPECT_EQ(outcome({.method = Method::su, .user = "app"}),
            "su asks for a password, and none is given | give the password of 'app' with -K or 'become_password'");
  EXPECT_EQ(read_file(folder_ / "tried"), "right\n");
}

TEST_F(BecomeWith, APasswordThatHasExpiredIsNotChanged) {
  tool("su", "printf 'Password: ' >&2\n" + read_password +
                 "\nprintf 'You are required to change your password "
                 "immediately.\nCurrent password: ' >&2\n" +
                 read_password + "\n");
  EXPECT_EQ(outcome({.method = Method::su, .password = "right"}),
            "su wants a new password: the old one has expired | change it at the host with 'passwd'");
  EXPECT_EQ(read_file(folder_ / "tried"), "right\n");
}

TEST_F(BecomeWith, DoasIsNeverGivenAPassword) {
  tool("doas", "shift 3; exec \"$@\"\n");
  EXPECT_EQ(outcome({.method = Method::doas, .user = "app", .password = "right"}), "<next>\n");
  EXPECT_EQ(words().substr(0, 11), "-n\n-u\napp\n/");
}

TEST_F(BecomeWith, AQuestionForSomethingElseIsNotAnswered) {
  tool("sudo", "printf 'Verification code: ' >&2\n" + read_password + "\n");
  EXPECT_EQ(outcome({.password = "right"}, 300ms),
            "sudo neither started a shell nor asked for a password in time: Verification code: | log in with ssh and "
            "run 'sudo' there to see what it waits for");
}

TEST_F(BecomeWith, AHostThatNeverStopsTalkingIsNotListenedToForEver) {
  tool("sudo", "exec yes 'no password, no shell'\n");
  const std::string said = outcome({.password = "right"}, 300ms);
  EXPECT_TRUE(said.starts_with("sudo neither started a shell nor asked for a password in time: ")) << said;
  EXPECT_LT(said.size(), 700U);
}

TEST_F(BecomeWith, AShellThatShowsItsCommandsIsNoPrompt) {
  tool("sudo", "printf '+ %s ' \"$@\" >&2\n" + run);
  EXPECT_EQ(outcome({.password = "right"}), "<next>\n");
}

}  // namespace
}  // namespace espresso

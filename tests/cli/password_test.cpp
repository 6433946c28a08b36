#include "cli/password.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

std::string all_of(int descriptor) {
  std::string text;
  std::array<char, 256> buffer{};
  for (ssize_t got = 0; (got = ::read(descriptor, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

struct Asked {
  std::string shown;
  std::string answer;
  bool operator==(const Asked&) const = default;
};

/// Asks in a process with a terminal of its own, at which `typed` is typed once the question stands there.
Asked on_a_terminal(const std::string& typed, const std::function<std::optional<std::string>()>& ask) {
  std::array<int, 2> ends{};
  int terminal = -1;
  if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  const pid_t process = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (process == 0) {
    std::string answer = "interrupted";
    try {
      answer = ask().value_or("nothing");
    } catch (const Interrupted&) {
      // told by the answer
    }
    const auto written = ::write(ends[1], answer.data(), answer.size());
    ::_exit(written < 0 ? 1 : 0);
  }
  ::close(ends[1]);
  Asked result;
  for (char c = 0; !result.shown.ends_with(": ") && ::read(terminal, &c, 1) == 1;) result.shown += c;
  EXPECT_EQ(::write(terminal, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
  result.answer = all_of(ends[0]);
  result.shown += all_of(terminal);
  std::erase(result.shown, '\r');
  ::close(ends[0]);
  ::close(terminal);
  ::waitpid(process, nullptr, 0);
  return result;
}

std::optional<std::string> first() { return ask_passphrase("~/.ssh/id_ed25519", 1); }

TEST(PassphraseQuestion, IsNotEchoed) {
  EXPECT_EQ(on_a_terminal("correct horse\n", first),
            (Asked{"passphrase of the key '~/.ssh/id_ed25519': \n", "correct horse"}));
}

TEST(PassphraseQuestion, SaysThatTheLastOneWasWrong) {
  EXPECT_EQ(on_a_terminal("secret\n", [] { return ask_passphrase("key", 2); }),
            (Asked{"that was wrong; passphrase of the key 'key': \n", "secret"}));
}

TEST(PassphraseQuestion, MayBeLeftUnanswered) {
  EXPECT_EQ(on_a_terminal("\n", first).answer, "nothing");
  EXPECT_EQ(on_a_terminal("\x03", first).answer, "interrupted");
}

TEST(PassphraseQuestion, NeedsATerminal) {
  const pid_t process = ::fork();
  if (process == 0) {
    ::setsid();
    ::_exit(first() ? 1 : 0);
  }
  int status = -1;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace espresso

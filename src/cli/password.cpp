#include "cli/password.h"

#include "core/diagnostic.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string_view>
#include <termios.h>
#include <unistd.h>

namespace espresso {

namespace {

volatile std::sig_atomic_t caught = 0;

// Signals that would end the program only make the question end, so that the terminal is put right first.
class CaughtSignals {
 public:
  CaughtSignals() {
    caught = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { caught = 1; };
    sigemptyset(&action.sa_mask);  // and no SA_RESTART: reading ends
    for (std::size_t i = 0; i < ending.size(); ++i) sigaction(ending[i], &action, &before_[i]);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGTSTP, &ignore, &before_stop_);  // stopped, it would leave a silent terminal to the shell
  }
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;
  ~CaughtSignals() {
    for (std::size_t i = 0; i < ending.size(); ++i) sigaction(ending[i], &before_[i], nullptr);
    sigaction(SIGTSTP, &before_stop_, nullptr);
  }

 private:
  static constexpr std::array<int, 4> ending = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, ending.size()> before_{};
  struct sigaction before_stop_ {};
};

// The terminal with its echo off, for as long as this lives.
class SilentTerminal {
 public:
  SilentTerminal() : descriptor_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0 || tcgetattr(descriptor_, &before_) != 0) {
      if (descriptor_ >= 0) close(descriptor_);
      throw Mistakes(Diagnostic{.span = {},
                                .message = "there is no terminal to ask for the password on",
                                .hint = "leave out --ask-pass, or run it on a terminal"});
    }
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(descriptor_, TCSAFLUSH, &silent);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    tcsetattr(descriptor_, TCSAFLUSH, &before_);
    close(descriptor_);
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno != EINTR) return;
      if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  std::string read_line() {
    std::string line;
    for (char c = 0; !caught;) {
      const ssize_t size = ::read(descriptor_, &c, 1);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0 || c == '\n') return line;
      line += c;
    }
    return line;
  }

 private:
  int descriptor_;
  termios before_{};
};

}  // namespace

std::string ask_password(const std::string& prompt) {
  const CaughtSignals signals;
  SilentTerminal terminal;
  terminal.write(prompt);
  std::string password = terminal.read_line();
  terminal.write("\n");
  if (caught) throw Interrupted();
  if (password.empty())
    throw Mistakes(
        Diagnostic{.span = {}, .message = "no password was given", .hint = "leave out --ask-pass, or type one"});
  return password;
}

}  // namespace espresso

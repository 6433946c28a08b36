#include "cli/password.h"

#include "core/diagnostic.h"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <termios.h>
#include <unistd.h>

namespace espresso {

namespace {

// The terminal with its echo off, for as long as this lives.
class SilentTerminal {
 public:
  SilentTerminal() : descriptor_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0 || tcgetattr(descriptor_, &before_) != 0) {
      if (descriptor_ >= 0) close(descriptor_);
      throw Mistakes(Diagnostic{.span = {}, .message = "there is no terminal to ask for the password on",
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
    for (char c = 0;;) {
      const ssize_t size = ::read(descriptor_, &c, 1);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0 || c == '\n') return line;
      line += c;
    }
  }

 private:
  int descriptor_;
  termios before_{};
};

}  // namespace

std::string ask_password(const std::string& prompt) {
  SilentTerminal terminal;
  terminal.write(prompt);
  std::string password = terminal.read_line();
  terminal.write("\n");
  return password;
}

}  // namespace espresso

#include "cli/password.h"

#include "core/diagnostic.h"
#include "core/secrets.h"
#include "core/text.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
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
  explicit SilentTerminal(const Question& question) : descriptor_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0 || tcgetattr(descriptor_, &before_) != 0) {
      if (descriptor_ >= 0) close(descriptor_);
      throw Mistakes(Diagnostic{.span = {},
                                .message = fmt::format("there is no terminal to ask for {} on", question.what),
                                .hint = question.instead.empty()
                                            ? fmt::format("leave out {}, or run it on a terminal", question.option)
                                            : "run it on a terminal, or " + question.instead});
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

std::string first_line_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  const bool is_read = file.is_open() && (std::getline(file, line) || file.eof());
  const auto source = std::make_shared<Source>(Source{"--become-password-file", path});
  const Span span = span_at(source, 0, path.size());
  if (!is_read) throw Mistakes(Diagnostic{.span = span, .message = fmt::format("cannot read '{}'", path)});
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty())
    throw Mistakes(Diagnostic{.span = span,
                              .message = fmt::format("the first line of '{}' is empty", path),
                              .hint = "write the password there"});
  if (line.find('\0') != std::string::npos)
    throw Mistakes(Diagnostic{.span = span, .message = fmt::format("'{}' holds no text", path)});
  return line;
}

std::string ask(const Question& question) {
  const CaughtSignals signals;
  SilentTerminal terminal(question);
  terminal.write(question.prompt);
  std::string answer = terminal.read_line();
  terminal.write("\n");
  if (caught) throw Interrupted();
  known_secrets().add(answer, question.what);
  return answer;
}

bool has_terminal() {
  const int descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0;
}

}  // namespace

std::string ask_password(const Question& question) {
  std::string password = ask(question);
  if (password.empty())
    throw Mistakes(Diagnostic{.span = {},
                              .message = "no password was given",
                              .hint = fmt::format("leave out {}, or type one", question.option)});
  return password;
}

std::optional<std::string> ask_passphrase(const std::string& file, unsigned attempt) {
  if (!has_terminal()) return std::nullopt;
  const std::string again = attempt > 1 ? "that was wrong; " : "";
  std::string passphrase = ask({.prompt = fmt::format("{}passphrase of the key '{}': ", again, printable(file)),
                                .what = "the passphrase",
                                .option = "--identity",
                                .instead = {}});
  if (passphrase.empty()) return std::nullopt;
  return passphrase;
}

std::string ask_secret(const std::string& what, bool is_new, const std::string& instead) {
  constexpr const char* opening =
      "name a file with --secret-passphrase-file, --secret-key-file or --vault-password-file";
  const auto ask_once = [&](const std::string& prompt) {
    return ask_password({.prompt = prompt + ": ",
                         .what = what,
                         .option = "what needs it",
                         .instead = instead.empty() ? opening : instead});
  };
  std::string answer = ask_once(what);
  if (is_new && ask_once(what + ", again") != answer)
    throw Mistakes(Diagnostic{.span = {}, .message = "the two passphrases are not the same", .hint = "try again"});
  return answer;
}

std::optional<std::string> login_password(const Settings& settings) {
  if (!settings.ask_password) return std::nullopt;
  return ask_password({.prompt = "password: ", .what = "the password", .option = "--ask-pass", .instead = {}});
}

std::optional<std::string> become_password(const Settings& settings) {
  constexpr std::string_view name = "the become password";
  if (!settings.become_password_file.empty()) {
    auto password = first_line_of(settings.become_password_file);
    known_secrets().add(password, name);
    return password;
  }
  known_secrets().add(settings.become_password, name);
  if (settings.become_password.find('\n') != std::string::npos)
    throw Mistakes(Diagnostic{.span = {}, .message = "ESPRESSO_BECOME_PASSWORD holds more than one line"});
  if (!settings.become_password.empty()) return settings.become_password;
  if (!settings.ask_become_password) return std::nullopt;
  return ask_password({.prompt = "become password: ",
                       .what = std::string(name),
                       .option = "--ask-become-password",
                       .instead = "give the password in ESPRESSO_BECOME_PASSWORD or with --become-password-file"});
}

}  // namespace espresso

#include "ssh/proxy_command.h"

#include "core/error.h"
#include "core/text.h"
#include "ssh/shell_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

// Of what it said, the end is shown.
constexpr off_t most_words = 4096;

// After SIGHUP, in which a well-behaved one ends.
constexpr int patience_in_ms = 50;

[[noreturn]] void throw_system(const std::string& command, int code) {
  throw Unreachable("the proxy command '" + command + "' cannot be started: " + std::strerror(code));
}

std::string last_line(const std::string& text) {
  const auto trimmed = trim(text);
  return printable(trimmed.substr(trimmed.rfind('\n') + 1));
}

}  // namespace

ProxyCommand::ProxyCommand(const std::string& command) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw_system(command, errno);
  socket_ = Descriptor(ends[0]);
  const Descriptor theirs(ends[1]);
  // A file and no pipe: nobody reads it while all is well.
  errors_ = Descriptor(::memfd_create("proxy command", MFD_CLOEXEC));
  if (!errors_) throw_system(command, errno);
  const ShellStreams streams{.input = theirs.number(), .output = theirs.number(), .error_output = errors_.number()};
  const int failure = start_shell(user_shell(), "exec " + command, streams, process_);
  if (failure != 0) throw_system(command, failure);
}

ProxyCommand::~ProxyCommand() {
  if (process_ < 0 || ended_) return;
  ::kill(-process_, SIGHUP);
  for (int waited = 0; waited < patience_in_ms; ++waited) {
    if (::waitpid(process_, &status_, WNOHANG) != 0) return;
    ::usleep(1000);
  }
  ::kill(-process_, SIGKILL);
  ::waitpid(process_, &status_, 0);
}

bool ProxyCommand::has_ended() {
  if (!ended_ && ::waitpid(process_, &status_, WNOHANG) == process_) ended_ = true;
  return ended_;
}

std::string ProxyCommand::words() {
  std::string text(most_words, '\0');
  const off_t size = ::lseek(errors_.number(), 0, SEEK_END);
  const auto got = ::pread(errors_.number(), text.data(), text.size(), size > most_words ? size - most_words : 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::string result = last_line(text);
  if (has_ended()) {
    const std::string end = WIFSIGNALED(status_) ? "it was killed by signal " + std::to_string(WTERMSIG(status_))
                                                 : "it ended with status " + std::to_string(WEXITSTATUS(status_));
    result = result.empty() ? end : end + ": " + result;
  }
  return result;
}

}  // namespace espresso

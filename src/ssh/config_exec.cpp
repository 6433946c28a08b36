#include "ssh/config_exec.h"

#include "core/text.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {

namespace {

// File actions and attributes that go with the object.
class ShellSetting {
 public:
  ShellSetting() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    // Its own group, so that all of it can be ended; and the signals as a shell expects them.
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t pipe;
    ::sigemptyset(&none);
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &pipe);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ShellSetting(const ShellSetting&) = delete;
  ShellSetting& operator=(const ShellSetting&) = delete;
  ~ShellSetting() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  /// 0 or an error.
  int start(pid_t& process, const char* shell, const std::string& command) const {
    std::string option = "-c";
    std::string text = command;
    char* const words[] = {const_cast<char*>(shell), option.data(), text.data(), nullptr};
    return ::posix_spawn(&process, shell, &actions_, &attributes_, words, ::environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// False when it has not ended in time. Where the kernel knows no descriptors of processes, waitpid waits alone.
bool ends_in_time(pid_t process, std::chrono::milliseconds longest) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (descriptor < 0) return true;
  pollfd end{.fd = descriptor, .events = POLLIN, .revents = 0};
  int ready = 0;
  while ((ready = ::poll(&end, 1, static_cast<int>(longest.count()))) < 0 && errno == EINTR) {
  }
  ::close(descriptor);
  return ready != 0;
}

}  // namespace

int run_in_shell(const std::string& command, const Span& place, std::chrono::milliseconds longest) {
  auto fail = [&](const std::string& message, std::string hint) {
    return Mistakes(Diagnostic{.span = place, .message = message, .hint = std::move(hint)});
  };
  const char* shell = std::getenv("SHELL");
  if (!shell) shell = "/bin/sh";
  pid_t process = -1;
  if (const int error = ShellSetting().start(process, shell, command))
    throw fail(fmt::format("cannot run '{}': {}", shell, std::strerror(error)), "let SHELL name your shell");
  const bool has_ended = ends_in_time(process, longest);
  if (!has_ended) ::kill(-process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0)
    if (errno != EINTR) throw fail(fmt::format("'{}' was lost: {}", command, std::strerror(errno)), "try again");
  if (!has_ended)
    throw fail(fmt::format("'{}' did not end in {}", command, render_duration(longest)),
               "let it end soon, it is run before hosts are connected to");
  if (!WIFEXITED(status))
    throw fail(fmt::format("'{}' was ended by signal {}", command, WTERMSIG(status)), "let it exit with a status");
  return WEXITSTATUS(status);
}

}  // namespace espresso

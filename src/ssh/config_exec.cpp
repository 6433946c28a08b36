#include "ssh/config_exec.h"

#include "core/text.h"
#include "ssh/shell_process.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {

namespace {

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
  const std::string shell = user_shell();
  pid_t process = -1;
  if (const int error = start_shell(shell, command, {}, process))
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

#include "core/local_command.h"

#include "core/descriptor.h"
#include "core/error.h"
#include "core/text.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

namespace espresso {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_error_output = 4096;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read, write;
};

class Child {
 public:
  Child(const std::vector<std::string>& words, const Pipe& output, const Pipe& error_output) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output.write.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, error_output.write.number(), STDERR_FILENO);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const int error = ::posix_spawnp(&process_, argv[0], &files, &attributes, argv.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw Error(fmt::format("cannot start '{}': {}", words.front(), std::strerror(error)));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// The status as shells tell it, once it has ended.
  std::optional<int> status() {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
    process_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t process_ = -1;
};

// Reads what there is; at its end the descriptor is closed. Whether anything came.
bool read_some(Descriptor& from, std::string& into) {
  std::array<char, 65536> data{};
  const ssize_t size = ::read(from.number(), data.data(), data.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (size <= 0) {
    from = Descriptor();
    return false;
  }
  into.append(data.data(), static_cast<std::size_t>(size));
  return true;
}

void keep_end(std::string& text) {
  if (text.size() > most_error_output) text.erase(0, text.size() - most_error_output);
}

}  // namespace

CommandOutcome run_local_command(const std::vector<std::string>& words, std::chrono::milliseconds deadline,
                                 std::size_t most_output) {
  const auto end = Clock::now() + deadline;
  const auto overdue = [&] {
    return Error(fmt::format("'{}' took longer than {}", words.front(), render_duration(deadline)));
  };
  Pipe output, error_output;
  Child child(words, output, error_output);
  output.write = Descriptor();
  error_output.write = Descriptor();
  ::fcntl(error_output.read.number(), F_SETFL, O_NONBLOCK);
  CommandOutcome outcome;
  // What it started may hold its stderr: the end of its stdout is its end.
  while (output.read) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) throw overdue();
    std::array<pollfd, 2> waiting = {
        {{output.read.number(), POLLIN, 0}, {error_output.read ? error_output.read.number() : -1, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(std::min<std::int64_t>(left.count(), 60'000))) < 0 &&
        errno != EINTR)
      throw Error(fmt::format("cannot wait for '{}': {}", words.front(), std::strerror(errno)));
    if (waiting[1].revents != 0) {
      read_some(error_output.read, outcome.error_output);
      keep_end(outcome.error_output);
    }
    if (waiting[0].revents != 0) read_some(output.read, outcome.output);
    if (outcome.output.size() > most_output)
      throw Error(fmt::format("'{}' writes more than {} bytes", words.front(), most_output));
  }
  std::optional<int> status;
  while (!(status = child.status())) {
    if (Clock::now() > end) throw overdue();
    ::poll(nullptr, 0, 2);
  }
  outcome.status = *status;
  while (error_output.read && read_some(error_output.read, outcome.error_output)) keep_end(outcome.error_output);
  return outcome;
}

}  // namespace espresso

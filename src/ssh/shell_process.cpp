#include "ssh/shell_process.h"

#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

namespace espresso {
namespace {

// File actions and attributes that go with the object.
struct Setting {
  explicit Setting(const ShellStreams& streams) {
    ::posix_spawn_file_actions_init(&files);
    take(streams.input, STDIN_FILENO);
    take(streams.output, STDOUT_FILENO);
    if (streams.error_output >= 0) take(streams.error_output, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes);
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  ~Setting() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
  }

  void take(int descriptor, int stream) {
    if (descriptor >= 0)
      ::posix_spawn_file_actions_adddup2(&files, descriptor, stream);
    else
      ::posix_spawn_file_actions_addopen(&files, stream, "/dev/null", O_RDWR, 0);
  }

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

}  // namespace

int start_shell(const std::string& shell, const std::string& line, const ShellStreams& streams, pid_t& process) {
  const Setting setting(streams);
  const std::array<char*, 4> words = {const_cast<char*>(shell.c_str()), const_cast<char*>("-c"),
                                      const_cast<char*>(line.c_str()), nullptr};
  return ::posix_spawn(&process, shell.c_str(), &setting.files, &setting.attributes, words.data(), ::environ);
}

std::string user_shell() {
  const char* named = std::getenv("SHELL");
  return named && *named ? named : "/bin/sh";
}

}  // namespace espresso

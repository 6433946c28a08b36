#include "cli/editor.h"

#include "cli/password.h"
#include "core/error.h"
#include "core/private_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {

namespace {

volatile std::sig_atomic_t ended_by = 0;

// While the editor runs, signals that would end us are passed on to it: the file is wiped in any case.
class KeptSignals {
 public:
  KeptSignals() {
    ended_by = 0;
    struct sigaction note {};
    note.sa_handler = [](int signal) { ended_by = signal; };
    sigemptyset(&note.sa_mask);
    for (std::size_t i = 0; i < ending.size(); ++i) sigaction(ending[i], &note, &before_[i]);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;  // of the terminal, which the editor gets, too
    sigemptyset(&ignore.sa_mask);
    for (std::size_t i = 0; i < typed.size(); ++i) sigaction(typed[i], &ignore, &before_typed_[i]);
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;
  ~KeptSignals() {
    for (std::size_t i = 0; i < ending.size(); ++i) sigaction(ending[i], &before_[i], nullptr);
    for (std::size_t i = 0; i < typed.size(); ++i) sigaction(typed[i], &before_typed_[i], nullptr);
  }

 private:
  static constexpr std::array<int, 2> ending = {SIGTERM, SIGHUP};
  static constexpr std::array<int, 2> typed = {SIGINT, SIGQUIT};
  std::array<struct sigaction, ending.size()> before_{};
  std::array<struct sigaction, typed.size()> before_typed_{};
};

std::string editor() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const char* value = std::getenv(name);
    if (value && *value) return value;
  }
  return "vi";
}

pid_t start(const std::string& editor, const std::string& file) {
  // The variable may hold options; the file's name is handed over as it is.
  const std::string line = editor + " \"$@\"";
  std::array<const char*, 6> words = {"sh", "-c", line.c_str(), "sh", file.c_str(), nullptr};
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGQUIT, SIGPIPE}) sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t process = 0;
  const int error =
      ::posix_spawnp(&process, "sh", nullptr, &attributes, const_cast<char* const*>(words.data()), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw Error(fmt::format("cannot start '{}': {}", editor, std::strerror(error)));
  return process;
}

// The status of its end; a signal that we get is passed on.
int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    if (ended_by != 0) ::kill(process, ended_by);
  }
  return status;
}

}  // namespace

std::string edit_privately(const std::string& file_name, const std::string& text) {
  const KeptSignals signals;
  const PrivateFolder folder(file_name, text);
  const std::string name = editor();
  const int status = wait_for(start(name, folder.file().string()));
  if (ended_by != 0) throw Interrupted();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error(fmt::format("the editor '{}' ended with status {}; nothing was changed", name,
                            WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)),
                "choose another one with EDITOR");
  std::ifstream file(folder.file(), std::ios::binary);
  std::ostringstream edited;
  if (!file.is_open()) throw Error("the editor has removed the file; nothing was changed");
  if (file.peek() != std::ifstream::traits_type::eof()) edited << file.rdbuf();
  return std::move(edited).str();
}

}  // namespace espresso

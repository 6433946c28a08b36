#pragma once

#include <string>

#include <sys/types.h>

namespace espresso {

/// Descriptors that become a shell's standard streams. -1: /dev/null; for errors: those of this process.
struct ShellStreams {
  int input = -1;
  int output = -1;
  int error_output = -1;
};

/// Starts `shell -c line` as the leader of a session of its own: it has no terminal to ask at, and is one process group
/// to end. Signals are as a shell expects them, and of our descriptors it gets these alone. Returns 0, or an error
/// number of posix_spawn(3).
int start_shell(const std::string& shell, const std::string& line, const ShellStreams& streams, pid_t& process);

/// The user's own, as ssh takes it for ProxyCommand and Match exec: $SHELL, or /bin/sh.
std::string user_shell();

}  // namespace espresso

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace espresso {

/// What a command on this machine did.
struct CommandOutcome {
  int status = 0;  ///< exit status; 128 + the number of the signal that ended it
  std::string output;
  std::string error_output;  ///< its end, when it is long
};

/// Runs a program (looked for in PATH) with these words, without input, and waits for it. Blocks.
/// Throws Error when it cannot be started, takes longer than `deadline` (it is killed then), or writes more than
/// `most_output` bytes.
CommandOutcome run_local_command(const std::vector<std::string>& words, std::chrono::milliseconds deadline,
                                 std::size_t most_output = std::size_t{1} << 20U);

}  // namespace espresso

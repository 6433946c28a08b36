#pragma once

#include "run/engine.h"

#include <string>
#include <utility>
#include <vector>

namespace espresso {

/// How the program ends. The only place where exit statuses are chosen.
enum class ExitStatus : int {
  ok = 0,
  internal_error = 1,
  host_failed = 2,
  changes_needed = 3,  ///< only with --detailed-exitcode and --check
  host_unreachable = 4,
  usage = 5,  ///< the command line or a file is wrong; nothing was touched
  interrupted = 99,
};

/// The one that tells more trouble: 99 over 1 over 5 over 4 over 2 over 3 over 0.
ExitStatus worse(ExitStatus a, ExitStatus b);

/// `detailed`: changes that a check found to be needed are told.
ExitStatus exit_status_of(const RunResult& result, bool detailed);

/// All of them, and what they mean.
std::vector<std::pair<int, std::string>> exit_status_meanings();

/// For the end of each `--help`.
std::string exit_status_help();

}  // namespace espresso

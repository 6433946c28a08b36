#pragma once

#include "report/journal_folder.h"
#include "report/wording.h"

#include <functional>
#include <string>
#include <vector>

namespace espresso {

/// How it ended, in one word: that of the worst host, or interrupted, running, killed.
std::string_view word_of(const RunSummary& run);

/// A line for each: ID, how it ended, how long it took, how hosts ended, and its words. The folder, where it is not
/// `here`.
std::string runs_text(const std::vector<RunSummary>& runs, const std::string& here);

/// All that is recorded of a run: of each host that is `wanted` its operations in order, how long each took, and what
/// it changed.
std::string run_text(const RunRecord& run, const RunSummary& summary, const Wording& wording,
                     const std::function<bool(const std::string& host)>& wanted);

}  // namespace espresso

#pragma once

#include "cli/project.h"
#include "cli/settings.h"
#include "report/journal_folder.h"

#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// How a host of a recorded run ended.
struct RecordedHost {
  std::string name;
  std::optional<Outcome> outcome = {};  ///< nothing: the run ended before it did
  bool is_through = false;              ///< all its stages have succeeded
  std::set<std::string> finished = {};  ///< stages that have
  std::string at = {};                  ///< the stage it was in last
};

/// Its hosts, in the order in which the run names them.
std::vector<RecordedHost> hosts_of(const RunRecord& run);

/// The ID of the run that a word means: an ID, as much of its beginning as is needed, or `last`, which is the latest
/// from this folder. `place` says where the word is from. Throws Mistakes.
std::string find_run(const std::string& word, const std::string& place);

/// What --rerun takes: "failed", …
const std::vector<std::string>& rerun_words();

/// Leaves of the selected hosts those that --rerun means, and those that a resumed run has left.
void keep_hosts_of_earlier_runs(const Settings& settings, Project& project, Diagnostics& diagnostics);

/// Empties the stages that hosts are through with, unless their files have changed, or later stages may read results
/// of theirs.
void leave_out_finished(const Continued& continued, const Project& project, Binder& binder,
                        std::vector<HostPlan>& plans);

}  // namespace espresso

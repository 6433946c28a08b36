#pragma once

#include "report/run_header.h"
#include "run/event.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace espresso {

/// What a journal tells of a run.
struct RunRecord {
  enum class State {
    finished,
    interrupted,
    running,  ///< right now
    killed,   ///< it ended without having a say in it
  };
  RunHeader header = {};
  State state = State::killed;
  std::vector<Event> events = {};  ///< as they happened
};

/// How a run ended, without all that happened in it.
struct RunSummary {
  RunHeader header = {};
  RunRecord::State state = RunRecord::State::killed;
  bool check = false;
  std::map<Outcome, std::size_t> counts = {};  ///< hosts that ended, by outcome
  std::size_t hosts = 0;                       ///< all of them
  std::chrono::milliseconds duration{0};       ///< of one that ended
};

/// Makes the folder, and what it lies in, for their owner only. Throws Error.
void make_journal_folder(const std::filesystem::path& folder);

/// Removes the oldest journals but for `keep` (0: none); those of runs that last are left alone. How many it removed.
std::size_t remove_old_journals(const std::filesystem::path& folder, std::size_t keep);

/// The IDs of all runs in the folder, the latest first. None when there is no such folder.
std::vector<std::string> journal_ids(const std::filesystem::path& folder);

/// Reads a file of such lines: a journal, or a plan. What a killed program left of a line at the end is passed over.
/// Throws Error when it cannot be read, or is none of these.
RunRecord read_run(const std::filesystem::path& path, RunHeader::Kind kind);

/// Reads the journal of a run. Throws Error.
RunRecord load_run(const std::filesystem::path& folder, const std::string& id);

/// The same, read as far as is needed.
RunSummary summarize_run(const std::filesystem::path& folder, const std::string& id);

}  // namespace espresso

#pragma once

#include "report/run_header.h"
#include "run/event.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace espresso {

struct JournalOptions {
  std::filesystem::path folder;  ///< made when there is none, for its owner only (0700)
  std::size_t keep = 0;          ///< journals of so many runs are kept, the oldest go first; 0: all
  std::function<std::chrono::system_clock::time_point()> now = &std::chrono::system_clock::now;
};

/// Writes what happens in a run to a file of its own, FOLDER/ID.jsonl, for its owner only (0600), and passes it on to
/// `next`. One JSON object a line: the header, then events as --format json has them, but for those that only tell that
/// something is about to happen, and for facts. Each line is with the system when `on` returns, so that nothing is lost
/// when the program is killed, and on the disk a moment later; the last one when `on` returns. The file is locked
/// (flock(2)) for as long as the run lasts.
///
/// When the journal cannot be written, the run goes on without: `next` is told why, once.
/// `next` must outlive it; its events must be masked already.
std::unique_ptr<Reporter> make_journal(JournalOptions options, RunHeader header, Reporter& next);

}  // namespace espresso

#pragma once

#include "core/descriptor.h"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace espresso {

/// A file that lines are added to for as long as a run lasts. What was added survives the end of the program at once,
/// and that of the machine a moment later: a thread of its own syncs it. All functions throw Error.
class JournalFile {
 public:
  /// Makes FOLDER/ID.jsonl, readable for its owner only, and locks it. The ID is the time, to the millisecond, and the
  /// next one where that is taken: "20260131-093000-250".
  JournalFile(const std::filesystem::path& folder, std::chrono::system_clock::time_point now);
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;
  ~JournalFile();

  const std::string& id() const { return id_; }
  /// A whole line, its newline included.
  void add(std::string_view line);
  /// Nothing comes any more: it is on the disk when this returns.
  void finish();
  /// It is gone at the end.
  void discard();

 private:
  void sync_now_and_then();
  void end_syncing();

  std::filesystem::path path_;
  std::string id_;
  Descriptor file_;
  std::mutex mutex_;  // for what follows
  std::condition_variable changed_;
  bool is_dirty_ = false;
  bool has_ended_ = false;
  std::thread syncing_;
};

}  // namespace espresso

#pragma once

#include "core/async.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Who is through with which stage, for stages that wait for one on other hosts. Lives on one executor.
class StageBoard {
 public:
  explicit StageBoard(const asio::any_io_executor& executor) : bell_(executor) {}

  /// One more host will go through the stage.
  void expect(const std::string& stage) { ++entries_[stage].remaining; }
  /// The host is through with it, or never will be.
  void finish(const std::string& stage, const std::string& host, bool succeeded);

  /// Whether any host goes through the stage in this run.
  bool knows(std::string_view stage) const { return entries_.contains(stage); }
  bool is_finished(std::string_view stage) const;
  /// The hosts on which it did not succeed.
  const std::vector<std::string>& failed_on(std::string_view stage) const;

  /// Rings whenever something was finished, and at an interrupt.
  Bell& bell() { return bell_; }

 private:
  struct Entry {
    std::size_t remaining = 0;
    std::vector<std::string> failed;
  };
  std::map<std::string, Entry, std::less<>> entries_;
  Bell bell_;
};

}  // namespace espresso

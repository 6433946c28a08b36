#pragma once

#include "run/event.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace espresso {

/// The lines at the bottom of a terminal that show what runs:
///   2 of 5 hosts done, 3 running
///   web[1-2]  main  dpkg.ensure_installed curl
class LiveBlock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  LiveBlock(std::size_t width, std::function<Time()> now);

  /// Notes the event; `lines` go above the block for good. What to write to the terminal, possibly nothing: there are
  /// no timers, so an event draws the block anew unless too many did so lately; lines are followed by at least its
  /// counts.
  std::string update(const Event& event, const std::string& lines);

 private:
  void note(const Event& event);
  bool may_redraw();
  std::string draw(bool with_groups);
  std::vector<std::string> groups() const;
  std::string erase();

  std::size_t width_;
  std::function<Time()> now_;
  std::map<std::string, std::pair<std::string, std::string>> running_;  // host, to stage and title
  std::size_t total_ = 0, done_ = 0, failed_ = 0;
  bool is_over_ = false;
  std::size_t drawn_lines_ = 0;
  double redraws_;
  Time last_;
};

}  // namespace espresso

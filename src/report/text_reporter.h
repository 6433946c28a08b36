#pragma once

#include "run/event.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>

namespace espresso {

struct TextOptions {
  bool is_terminal = false;  ///< keep a block of a few lines at the bottom that shows what runs
  bool color = false;
  std::size_t width = 80;  ///< columns of the terminal; the block never wraps
  int verbosity = 0;       ///< 0: what changed or went wrong; 1: what was ok or skipped, and all output, too
  bool diff = false;       ///< unified diffs below what changed
  bool quiet = false;      ///< only what went wrong, and notices; no summary
  /// What time it is, for how often the block is drawn anew.
  std::function<std::chrono::steady_clock::time_point()> now = &std::chrono::steady_clock::now;
};

/// For people. A result that several hosts share is told once, when all hosts that run the operation have answered it:
///   changed  web[1-5]  main: fs.ensure_file /etc/motd (mode 0644 -> 0600)
/// Failures are told at once. The end is a summary: counts, reasons of failures, slowest operations, total time.
/// What hosts say is bounded and escaped: no byte of theirs drives the terminal. `out` must outlive the reporter.
std::unique_ptr<Reporter> make_text_reporter(std::ostream& out, TextOptions options);

}  // namespace espresso

#pragma once

#include "run/event.h"

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// How results are put into words. All of it is escaped: nothing that a host said reaches a terminal raw.
class Wording {
 public:
  struct Options {
    bool color = false;
    bool diff = false;
    bool all_output = false;  ///< output of whatever ran, uncut; otherwise only of failures, head and tail
  };
  explicit Wording(Options options) : options_(options) {}

  /// "changed", "failed (ignored)", in the outcome's colour.
  std::string label(Outcome outcome, std::string_view remark = {}) const;
  std::string label(const Result& result) const;
  /// "main: fs.ensure_file /etc/motd (mode 0644 -> 0600)"
  std::string sentence(std::string_view stage, const Result& result) const;
  /// Indented lines below the sentence: diff, output, and for failures place, exit status and hint.
  std::string details(const Result& result) const;
  /// "    hint: …", or nothing.
  std::string hint(std::string_view text) const;

 private:
  std::string mistakes(const std::vector<LateMistake>& mistakes) const;
  std::string diff_lines(std::string_view diff) const;
  std::string output_lines(std::string_view name, std::string_view output) const;
  std::string painted(std::string_view text, std::string_view color) const;

  Options options_;
};

/// Hosts as told in one line: folded, and cut with their number when that is still long.
std::string host_names(const std::vector<std::string>& hosts);

}  // namespace espresso

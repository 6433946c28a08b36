#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// So many of the hosts of a stage: a number, or a part of all.
struct HostShare {
  std::size_t amount = 0;
  bool is_percent = false;

  /// How many of so many hosts that is; what is left of a percentage below one host is dropped.
  std::size_t of(std::size_t hosts) const { return is_percent ? hosts * amount / 100 : amount; }
  /// As it is written: "2", "25%".
  std::string text() const;
};

/// How the hosts of a stage go through it with regard to each other. Without any of these none waits for another.
struct StageTerms {
  /// In batches of these sizes, the last one again and again; empty: all hosts are one batch.
  std::vector<HostShare> rolling = {};
  std::size_t throttle = 0;                    ///< at most so many hosts in it at once; 0: all
  std::optional<HostShare> max_failures = {};  ///< once more hosts than this have failed in it, no other begins it
  bool run_once = false;                       ///< on one of its hosts, for all of them
  bool barrier = false;                        ///< none begins it before all have got to it

  bool any() const { return !rolling.empty() || throttle > 0 || max_failures || run_once || barrier; }
};

/// How large the batches of so many hosts are, in their order. One that a percentage makes smaller than a host is one.
std::vector<std::size_t> batch_sizes(const StageTerms& terms, std::size_t hosts);

}  // namespace espresso

#pragma once

#include "run/protocol.h"
#include "run/workspace.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// The part of a host's way that has to be confirmed together: a stage with `confirm`, what listens on the host to what
/// it raises, and what comes between these.
struct ConfirmedChange {
  std::size_t first = 0;  ///< among the host's stages
  std::size_t last = 0;
  std::chrono::seconds within{0};
  std::vector<std::string> stages = {};  ///< those with `confirm`

  bool contains(std::size_t stage) const { return first <= stage && stage <= last; }
};

/// Nothing when that stage needs no confirmation.
std::optional<ConfirmedChange> confirmed_change(const std::vector<StagePlan>& stages, std::size_t first);
/// Two that overlap are one, with the shorter time.
void merge(ConfirmedChange& change, const ConfirmedChange& later);
/// What the operations of a stage in it are to it.
Keeping keeping_in(const ConfirmedChange& change, const std::vector<StagePlan>& stages, std::size_t stage);
/// "'sshd' and 'network'"
std::string stages_of(const ConfirmedChange& change);

}  // namespace espresso

#pragma once

#include "run/workspace.h"

#include <string>
#include <vector>

namespace espresso {

/// What a stage's terms mean for the hosts of a plan: its batches, in their order; of a stage that runs once the one
/// host alone.
struct PlanBatches {
  std::string stage;
  bool runs_once = false;
  std::vector<std::vector<std::string>> batches;  ///< names of hosts

  /// "batches of web: web1, then web[2-3]", "migrate runs once: on web1".
  std::string text() const;
};

/// Those of all stages that have batches or run once, in the order of the run.
std::vector<PlanBatches> plan_batches(const std::vector<StageTurn>& order, const std::vector<HostPlan>& plans);

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"
#include "model/stage.h"
#include "model/tags.h"

#include <string>
#include <vector>

namespace espresso {

class Binder;
struct HostPlan;
struct Workspace;

/// What of the stages a run is for: the rest is not in the plans.
struct PlanChoice {
  TagChoice tags = {};
  /// A stage, or the name of an operation: all that comes before it in the order is left out. Empty: nothing is.
  std::string start_at = {};

  bool is_given() const { return tags.is_given() || !start_at.empty(); }
};

/// All tags that stages, operations and components have, be they part of a run or not; of stages that are no file's,
/// the operations of the plans.
std::vector<std::string> known_tags(const Workspace& workspace, const std::vector<HostPlan>& plans);

/// Leaves out what was not chosen; stages and hosts with nothing left, too. Tags say nothing of stages that only a
/// signal brings about: they are there, whole, where anything that is left may raise it. Returns the mistakes: names
/// that nothing has, and results that are read while the operation that registers them is left out.
std::vector<Diagnostic> leave_out_of(std::vector<HostPlan>& plans, const PlanChoice& choice, const Workspace& workspace,
                                     const std::vector<StageTurn>& order, Binder& binder);

}  // namespace espresso

#pragma once

#include "helpers/catalog.h"
#include "model/inventory.h"
#include "model/stage.h"
#include "model/storage.h"

#include <memory>
#include <vector>

namespace espresso {

/// What a run works with, read before any host is touched. Outlives the run.
struct Workspace {
  Inventory inventory;
  Stages stages;
  Catalog catalog;
  StoragePath storage;
  Map configuration;  ///< {NAMESPACE: {…}}, seen as `config`
};

/// The calls of one stage on one host.
struct StagePlan {
  std::shared_ptr<const Stage> stage;
  std::vector<std::shared_ptr<const Call>> calls;
};

/// What one host will go through, in order.
struct HostPlan {
  std::shared_ptr<const Host> host;
  std::vector<StagePlan> stages;
};

/// The plan of every host that has anything to do. `order` is from Stages::order; a stage with a host pattern runs on
/// the selected hosts that the pattern names. Every call is checked against the catalog and everything that needs
/// neither facts nor results is evaluated for every host, so that all mistakes are told, at once, before any host is
/// touched. Throws Mistakes.
std::vector<HostPlan> plan_hosts(const Workspace& workspace, const std::vector<std::shared_ptr<const Stage>>& order,
                                 const std::vector<std::shared_ptr<const Host>>& selected, class Binder& binder);

/// The names expressions see on this host, apart from facts and results, which are deferred.
/// `workspace` and `host` must outlive it.
Scope host_scope(const Workspace& workspace, const Host& host);

}  // namespace espresso

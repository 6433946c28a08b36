#pragma once

#include "helpers/catalog.h"
#include "helpers/facts.h"
#include "model/configuration.h"
#include "model/inventory.h"
#include "model/scope.h"
#include "model/stage.h"
#include "model/storage.h"
#include "run/plan_choice.h"

#include <memory>
#include <vector>

namespace espresso {

class Binder;
class Destinations;

/// What a run works with, read before any host is touched. Outlives the run.
struct Workspace {
  Inventory inventory;
  Stages stages;
  Catalog catalog;
  StoragePath storage;
  FactCatalog facts;
  Configuration configuration;  ///< seen as `config`
};

/// The calls of one stage on one host.
struct StagePlan {
  std::shared_ptr<const Stage> stage;
  std::vector<std::shared_ptr<const Call>> calls;  ///< of `run`, then of `rescue`, then of `always`
  std::size_t rescuing = 0;                        ///< so many of them are of `rescue` …
  std::size_t last = 0;                            ///< … and so many of `always`
  std::vector<std::string> signals = {};           ///< raised by every operation that changes something
  bool only_on_signal = false;                     ///< nothing but a signal that it listens to brings it into the plan
  bool is_delivery = false;  ///< put in for signals that a former run has left: it waits for no other host

  std::size_t end_of_run() const { return calls.size() - last - rescuing; }
  std::size_t end_of_rescue() const { return calls.size() - last; }
  bool is_only_run() const { return last + rescuing == 0; }
};

/// A signal of a host that a stage listens to on other hosts.
struct HeardElsewhere {
  std::string signal;
  std::string listener;
};

/// What one host will go through, in order.
struct HostPlan {
  std::shared_ptr<const Host> host;
  std::vector<StagePlan> stages;
  /// Stages that listen to signals on this host: a run that was cut off may have left some for them.
  std::vector<StagePlan> listeners = {};
  std::vector<HeardElsewhere> heard_elsewhere = {};
  Value settings = {};                         ///< the configuration as the host sees it; null: as all others see it
  std::shared_ptr<Destinations> destinations;  ///< of all hosts together
};

/// The plan of every host that has anything to do. `order` is from Stages::order; a stage with a host pattern runs on
/// the selected hosts that the pattern names. Every call is checked against the catalog and everything that needs
/// neither facts nor results is evaluated for every host, so that all mistakes are told, at once, before any host is
/// touched. What `choice` leaves out is not in the plans. Throws Mistakes.
std::vector<HostPlan> plan_hosts(const Workspace& workspace, const std::vector<StageTurn>& order,
                                 const std::vector<std::shared_ptr<const Host>>& selected, Binder& binder,
                                 const PlanChoice& choice = {});

/// What expressions see on every host alike: `config`, `groups` (name to list of host names), `storage`; and `facts`,
/// none of which is known yet.
/// `workspace` must outlive it.
Scope workspace_scope(const Workspace& workspace);

/// What they see on this host besides: its variables by their own names, `host` (name, groups and variables), `facts`,
/// to be set as they become known, and `config` as the host sees it. `workspace_scope` and the plan's host must outlive
/// it.
Scope host_scope(const Scope& workspace_scope, const HostPlan& plan);

}  // namespace espresso

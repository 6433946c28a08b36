#include "run/workspace.h"

#include "helpers/operation.h"
#include "run/destinations.h"

#include <set>
#include <unordered_set>

namespace espresso {

namespace {

class CallList : public Plan {
 public:
  explicit CallList(const Host& host) : host_(host) {}
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override { calls_.push_back(std::move(call)); }
  std::vector<std::shared_ptr<const Call>> take() { return std::move(calls_); }

 private:
  const Host& host_;
  std::vector<std::shared_ptr<const Call>> calls_;
};

// The same mistake on a thousand hosts is one mistake.
class DistinctMistakes {
 public:
  void add(const Mistakes& mistakes) {
    for (const auto& diagnostic : mistakes.diagnostics()) {
      if (seen_.insert(render(diagnostic)).second) diagnostics_.add(diagnostic);
    }
  }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  std::set<std::string> seen_;
  Diagnostics diagnostics_;
};

// Binds every call that can be bound already, only for the mistakes in it.
class MistakeFinder {
 public:
  MistakeFinder(const HostPlan& plan, const Scope& shared, Binder& binder, DistinctMistakes& mistakes)
      : plan_(plan), scope_(host_scope(shared, *plan.host)), binder_(binder), mistakes_(mistakes) {
    for (const auto& stage : plan.stages)
      for (const auto& call : stage.calls) bind(call, nullptr);
  }

 private:
  void bind(const std::shared_ptr<const Call>& call, const ComponentUse* within) {
    try {
      const Binding binding = within ? binder_.bind(call, *within) : binder_.bind(call, scope_);
      for (const auto& operation : binding.operations)
        if (operation->destination) plan_.destinations->claim(*operation, plan_.host->name);
      if (!binding.deferred) {
        for (const auto& use : binding.uses)
          for (const auto& inner : use->calls) bind(inner, use.get());
      }
    } catch (const Mistakes& found) {
      mistakes_.add(found);
    }
    // From here on the names exist; before, reading one is a mistake.
    binder_.visit(call, [this](const auto& known) {
      if (!known->register_as.empty()) scope_.defer(known->register_as, "the result of '" + known->helper + "'");
    });
  }

  const HostPlan& plan_;
  Scope scope_;
  Binder& binder_;
  DistinctMistakes& mistakes_;
};

std::vector<HostPlan> list_calls(const Inventory& inventory, const std::vector<std::shared_ptr<const Stage>>& order,
                                 const std::vector<std::shared_ptr<const Host>>& selected, DistinctMistakes& mistakes) {
  std::vector<HostPlan> plans;
  const auto destinations = std::make_shared<Destinations>();
  for (const auto& host : selected) plans.push_back({.host = host, .stages = {}, .destinations = destinations});
  for (const auto& stage : order) {
    std::unordered_set<std::string> names;
    const std::string pattern = stage->hosts();
    if (!pattern.empty()) {
      try {
        for (const auto& host : inventory.select(pattern, stage->hosts_span())) names.insert(host->name);
      } catch (const Mistakes& found) {
        mistakes.add(found);
        continue;
      }
    }
    for (auto& plan : plans) {
      if (!pattern.empty() && !names.contains(plan.host->name)) continue;
      CallList calls(*plan.host);
      stage->run(calls);
      plan.stages.push_back({.stage = stage, .calls = calls.take()});
    }
  }
  std::erase_if(plans, [](const HostPlan& plan) { return plan.stages.empty(); });
  return plans;
}

}  // namespace

std::vector<HostPlan> plan_hosts(const Workspace& workspace, const std::vector<std::shared_ptr<const Stage>>& order,
                                 const std::vector<std::shared_ptr<const Host>>& selected, Binder& binder) {
  DistinctMistakes mistakes;
  std::vector<HostPlan> plans = list_calls(workspace.inventory, order, selected, mistakes);
  std::unordered_set<const Call*> checked;
  for (const auto& plan : plans) {
    for (const auto& stage : plan.stages) {
      for (const auto& call : stage.calls) {
        if (!checked.insert(call.get()).second) continue;
        Diagnostics found;
        binder.check(*call, found);
        if (!found.empty()) mistakes.add(Mistakes(found.all()));
      }
    }
  }
  mistakes.diagnostics().throw_if_any();
  const Scope shared = workspace_scope(workspace);
  for (const auto& plan : plans) MistakeFinder(plan, shared, binder, mistakes);
  mistakes.diagnostics().throw_if_any();
  return plans;
}

Scope workspace_scope(const Workspace& workspace) {
  Map groups;
  for (const auto& group : workspace.inventory.groups()) {
    List names;
    for (const auto& host : workspace.inventory.hosts_of(group->name)) names.emplace_back(host->name);
    groups.set(group->name, std::move(names));
  }
  Scope scope;
  scope.set("groups", std::move(groups));
  scope.set("config", workspace.configuration);
  scope.set("facts", workspace.facts.unknown());
  scope.set_storage(&workspace.storage);
  return scope;
}

Scope host_scope(const Scope& workspace_scope, const Host& host) {
  Scope scope(&workspace_scope);
  scope.set_all(&host.variables.values());
  Map about = host.variables.values();
  List groups;
  for (const auto& group : host.groups) groups.emplace_back(group);
  about.set("name", host.name);
  about.set("groups", std::move(groups));
  scope.set("host", std::move(about));
  // A variable of that name must not hide them.
  scope.set("facts", *workspace_scope.find("facts"));
  return scope;
}

}  // namespace espresso

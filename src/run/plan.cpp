#include "run/workspace.h"

#include "helpers/operation.h"
#include "model/tags.h"
#include "run/destinations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

namespace espresso {

namespace {

class CallList : public Plan {
 public:
  CallList(const Host& host, std::vector<std::string> tags) : host_(host), tags_(std::move(tags)) {}
  const Host& host() const override { return host_; }
  // Calls of files have the tags of their stage already.
  void add(std::shared_ptr<const Call> call) override {
    std::vector<std::string> tags = call->tags;
    add_tags(tags_, tags);
    if (tags.size() > call->tags.size()) {
      auto tagged = std::make_shared<Call>(*call);
      tagged->tags = std::move(tags);
      call = std::move(tagged);
    }
    calls_.push_back(std::move(call));
  }
  std::size_t size() const { return calls_.size(); }
  std::vector<std::shared_ptr<const Call>> take() { return std::move(calls_); }

 private:
  const Host& host_;
  std::vector<std::string> tags_;
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
  MistakeFinder(const HostPlan& plan, const Workspace& workspace, const Scope& shared, Binder& binder,
                DistinctMistakes& mistakes)
      : plan_(plan),
        inventory_(workspace.inventory),
        scope_(host_scope(shared, plan)),
        binder_(binder),
        mistakes_(mistakes) {
    Scope after_failure(&scope_);
    after_failure.defer("failed_operation", "the operation that failed");
    for (const auto& stage : plan.stages) {
      for (std::size_t i = 0; i < stage.calls.size(); ++i)
        bind(stage.calls[i], nullptr, i < stage.end_of_run() ? scope_ : after_failure);
    }
  }

 private:
  void bind(const std::shared_ptr<const Call>& call, const ComponentUse* within, const Scope& scope) {
    try {
      const Binding binding = within ? binder_.bind(call, *within) : binder_.bind(call, scope);
      binder_.check_until(*call, within ? within->scope : scope);
      for (const auto& operation : binding.operations) look_at(*operation);
      if (!binding.deferred) {
        for (const auto& use : binding.uses)
          for (const auto& inner : use->calls) bind(inner, use.get(), scope);
      }
    } catch (const Mistakes& found) {
      mistakes_.add(found);
    }
    // From here on the names exist; before, reading one is a mistake.
    binder_.visit(call, [this](const auto& known) {
      if (!known->register_as.empty()) scope_.defer(known->register_as, "the result of '" + known->helper + "'");
    });
  }

  void look_at(const Operation& operation) {
    if (operation.destination) plan_.destinations->claim(operation, plan_.host->name);
    if (operation.delegate.empty()) return;
    const Span& span = operation.call->delegate ? operation.call->delegate->span() : operation.call->span;
    if (!inventory_.find_host(operation.delegate)) {
      std::vector<std::string> names;
      for (const auto& host : inventory_.hosts()) names.push_back(host->name);
      throw Mistakes({.span = span,
                      .message = fmt::format("the inventory has no host '{}' to delegate to", operation.delegate),
                      .hint = did_you_mean(operation.delegate, names)});
    }
    if (operation.call->helper == "wait.for_connection")
      throw Mistakes({.span = span,
                      .message = "'wait.for_connection' waits for the host itself, and cannot be delegated",
                      .hint = "delegate 'wait.for_port', which looks from another host"});
  }

  const HostPlan& plan_;
  const Inventory& inventory_;
  Scope scope_;
  Binder& binder_;
  DistinctMistakes& mistakes_;
};

// Facts that no host can have, wherever they are read.
void find_impossible_facts(const std::shared_ptr<const Call>& call, const Workspace& workspace, Binder& binder,
                           DistinctMistakes& mistakes) {
  for (const auto& part : binder.facts_of(call, &workspace.storage).parts) {
    const auto names = workspace.facts.names_below(part.key);
    if (names.empty() || std::find(names.begin(), names.end(), part.name) != names.end()) continue;
    mistakes.add(Mistakes({.span = part.span,
                           .message = fmt::format("'facts.{}' has no '{}'", part.key, part.name),
                           .hint = did_you_mean(part.name, names)}));
  }
}

// Puts stages into the plans of those hosts that they are for.
class PlanMaker {
 public:
  PlanMaker(const Workspace& workspace, const std::vector<std::shared_ptr<const Host>>& selected,
            DistinctMistakes& mistakes)
      : workspace_(workspace), mistakes_(mistakes) {
    const auto destinations = std::make_shared<Destinations>();
    for (const auto& host : selected) plans_.push_back({.host = host, .stages = {}, .destinations = destinations});
  }

  void add(const StageTurn& turn) {
    const auto signals = workspace_.stages.signals_of(*turn.stage);
    add(turn.stage, [&](HostPlan& plan, StagePlan stage) {
      stage.signals = signals;
      stage.only_on_signal = turn.only_on_signal;
      plan.stages.push_back(std::move(stage));
    });
  }
  void add_listener(const std::shared_ptr<const Stage>& stage) {
    const auto signals = workspace_.stages.signals_of(*stage);
    add(stage, [&](HostPlan& plan, StagePlan listener) {
      listener.signals = signals;
      listener.only_on_signal = true;
      plan.listeners.push_back(std::move(listener));
    });
  }
  void add_heard(const Stage& listener) {
    for (const auto& signal : listener.listens()) {
      if (signal.from.empty()) continue;
      const auto names = selected_by(signal.from, signal.from_span);
      for (auto& plan : plans_)
        if (names.contains(plan.host->name)) plan.heard_elsewhere.push_back({signal.name, listener.name()});
    }
  }
  std::vector<HostPlan> take() {
    std::erase_if(plans_, [](const HostPlan& plan) { return plan.stages.empty(); });
    return std::move(plans_);
  }

 private:
  template <typename Put>
  void add(const std::shared_ptr<const Stage>& stage, Put put) {
    const std::string pattern = stage->hosts();
    std::unordered_set<std::string> names;
    if (!pattern.empty()) names = selected_by(pattern, stage->hosts_span());
    for (auto& plan : plans_) {
      if (!pattern.empty() && !names.contains(plan.host->name)) continue;
      put(plan, planned(stage, *plan.host));
    }
  }

  std::unordered_set<std::string> selected_by(const std::string& pattern, const Span& span) {
    std::unordered_set<std::string> names;
    try {
      for (const auto& host : workspace_.inventory.select(pattern, span)) names.insert(host->name);
    } catch (const Mistakes& found) {
      mistakes_.add(found);
    }
    return names;
  }

  static StagePlan planned(const std::shared_ptr<const Stage>& stage, const Host& host) {
    CallList calls(host, stage->tags());
    stage->run(calls);
    const std::size_t run = calls.size();
    stage->rescue(calls);
    const std::size_t rescue = calls.size();
    stage->always(calls);
    const std::size_t all = calls.size();
    return {.stage = stage, .calls = calls.take(), .rescuing = rescue - run, .last = all - rescue};
  }

  const Workspace& workspace_;
  DistinctMistakes& mistakes_;
  std::vector<HostPlan> plans_;
};

}  // namespace

std::vector<HostPlan> plan_hosts(const Workspace& workspace, const std::vector<StageTurn>& order,
                                 const std::vector<std::shared_ptr<const Host>>& selected, Binder& binder,
                                 const PlanChoice& choice) {
  DistinctMistakes mistakes;
  PlanMaker maker(workspace, selected, mistakes);
  for (const auto& turn : order) maker.add(turn);
  for (const auto& stage : workspace.stages.listeners()) {
    maker.add_listener(stage);
    maker.add_heard(*stage);
  }
  std::vector<HostPlan> plans = maker.take();
  for (auto& plan : plans) {
    if (plan.host->settings) plan.settings = workspace.configuration.values(plan.host.get());
  }
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
  checked.clear();
  for (const auto& plan : plans)
    for (const auto& stage : plan.stages)
      for (const auto& call : stage.calls)
        if (checked.insert(call.get()).second) find_impossible_facts(call, workspace, binder, mistakes);
  const auto left_out = leave_out_of(plans, choice, workspace, order, binder);
  for (const auto& mistake : left_out) mistakes.add(Mistakes(mistake));
  if (!left_out.empty()) mistakes.diagnostics().throw_if_any();
  const Scope shared = workspace_scope(workspace);
  for (const auto& plan : plans) MistakeFinder(plan, workspace, shared, binder, mistakes);
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
  scope.set("config", workspace.configuration.values());
  scope.set("facts", workspace.facts.unknown());
  scope.set_storage(&workspace.storage);
  return scope;
}

Scope host_scope(const Scope& workspace_scope, const HostPlan& plan) {
  const Host& host = *plan.host;
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
  if (!plan.settings.is_null()) scope.set("config", plan.settings);
  const auto hears_others = [](const StagePlan& one) {
    const auto signals = one.stage->listens();
    return std::any_of(signals.begin(), signals.end(), [](const auto& signal) { return !signal.from.empty(); });
  };
  if (std::any_of(plan.stages.begin(), plan.stages.end(), hears_others) ||
      std::any_of(plan.listeners.begin(), plan.listeners.end(), hears_others))
    scope.defer("signal", "the hosts that raised it");
  return scope;
}

}  // namespace espresso

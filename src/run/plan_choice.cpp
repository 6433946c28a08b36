#include "run/plan_choice.h"

#include "core/text.h"
#include "helpers/operation.h"
#include "model/built_in_signals.h"
#include "model/component.h"
#include "run/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace espresso {

namespace {

using CallPointer = std::shared_ptr<const Call>;

const auto tell_nobody = [](const CallPointer&, bool) {};

// Where a run starts.
struct Start {
  std::size_t stage = 0;      ///< its place in the order
  bool at_operation = false;  ///< of that stage, the one of this name
};

// Collects the tags of a stage's calls, which for stages of files are the same on every host.
class TagReader : public Plan {
 public:
  explicit TagReader(std::vector<std::string>& tags) : tags_(tags) {}
  const Host& host() const override { return host_; }
  void add(CallPointer call) override { add_tags(call->tags, tags_); }

 private:
  Host host_;
  std::vector<std::string>& tags_;
};

std::optional<Start> find_start(const std::string& name, const std::vector<StageTurn>& order,
                                const std::vector<HostPlan>& plans, Binder& binder, std::vector<std::string>& names) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i].stage->name() == name) return Start{.stage = i};
    names.push_back(order[i].stage->name());
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    bool is_found = false;
    const auto look_at = [&](const Call& call) {
      is_found = is_found || call.name == name;
      if (!call.name.empty()) names.push_back(call.name);
      return true;
    };
    for (const auto& plan : plans) {
      for (const auto& stage : plan.stages) {
        if (stage.stage != order[i].stage) continue;
        for (const auto& call : stage.calls) binder.choose(call, look_at, tell_nobody);
      }
      if (is_found) return Start{.stage = i, .at_operation = true};
    }
  }
  return std::nullopt;
}

Diagnostic unknown_start(const std::string& name, const Workspace& workspace, const std::vector<std::string>& names) {
  const auto source = std::make_shared<Source>(Source{"--start-at", name});
  Diagnostic diagnostic{.span = span_at(source, 0, name.size()),
                        .message = fmt::format("this run has no stage or operation '{}'", name),
                        .hint = did_you_mean(name, names)};
  if (workspace.stages.find(name)) diagnostic.hint = "name it among the stages to carry out, too";
  if (diagnostic.hint.empty()) diagnostic.hint = "see 'espresso plan' for what is carried out";
  return diagnostic;
}

// A call of its own, whatever is left out of the one that it is a copy of.
class Copies {
 public:
  std::vector<CallPointer> of(const std::vector<CallPointer>& calls) {
    std::vector<CallPointer> copies;
    for (const auto& call : calls) {
      auto& copy = copies_[call];
      if (!copy) copy = std::make_shared<const Call>(*call);
      copies.push_back(copy);
    }
    return copies;
  }

 private:
  std::unordered_map<CallPointer, CallPointer> copies_;
};

// Leaves out of one host's plan what was not chosen.
class HostChoice {
 public:
  HostChoice(const PlanChoice& choice, const std::optional<Start>& start, const Workspace& workspace, Binder& binder,
             Copies& copies)
      : choice_(choice), start_(start), workspace_(workspace), binder_(binder), copies_(copies) {}

  void apply(HostPlan& plan, const std::unordered_map<std::string, std::size_t>& places) {
    std::vector<StagePlan> left;
    for (auto& stage : plan.stages) {
      const std::size_t place = places.at(stage.stage->name());
      if (!choose(stage, place)) continue;
      raised_.insert(stage.signals.begin(), stage.signals.end());
      raised_.insert(signal_of_failure(*stage.stage));
      for (const auto& call : stage.calls)
        for (const auto& signal : call->signals) raised_.insert(signal.name);
      left.push_back(std::move(stage));
    }
    plan.stages = std::move(left);
    for (auto& listener : plan.listeners) listener.calls = copies_.of(listener.calls);
  }
  std::vector<Diagnostic>& mistakes() { return mistakes_; }
  /// What is left may raise them.
  const std::set<std::string>& raised() const { return raised_; }

 private:
  // Whether the stage is carried out; then with those of its calls that are.
  bool choose(StagePlan& stage, std::size_t place) {
    const bool is_before = start_ && place < start_->stage;
    const bool is_start = start_ && place == start_->stage;
    if (is_before) return keep(stage, [](const Call&) { return false; });
    if (is_start) stage.only_on_signal = false;
    if (stage.only_on_signal) return keep_if_raised(stage);
    if (stage.calls.empty()) return !(is_start && start_->at_operation) && choice_.tags.takes(stage.stage->tags());
    bool is_started = !is_start || !start_->at_operation;
    const StagePlan as_written = stage;
    const bool stays = keep(stage, [&](const Call& call) {
      is_started = is_started || call.name == choice_.start_at;
      return is_started && choice_.tags.takes(call.tags);
    });
    if (stays || is_start || stage.stage->listens().empty()) return stays;
    // Tags leave out that it is asked for, not that it follows what is left.
    stage = as_written;
    stage.only_on_signal = true;
    return keep_if_raised(stage);
  }

  bool keep_if_raised(StagePlan& stage) {
    // What other hosts raise is known when all of them are through with this.
    const auto signals = stage.stage->listens();
    const bool is_raised = std::any_of(signals.begin(), signals.end(), [this](const auto& one) {
      return !one.from.empty() || raised_.contains(one.name);
    });
    if (is_raised) stage.calls = copies_.of(stage.calls);
    keep(stage, [is_raised](const Call&) { return is_raised; });
    return is_raised;
  }

  // Whether anything is left.
  bool keep(StagePlan& stage, const std::function<bool(const Call&)>& is_wanted) {
    const auto left_of = [&](std::size_t first, std::size_t end) {
      std::vector<CallPointer> left;
      for (std::size_t i = first; i < end; ++i) {
        if (binder_.choose(stage.calls[i], is_wanted, [this](const auto& one, bool stays) { note(one, stays); }))
          left.push_back(stage.calls[i]);
      }
      return left;
    };
    std::vector<CallPointer> calls = left_of(0, stage.end_of_run());
    std::vector<CallPointer> rescue = left_of(stage.end_of_run(), stage.end_of_rescue());
    const std::vector<CallPointer> always = left_of(stage.end_of_rescue(), stage.calls.size());
    // Nothing can fail then.
    if (calls.empty()) rescue.clear();
    stage.rescuing = rescue.size();
    stage.last = always.size();
    calls.insert(calls.end(), rescue.begin(), rescue.end());
    calls.insert(calls.end(), always.begin(), always.end());
    stage.calls = std::move(calls);
    return !stage.calls.empty();
  }

  void note(const CallPointer& call, bool stays) {
    if (stays)
      for (const auto& [name, registers] : left_out_) {
        // 'until' sees what the operation itself registers.
        if (!call->retry || name != call->register_as) check_use(call, name, *registers);
      }
    if (call->register_as.empty()) return;
    if (stays)
      left_out_.erase(call->register_as);
    else
      left_out_[call->register_as] = call;
  }

  void check_use(const CallPointer& call, const std::string& name, const Call& registers) {
    for (auto& place : binder_.relies_on(call, name, &workspace_.storage))
      mistakes_.push_back(
          {.span = place,
           .message = fmt::format("'{}' is not known: the operation that registers it is left out", name),
           .hint = fmt::format("choose that one, too, or say what holds without it: '{} is defined and …'", name),
           .notes = {{registers.span, "registered by this"}}});
  }

  const PlanChoice& choice_;
  const std::optional<Start>& start_;
  const Workspace& workspace_;
  Binder& binder_;
  Copies& copies_;
  std::set<std::string> raised_;
  std::map<std::string, CallPointer> left_out_;  ///< what would have registered a name that is not known
  std::vector<Diagnostic> mistakes_;
};

// Stages that only a signal brings about which nothing that is left raises on any host.
void leave_out_unheard(HostPlan& plan, const std::set<std::string>& raised) {
  std::erase_if(plan.stages, [&](const StagePlan& stage) {
    const auto signals = stage.stage->listens();
    return stage.only_on_signal &&
           std::none_of(signals.begin(), signals.end(), [&](const auto& one) { return raised.contains(one.name); });
  });
}

}  // namespace

std::vector<std::string> known_tags(const Workspace& workspace, const std::vector<HostPlan>& plans) {
  std::vector<std::string> tags;
  TagReader reader(tags);
  for (const auto& stage : workspace.stages.all()) {
    add_tags(stage->tags(), tags);
    if (stage->span().source) stage->run(reader);
  }
  for (const auto& helper : workspace.catalog.all()) {
    if (!helper->component) continue;
    for (const auto& call : helper->component->calls) add_tags(call->tags, tags);
  }
  for (const auto& plan : plans)
    for (const auto& stage : plan.stages)
      for (const auto& call : stage.calls) add_tags(call->tags, tags);
  return tags;
}

std::vector<Diagnostic> leave_out_of(std::vector<HostPlan>& plans, const PlanChoice& choice, const Workspace& workspace,
                                     const std::vector<StageTurn>& order, Binder& binder) {
  const std::vector<std::string> tags = known_tags(workspace, plans);
  if (!choice.is_given() && tags.empty()) return {};
  Diagnostics unknown;
  choice.tags.check(tags, unknown);
  std::vector<Diagnostic> mistakes = unknown.all();
  std::optional<Start> start;
  if (!choice.start_at.empty()) {
    std::vector<std::string> names;
    start = find_start(choice.start_at, order, plans, binder, names);
    if (!start) mistakes.push_back(unknown_start(choice.start_at, workspace, names));
  }
  if (!mistakes.empty()) return mistakes;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < order.size(); ++i) places.emplace(order[i].stage->name(), i);
  Copies copies;
  std::set<std::string> raised = {std::string(signal_of_lost_host)};
  for (auto& plan : plans) {
    HostChoice host(choice, start, workspace, binder, copies);
    host.apply(plan, places);
    mistakes.insert(mistakes.end(), host.mistakes().begin(), host.mistakes().end());
    raised.insert(host.raised().begin(), host.raised().end());
  }
  for (auto& plan : plans) leave_out_unheard(plan, raised);
  std::erase_if(plans, [](const HostPlan& plan) { return plan.stages.empty(); });
  return mistakes;
}

}  // namespace espresso

#include "cli/plan_batches.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

std::vector<std::string> hosts_of(const Stage& stage, const std::vector<HostPlan>& plans) {
  std::vector<std::string> names;
  for (const auto& plan : plans) {
    if (std::any_of(plan.stages.begin(), plan.stages.end(),
                    [&](const StagePlan& one) { return one.stage.get() == &stage; }))
      names.push_back(plan.host->name);
  }
  return names;
}

}  // namespace

std::string PlanBatches::text() const {
  if (runs_once) return fmt::format("{} runs once: on {}", stage, batches.front().front());
  std::vector<std::string> texts;
  for (const auto& batch : batches) texts.push_back(fold_names(batch));
  return fmt::format("batches of {}: {}", stage, join(texts, ", then "));
}

std::vector<PlanBatches> plan_batches(const std::vector<StageTurn>& order, const std::vector<HostPlan>& plans) {
  std::vector<PlanBatches> all;
  for (const auto& turn : order) {
    const StageTerms terms = turn.stage->terms();
    if (terms.rolling.empty() && !terms.run_once) continue;
    const auto hosts = hosts_of(*turn.stage, plans);
    if (hosts.empty()) continue;
    PlanBatches one{.stage = turn.stage->name(), .runs_once = terms.run_once, .batches = {}};
    auto next = hosts.begin();
    for (const std::size_t size : terms.run_once ? std::vector<std::size_t>{1} : batch_sizes(terms, hosts.size())) {
      one.batches.emplace_back(next, next + static_cast<std::ptrdiff_t>(size));
      next += static_cast<std::ptrdiff_t>(size);
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace espresso

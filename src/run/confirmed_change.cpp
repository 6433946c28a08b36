#include "run/confirmed_change.h"

#include "model/built_in_signals.h"

#include <algorithm>

namespace espresso {

namespace {

// Whether the stage hears on its own host what this one raises. What follows a failure is no part of it.
bool hears(const Stage& listener, const Stage& raiser) {
  const std::vector<std::string> signals = own_signals(listener);
  const std::string failure = signal_of_failure(raiser);
  return std::any_of(signals.begin(), signals.end(),
                     [&](const auto& signal) { return signal != failure && can_raise(raiser, signal); });
}

// By stage from `first` on: whether what it does follows from what the stage there raises.
std::vector<bool> followers(const std::vector<StagePlan>& stages, std::size_t first) {
  std::vector<bool> follows(stages.size(), false);
  for (std::size_t i = first + 1; i < stages.size(); ++i) {
    for (std::size_t raiser = first; raiser < i && !follows[i]; ++raiser)
      follows[i] = (raiser == first || follows[raiser]) && hears(*stages[i].stage, *stages[raiser].stage);
  }
  return follows;
}

}  // namespace

std::optional<ConfirmedChange> confirmed_change(const std::vector<StagePlan>& stages, std::size_t first) {
  const auto within = stages[first].stage->confirm();
  if (!within) return std::nullopt;
  ConfirmedChange change{.first = first,
                         .last = first,
                         .within = std::chrono::ceil<std::chrono::seconds>(*within),
                         .stages = {stages[first].stage->name()}};
  const std::vector<bool> follows = followers(stages, first);
  for (std::size_t i = first; i < stages.size(); ++i)
    if (follows[i]) change.last = i;
  return change;
}

void merge(ConfirmedChange& change, const ConfirmedChange& later) {
  change.last = std::max(change.last, later.last);
  change.within = std::min(change.within, later.within);
  change.stages.insert(change.stages.end(), later.stages.begin(), later.stages.end());
}

Keeping keeping_in(const ConfirmedChange& change, const std::vector<StagePlan>& stages, std::size_t stage) {
  if (!change.contains(stage)) return Keeping::none;
  if (stages[stage].stage->confirm()) return Keeping::own;
  for (std::size_t i = change.first; i < stage; ++i)
    if (stages[i].stage->confirm() && followers(stages, i)[stage]) return Keeping::again;
  return Keeping::joined;
}

std::string stages_of(const ConfirmedChange& change) {
  std::string text;
  for (std::size_t i = 0; i < change.stages.size(); ++i)
    text += (i == 0 ? "'" : i + 1 == change.stages.size() ? " and '" : ", '") + change.stages[i] + "'";
  return text;
}

}  // namespace espresso

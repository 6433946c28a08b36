#include "run/board_setup.h"

#include "model/built_in_signals.h"

#include <algorithm>

namespace espresso {

namespace {

// By listener and signal, the hosts where it may be raised.
using Listening = std::map<std::pair<std::string, std::string>, std::vector<std::size_t>>;

std::vector<std::string> raisers_of(const std::string& signal, const std::vector<HostPlan>& plans) {
  std::map<std::string, bool> known;
  for (const auto& plan : plans) {
    for (const auto& stage : plan.stages)
      if (!known.contains(stage.stage->name())) known[stage.stage->name()] = can_raise(*stage.stage, signal);
  }
  std::vector<std::string> raisers;
  for (const auto& [name, raises] : known)
    if (raises) raisers.push_back(name);
  return raisers;
}

bool is_in_plan(const HostPlan& plan, std::size_t end, const std::string& stage) {
  return std::any_of(plan.stages.begin(), plan.stages.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](const StagePlan& one) { return one.stage->name() == stage; });
}

}  // namespace

void set_up(StageBoard& board, const std::vector<HostPlan>& plans) {
  Listening listening;
  for (std::size_t host = 0; host < plans.size(); ++host) {
    for (const auto& heard : plans[host].heard_elsewhere) listening[{heard.listener, heard.signal}].push_back(host);
  }
  for (const auto& [what, hosts] : listening) {
    const auto& [listener, signal] = what;
    const bool is_of_hosts = signal == signal_of_lost_host;
    board.heard().listen(listener, signal, is_of_hosts ? std::vector{end_of_host} : raisers_of(signal, plans), hosts);
  }
  for (std::size_t host = 0; host < plans.size(); ++host) {
    board.heard().expect(end_of_host, host);
    for (const auto& stage : plans[host].stages) board.expect(stage.stage->name(), host, stage.stage->terms());
  }
  for (std::size_t host = 0; host < plans.size(); ++host) {
    for (std::size_t i = 0; i < plans[host].stages.size(); ++i) {
      const Stage& stage = *plans[host].stages[i].stage;
      if (stage.terms().rolling.empty()) continue;
      for (const auto& listener : followers(plans[host], i, board)) board.follow(stage.name(), listener, host);
    }
  }
}

std::vector<std::string> followers(const HostPlan& plan, std::size_t stage, const StageBoard& board) {
  std::vector<std::string> found;
  for (std::size_t next = stage + 1; next < plan.stages.size(); ++next) {
    const Stage& listener = *plan.stages[next].stage;
    const auto signals = listener.listens();
    const auto is_raised_here = [&](const SignalName& signal) {
      if (!signal.from.empty()) return false;
      for (std::size_t i = stage; i < next; ++i)
        if (can_raise(*plan.stages[i].stage, signal.name)) return true;
      return false;
    };
    const auto required = listener.required();
    const bool waits_for_nobody = std::all_of(required.begin(), required.end(), [&](const std::string& name) {
      return is_in_plan(plan, next, name) || !board.knows(name);
    });
    if (signals.empty() || !plan.stages[next].only_on_signal || listener.terms().any() || !waits_for_nobody ||
        !std::all_of(signals.begin(), signals.end(), is_raised_here))
      break;
    found.push_back(listener.name());
  }
  return found;
}

}  // namespace espresso

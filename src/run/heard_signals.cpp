#include "run/heard_signals.h"

namespace espresso {

void HeardSignals::listen(const std::string& listener, const std::string& signal,
                          const std::vector<std::string>& raisers, const std::vector<std::size_t>& hosts) {
  ears_[listener];
  for (const auto& raiser : raisers) by_stage_[raiser].push_back(sources_.size());
  sources_.push_back({.listener = listener, .signal = signal, .hosts = {hosts.begin(), hosts.end()}});
}

void HeardSignals::expect(const std::string& stage, std::size_t host) {
  const auto found = by_stage_.find(stage);
  if (found == by_stage_.end()) return;
  for (const std::size_t position : found->second)
    if (sources_[position].hosts.contains(host)) ++ears_[sources_[position].listener].awaited;
}

void HeardSignals::finish(const std::string& stage, std::size_t host, const std::set<std::string>& signals) {
  const auto found = by_stage_.find(stage);
  if (found == by_stage_.end()) return;
  for (const std::size_t position : found->second) {
    const Source& source = sources_[position];
    if (!source.hosts.contains(host)) continue;
    Ear& ear = ears_[source.listener];
    if (signals.contains(source.signal)) ear.raised_by[host].insert(std::string());
    if (--ear.awaited > 0) continue;
    const auto waiting = std::move(ear.waiting);
    ear.waiting.clear();
    for (const std::size_t one : waiting) wake_(one);
  }
}

std::vector<std::string> HeardSignals::raise_left(const std::string& signal, std::size_t host, const std::string& run) {
  std::vector<std::string> listeners;
  for (const auto& source : sources_) {
    if (source.signal != signal || !source.hosts.contains(host)) continue;
    Ear& ear = ears_[source.listener];
    if (ear.has_begun) continue;
    ear.raised_by[host].insert(run);
    listeners.push_back(source.listener);
  }
  return listeners;
}

bool HeardSignals::is_settled(std::string_view listener, std::size_t host) {
  const auto found = ears_.find(listener);
  if (found == ears_.end()) return true;
  Ear& ear = found->second;
  if (ear.awaited > 0) {
    ear.waiting.insert(host);
    return false;
  }
  ear.has_begun = true;
  return true;
}

const HeardSignals::Raisers& HeardSignals::raised_by(std::string_view listener) const {
  static const Raisers none;
  const auto found = ears_.find(listener);
  return found == ears_.end() ? none : found->second.raised_by;
}

void HeardSignals::acknowledge(std::size_t host, bool is_known) {
  if (!acknowledged_.emplace(host, is_known).second) return;
  const auto waiting = std::move(waiting_for_word_[host]);
  waiting_for_word_.erase(host);
  for (const std::size_t one : waiting) wake_(one);
}

std::optional<bool> HeardSignals::has_acknowledged(std::size_t host, std::size_t waiting) {
  if (const auto found = acknowledged_.find(host); found != acknowledged_.end()) return found->second;
  waiting_for_word_[host].insert(waiting);
  return std::nullopt;
}

}  // namespace espresso

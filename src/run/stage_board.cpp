#include "run/stage_board.h"

#include "core/text.h"

#include <algorithm>

namespace espresso {

StageBoard::StageBoard(std::vector<std::string> names, Wake wake)
    : names_(std::move(names)), wake_(std::move(wake)), heard_(wake_) {}

void StageBoard::follow(const std::string& rolling, const std::string& listener, std::size_t host) {
  StageGate& first = *gate(rolling);
  first.expect_part(host);
  entries_[listener].follows[host] = &first;
}

void StageBoard::expect(const std::string& stage, std::size_t host, const StageTerms& terms) {
  Entry& entry = entries_[stage];
  ++entry.remaining;
  if (terms.any()) {
    if (!entry.gate)
      entry.gate = std::make_unique<StageGate>(
          terms, StageGate::Hosts{.name_of = [this](std::size_t one) { return names_[one]; }, .wake = wake_});
    entry.gate->expect(host);
  }
  heard_.expect(stage, host);
}

bool StageBoard::is_finished(std::string_view stage, std::size_t host) {
  const auto found = entries_.find(stage);
  if (found == entries_.end() || found->second.remaining == 0) return true;
  if (found->second.gate && found->second.gate->is_done_for_all()) return true;
  found->second.waiting.insert(host);
  return false;
}

const std::string& StageBoard::failed_on(std::string_view stage) {
  static const std::string none;
  const auto found = entries_.find(stage);
  if (found == entries_.end()) return none;
  Entry& entry = found->second;
  if (!entry.failed_names.empty()) return entry.failed_names;
  if (entry.gate && entry.gate->is_done_for_all()) {
    entry.failed_names = entry.gate->failed_for_all_on();
  } else if (!entry.failed.empty()) {
    // All who wait for it are told the same: folded once.
    std::vector<std::string> names;
    for (const std::size_t host : entry.failed) names.push_back(names_[host]);
    entry.failed_names = fold_names(std::move(names));
  }
  return entry.failed_names;
}

bool StageBoard::is_lost_for(std::string_view stage, std::size_t host) const {
  const auto found = entries_.find(stage);
  if (found == entries_.end()) return false;
  const auto& failed = found->second.failed;
  return std::find(failed.begin(), failed.end(), host) != failed.end();
}

StageGate* StageBoard::gate(std::string_view stage) {
  const auto found = entries_.find(stage);
  return found == entries_.end() ? nullptr : found->second.gate.get();
}

void StageBoard::finish(const std::string& stage, std::size_t host, StageEnd end,
                        const std::set<std::string>& signals) {
  Entry& entry = entries_[stage];
  if (end != StageEnd::through) entry.failed.push_back(host);
  if (entry.gate) entry.gate->finish(host, end);
  if (const auto first = entry.follows.find(host); first != entry.follows.end()) first->second->finish_part(host, end);
  if (entry.remaining > 0) --entry.remaining;
  if (entry.remaining == 0 || (entry.gate && entry.gate->is_done_for_all())) wake_waiting(entry);
  heard_.finish(stage, host, signals);
}

void StageBoard::wake_waiting(Entry& entry) {
  const auto waiting = std::move(entry.waiting);
  entry.waiting.clear();
  for (const std::size_t host : waiting) wake_(host);
}

}  // namespace espresso

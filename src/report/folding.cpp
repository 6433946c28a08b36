#include "report/folding.h"

#include <utility>

namespace espresso {

void Folding::expect(const std::vector<std::string>& hosts,
                     const std::map<std::string, std::vector<std::string>>& stages,
                     const std::map<std::string, std::vector<std::size_t>>& batches) {
  hosts_ = hosts;
  expected_ = stages;
  for (const auto& [stage, sizes] : batches) {
    const auto all = expected_.find(stage);
    if (all == expected_.end()) continue;
    const std::vector<std::string> names = all->second;
    auto next = names.begin();
    for (std::size_t batch = 0; batch < sizes.size(); ++batch) {
      // No stage has such a name.
      const std::string part = stage + '\0' + std::to_string(batch);
      for (std::size_t i = 0; i < sizes[batch] && next != names.end(); ++i, ++next) {
        parts_[stage][*next] = part;
        expected_[part].push_back(*next);
      }
    }
  }
}

const std::string& Folding::part_of(const std::string& stage, const std::string& host) const {
  const auto parts = parts_.find(stage);
  if (parts == parts_.end()) return stage;
  const auto part = parts->second.find(host);
  return part == parts->second.end() ? stage : part->second;
}

void Folding::pass(const std::string& whole_stage, const std::string& host, const Bucket* said) {
  const std::string& stage_name = part_of(whole_stage, host);
  Stage& stage = enter(stage_name, host);
  const std::size_t at = stage.inside[host]++;
  Point& point = stage.points[at];
  ++point.passed;
  if (said) say(point, host, *said);
  settle(stage, at, point);
}

void Folding::leave(const std::string& whole_stage, const std::string& host, const Bucket* said) {
  const std::string& stage_name = part_of(whole_stage, host);
  Stage& stage = enter(stage_name, host);
  if (said) say(stage.points[stage_end], host, *said);
  const auto inside = stage.inside.find(host);
  ++stage.left_after[inside->second];
  stage.inside.erase(inside);
  for (auto& [at, point] : stage.points) settle(stage, at, point);
}

void Folding::leave_all(const std::string& host) {
  gone_.insert(host);
  for (const auto& name : order_) {
    if (stages_.at(name).inside.contains(host)) leave(name, host, nullptr);
  }
}

std::vector<Folding::Bucket> Folding::take_complete() { return std::exchange(complete_, {}); }

std::vector<Folding::Bucket> Folding::take_all() {
  for (const auto& name : order_) {
    for (auto& [at, point] : stages_.at(name).points) hand_out(point, complete_);
  }
  return take_complete();
}

// The stage, with this host inside it even if nobody expected it there.
Folding::Stage& Folding::enter(const std::string& name, const std::string& host) {
  const auto [entry, is_new] = stages_.try_emplace(name);
  Stage& stage = entry->second;
  if (is_new) {
    order_.push_back(name);
    const auto expected = expected_.find(name);
    for (const auto& one : expected == expected_.end() ? hosts_ : expected->second) {
      ++stage.expected;
      if (gone_.contains(one))
        ++stage.left_after[0];
      else
        stage.inside.emplace(one, 0);
    }
  }
  if (stage.inside.try_emplace(host, 0).second) ++stage.expected;
  return stage;
}

void Folding::settle(const Stage& stage, std::size_t at, Point& point) {
  if (point.buckets.empty()) return;
  std::size_t through = point.passed;
  for (const auto& [operations, hosts] : stage.left_after) {
    if (operations <= at) through += hosts;
  }
  if (through >= stage.expected) hand_out(point, complete_);
}

void Folding::say(Point& point, const std::string& host, const Bucket& said) {
  const std::string key = said.label + '\0' + said.text + '\0' + said.details;
  const auto [known, is_new] = point.known.try_emplace(key, point.buckets.size());
  if (is_new) point.buckets.push_back({said.label, said.text, said.details});
  point.buckets[known->second].hosts.push_back(host);
}

void Folding::hand_out(Point& point, std::vector<Bucket>& buckets) {
  for (auto& bucket : point.buckets) buckets.push_back(std::move(bucket));
  point.buckets.clear();
  point.known.clear();
}

}  // namespace espresso

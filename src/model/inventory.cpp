#include "model/inventory.h"

#include "core/text.h"

#include <algorithm>

namespace espresso {

const Origin* Variables::origin(std::string_view name) const {
  const Value* value = values_.find(name);
  if (!value) return nullptr;
  std::size_t at = 0;
  for (const auto& entry : values_) {
    if (&entry.second == value) return &origins_[at];
    ++at;
  }
  return nullptr;
}

void Variables::set(std::string name, Value value, Origin origin) {
  std::size_t at = 0;
  for (auto& entry : values_) {
    if (entry.first == name) {
      entry.second = std::move(value);
      origins_[at] = std::move(origin);
      return;
    }
    ++at;
  }
  values_.append(std::move(name), std::move(value));
  origins_.push_back(std::move(origin));
}

void Variables::reserve(std::size_t count) { origins_.reserve(count); }

void Inventory::override_variables(const Map& values) {
  for (auto& host : hosts_) {
    auto changed = std::make_shared<Host>(*host);
    for (const auto& [name, value] : values)
      changed->variables.set(name, value, {.level = Origin::Level::command_line, .owner = "-e", .span = {}});
    host = std::move(changed);
  }
  // The keys are views of the names of the hosts that were replaced.
  host_index_.clear();
  for (std::size_t at = 0; at < hosts_.size(); ++at) host_index_.emplace(hosts_[at]->name, at);
}

std::shared_ptr<const Host> Inventory::find_host(std::string_view name) const {
  const auto found = host_index_.find(name);
  return found == host_index_.end() ? nullptr : hosts_[found->second];
}

const Group* Inventory::find_group(std::string_view name) const {
  const auto found = group_index_.find(name);
  return found == group_index_.end() ? nullptr : groups_[found->second].get();
}

std::vector<std::shared_ptr<const Host>> Inventory::hosts_of(std::string_view group) const {
  if (group == "all") return hosts_;
  std::vector<bool> is_in(hosts_.size());
  std::vector<bool> seen(groups_.size());
  std::vector<const Group*> waiting;
  const auto enter = [&](std::string_view name) {
    const auto found = group_index_.find(name);
    if (found == group_index_.end() || seen[found->second]) return;
    seen[found->second] = true;
    waiting.push_back(groups_[found->second].get());
  };
  enter(group);
  while (!waiting.empty()) {
    const Group* next = waiting.back();
    waiting.pop_back();
    for (const auto& host : next->hosts) is_in[host_index_.at(host)] = true;
    for (const auto& child : next->children) enter(child);
  }
  std::vector<std::shared_ptr<const Host>> hosts;
  for (std::size_t at = 0; at < hosts_.size(); ++at)
    if (is_in[at]) hosts.push_back(hosts_[at]);
  return hosts;
}

}  // namespace espresso

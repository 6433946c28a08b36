#include "model/inventory_builder.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace espresso {

InventoryBuilder::InventoryBuilder(Diagnostics& diagnostics) : diagnostics_(diagnostics) { group("all", {}); }

InventoryBuilder::Id InventoryBuilder::group(const std::string& name, const Span& span) {
  const auto [known, is_new] = group_ids_.emplace(name, groups_.size());
  if (is_new) {
    groups_.emplace_back();
    groups_.back().group = std::make_shared<Group>();
    groups_.back().group->name = name;
    groups_.back().span = span;
  }
  return known->second;
}

void InventoryBuilder::add_child(Id parent, Id child, const Span& span) {
  auto& parents = groups_[child].parents;
  if (std::find(parents.begin(), parents.end(), parent) != parents.end()) return;
  groups_[parent].children.push_back(child);
  groups_[parent].child_spans.push_back(span);
  parents.push_back(parent);
}

InventoryBuilder::Id InventoryBuilder::host(const std::string& name) {
  const auto [known, is_new] = host_ids_.emplace(name, hosts_.size());
  if (is_new) {
    hosts_.emplace_back();
    hosts_.back().host = std::make_shared<Host>();
    hosts_.back().host->name = name;
  }
  return known->second;
}

void InventoryBuilder::add_host(Id group, Id host) {
  auto& groups = hosts_[host].groups;
  if (std::find(groups.begin(), groups.end(), group) != groups.end()) return;
  groups.push_back(group);
  groups_[group].hosts.push_back(host);
}

void InventoryBuilder::set_group_variable(Id group, const std::string& name, Value value, const Span& span) {
  Draft& draft = groups_[group];
  if (name == "ansible_group_priority") {
    if (!value.is_integer())
      diagnostics_.add(span, fmt::format("'{}' must be an integer, not a {}", name, value.kind()));
    else
      draft.priority = value.as_integer();
    return;
  }
  draft.group->variables.set(name, std::move(value),
                             {.level = Origin::Level::group, .owner = draft.group->name, .span = span});
}

void InventoryBuilder::set_host_variable(Id host, const std::string& name, const Value& value, const Span& span) {
  hosts_[host].own.set(name, value, {.level = Origin::Level::host, .owner = hosts_[host].host->name, .span = span});
}

void InventoryBuilder::name_circle(std::vector<Id> path) {
  std::vector<std::string> names;
  for (const Id id : path) names.push_back(fmt::format("'{}'", groups_[id].group->name));
  const Draft& last = groups_[path[path.size() - 2]];
  const auto at = std::find(last.children.begin(), last.children.end(), path.back()) - last.children.begin();
  diagnostics_.add(last.child_spans[static_cast<std::size_t>(at)],
                   "groups contain each other: " + join(names, " contains "), "remove one of these 'children'");
}

bool InventoryBuilder::find_circles() {
  enum class State : char { unseen, open, done };
  std::vector<State> states(groups_.size(), State::unseen);
  std::vector<std::pair<Id, std::size_t>> path;  // a group and which of its children is next
  bool found = false;
  for (Id start = 0; start < groups_.size(); ++start) {
    if (states[start] != State::unseen) continue;
    path.push_back({start, 0});
    states[start] = State::open;
    while (!path.empty()) {
      auto& [id, next] = path.back();
      if (next == groups_[id].children.size()) {
        states[id] = State::done;
        path.pop_back();
        continue;
      }
      const Id child = groups_[id].children[next++];
      if (states[child] == State::open) {
        std::vector<Id> circle;
        for (const auto& step : path)
          if (!circle.empty() || step.first == child) circle.push_back(step.first);
        circle.push_back(child);
        name_circle(std::move(circle));
        found = true;
      } else if (states[child] == State::unseen) {
        states[child] = State::open;
        path.push_back({child, 0});
      }
    }
  }
  return found;
}

// The longest way from `all`, as in Ansible: a child is always deeper than each of its parents.
void InventoryBuilder::set_depths() {
  std::vector<std::size_t> waiting(groups_.size());
  std::vector<Id> ready;
  for (Id id = 0; id < groups_.size(); ++id) {
    waiting[id] = groups_[id].parents.size();
    if (waiting[id] == 0) {
      groups_[id].depth = id == all ? 0 : 1;
      ready.push_back(id);
    }
  }
  for (std::size_t at = 0; at < ready.size(); ++at)
    for (const Id child : groups_[ready[at]].children) {
      groups_[child].depth = std::max(groups_[child].depth, groups_[ready[at]].depth + 1);
      if (--waiting[child] == 0) ready.push_back(child);
    }
}

void InventoryBuilder::add_ungrouped() {
  const Id ungrouped = group("ungrouped", {});
  if (groups_[ungrouped].parents.empty()) add_child(all, ungrouped, {});
  for (Id id = 0; id < hosts_.size(); ++id) {
    const auto& groups = hosts_[id].groups;
    if (std::all_of(groups.begin(), groups.end(), [](Id group) { return group == all; })) add_host(ungrouped, id);
  }
}

// All groups of a host, in the order in which their variables are laid over each other.
std::vector<InventoryBuilder::Id> InventoryBuilder::groups_of(const HostDraft& host) const {
  std::vector<Id> found = host.groups;
  for (std::size_t at = 0; at < found.size(); ++at)
    for (const Id parent : groups_[found[at]].parents)
      if (std::find(found.begin(), found.end(), parent) == found.end()) found.push_back(parent);
  if (std::find(found.begin(), found.end(), all) == found.end()) found.push_back(all);
  std::sort(found.begin(), found.end(), [&](Id a, Id b) {
    const Draft &left = groups_[a], &right = groups_[b];
    return std::tie(left.depth, left.priority, left.group->name) <
           std::tie(right.depth, right.priority, right.group->name);
  });
  return found;
}

void InventoryBuilder::merge(HostDraft& draft, const std::vector<Id>& groups) {
  Variables& variables = draft.host->variables;
  std::size_t most = draft.own.values().size();
  for (const Id id : groups) most += groups_[id].group->variables.values().size();
  variables.reserve(most);
  const auto lay = [&](const Variables& layer) {
    for (const auto& [name, value] : layer.values()) variables.set(name, value, *layer.origin(name));
  };
  for (const Id id : groups) lay(groups_[id].group->variables);
  lay(draft.own);
  for (const Id id : groups)
    if (id != all) draft.host->groups.push_back(groups_[id].group->name);
  std::sort(draft.host->groups.begin(), draft.host->groups.end());
}

Inventory InventoryBuilder::build() {
  Inventory inventory;
  add_ungrouped();
  if (find_circles()) return inventory;
  for (Id id = 1; id < groups_.size(); ++id)
    if (groups_[id].parents.empty()) add_child(all, id, groups_[id].span);
  set_depths();
  for (auto& draft : hosts_) {
    merge(draft, groups_of(draft));
    inventory.host_index_.emplace(draft.host->name, inventory.hosts_.size());
    inventory.hosts_.push_back(draft.host);
  }
  for (auto& draft : groups_) {
    for (const Id id : draft.hosts) draft.group->hosts.push_back(hosts_[id].host->name);
    for (const Id id : draft.children) draft.group->children.push_back(groups_[id].group->name);
    inventory.group_index_.emplace(draft.group->name, inventory.groups_.size());
    inventory.groups_.push_back(draft.group);
  }
  return inventory;
}

}  // namespace espresso

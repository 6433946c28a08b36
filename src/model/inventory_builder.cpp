#include "model/inventory_builder.h"

#include "core/text.h"
#include "model/described.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace espresso {

namespace {

// Not a variable like others: what a group lays over the configuration does not replace what its parents do.
constexpr std::string_view configuration_variable = "config";
// A few ranges could fill the memory.
constexpr std::size_t most_hosts = 250'000;
constexpr std::string_view priority_name = "ansible_group_priority";

void lay_over(Variables& below, const Variables& above) {
  std::size_t at = 0;
  for (const auto& [name, value] : above.values()) {
    const Origin& origin = above.origins()[at++];
    if (name != configuration_variable) below.set(name, value, origin);
  }
}

bool has_settings(const Variables* variables) { return variables->values().contains(configuration_variable); }

void add_settings(std::vector<SettingsOverlay>& overlays, const Variables* variables) {
  overlays.push_back({.settings = *variables->values().find(configuration_variable),
                      .origin = *variables->origin(configuration_variable)});
}

}  // namespace

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

std::optional<InventoryBuilder::Id> InventoryBuilder::find_group(const std::string& name) const {
  const auto known = group_ids_.find(name);
  return known == group_ids_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<InventoryBuilder::Id> InventoryBuilder::find_host(const std::string& name) const {
  const auto known = host_ids_.find(name);
  return known == host_ids_.end() ? std::nullopt : std::optional(known->second);
}

std::vector<std::string> InventoryBuilder::group_names() const {
  std::vector<std::string> names;
  for (const auto& draft : groups_) names.push_back(draft.group->name);
  return names;
}

void InventoryBuilder::add_child(Id parent, Id child, const Span& span) {
  auto& parents = groups_[child].parents;
  if (std::find(parents.begin(), parents.end(), parent) != parents.end()) return;
  groups_[parent].children.push_back(child);
  groups_[parent].child_spans.push_back(span);
  parents.push_back(parent);
}

InventoryBuilder::Id InventoryBuilder::host(const std::string& name) {
  if (hosts_.size() == most_hosts && !host_ids_.contains(name)) {
    if (!is_full_)
      diagnostics_.add({}, fmt::format("the inventory names more than {} hosts", most_hosts),
                       "look for a range with a digit too many");
    is_full_ = true;
    return most_hosts - 1;
  }
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

void InventoryBuilder::set_priority(Draft& group, const Value& value, const Span& span) {
  const std::string text = value.is_integer() || value.is_string() ? value.to_text() : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), group.priority);
  if (error != std::errc() || end != text.data() + text.size())
    diagnostics_.add(span, fmt::format("'{}' must be an integer, not {}", priority_name, described(value)));
}

void InventoryBuilder::set_group_variable(Id group, const std::string& name, Value value, const Span& span) {
  Draft& draft = groups_[group];
  if (name == priority_name)
    set_priority(draft, value, span);
  else
    draft.own.set(name, std::move(value), {.level = Origin::Level::group, .owner = draft.group->name, .span = span});
}

void InventoryBuilder::set_host_variable(Id host, const std::string& name, const Value& value, const Span& span) {
  hosts_[host].own.set(name, value, {.level = Origin::Level::host, .owner = hosts_[host].host->name, .span = span});
}

void InventoryBuilder::set_group_variable(Id group, std::size_t folder, const std::string& name, Value value,
                                          const Span& span) {
  Draft& draft = groups_[group];
  folders_ = std::max(folders_, folder + 1);
  if (draft.files.size() <= folder) draft.files.resize(folder + 1);
  draft.files[folder].set(name, std::move(value),
                          {.level = Origin::Level::group, .owner = draft.group->name, .span = span});
}

void InventoryBuilder::set_host_variable(Id host, std::size_t folder, const std::string& name, Value value,
                                         const Span& span) {
  HostDraft& draft = hosts_[host];
  if (draft.files.size() <= folder) draft.files.resize(folder + 1);
  draft.files[folder].set(name, std::move(value),
                          {.level = Origin::Level::host, .owner = draft.host->name, .span = span});
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

// It holds those that are in no other group, whatever the files say.
void InventoryBuilder::add_ungrouped() {
  const Id ungrouped = group("ungrouped", {});
  if (groups_[ungrouped].parents.empty()) add_child(all, ungrouped, {});
  const auto is_other = [&](Id id) { return id != all && id != ungrouped; };
  for (Id id = 0; id < hosts_.size(); ++id) {
    auto& groups = hosts_[id].groups;
    if (std::none_of(groups.begin(), groups.end(), is_other)) {
      add_host(ungrouped, id);
    } else if (const auto found = std::find(groups.begin(), groups.end(), ungrouped); found != groups.end()) {
      groups.erase(found);
      std::erase(groups_[ungrouped].hosts, id);
    }
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

// What is said of these groups, lowest first.
InventoryBuilder::Layers InventoryBuilder::layers_of(const std::vector<Id>& groups) const {
  Layers layers;
  const auto add_file = [&](const std::vector<Variables>& files, std::size_t folder) {
    if (folder < files.size()) layers.push_back(&files[folder]);
  };
  for (const Id id : groups) layers.push_back(&groups_[id].own);
  for (std::size_t folder = 0; folder < folders_; ++folder) add_file(groups_[all].files, folder);
  for (std::size_t folder = 0; folder < folders_; ++folder)
    for (const Id id : groups)
      if (id != all) add_file(groups_[id].files, folder);
  return layers;
}

void InventoryBuilder::merge(HostDraft& draft, const std::vector<Id>& groups) {
  Variables& variables = draft.host->variables;
  const Layers of_groups = layers_of(groups);
  Layers of_host = {&draft.own};
  for (const auto& file : draft.files) of_host.push_back(&file);
  std::size_t most = draft.own.values().size();
  for (const Variables* layer : of_groups) most += layer->values().size();
  variables.reserve(most);
  for (const Variables* layer : of_groups) lay_over(variables, *layer);
  for (const Variables* layer : of_host) lay_over(variables, *layer);
  for (const Id id : groups)
    if (id != all) draft.host->groups.push_back(groups_[id].group->name);
  std::sort(draft.host->groups.begin(), draft.host->groups.end());
  lay_settings(*draft.host, of_groups, of_host);
}

void InventoryBuilder::lay_settings(Host& host, Layers of_groups, const Layers& of_host) {
  std::erase_if(of_groups, [](const Variables* layer) { return !has_settings(layer); });
  if (!of_groups.empty()) {
    auto& shared = settings_of_groups_[of_groups];
    if (!shared) {
      std::vector<SettingsOverlay> overlays;
      for (const Variables* layer : of_groups) add_settings(overlays, layer);
      shared = std::make_shared<const std::vector<SettingsOverlay>>(std::move(overlays));
    }
    host.settings = shared;
  }
  if (std::none_of(of_host.begin(), of_host.end(), has_settings)) return;
  std::vector<SettingsOverlay> overlays;
  if (host.settings) overlays = *host.settings;
  for (const Variables* layer : of_host)
    if (has_settings(layer)) add_settings(overlays, layer);
  host.settings = std::make_shared<const std::vector<SettingsOverlay>>(std::move(overlays));
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
    draft.group->variables = draft.own;
    for (const auto& file : draft.files) lay_over(draft.group->variables, file);
    for (const Id id : draft.hosts) draft.group->hosts.push_back(hosts_[id].host->name);
    for (const Id id : draft.children) draft.group->children.push_back(groups_[id].group->name);
    inventory.group_index_.emplace(draft.group->name, inventory.groups_.size());
    inventory.groups_.push_back(draft.group);
  }
  return inventory;
}

}  // namespace espresso

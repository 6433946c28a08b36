#include "model/inventory_export.h"

#include <algorithm>
#include <unordered_set>

namespace espresso {

namespace {

Value sorted(const Value& value);

Map sorted(const Map& map) {
  std::vector<const Map::Entry*> entries;
  for (const auto& entry : map) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  Map result;
  for (const auto* entry : entries) result.append(entry->first, sorted(entry->second));
  return result;
}

Value sorted(const Value& value) {
  if (value.is_map()) return sorted(value.as_map());
  if (!value.is_list()) return value;
  List result;
  for (const auto& item : value.as_list()) result.push_back(sorted(item));
  return result;
}

}  // namespace

Map ansible_inventory(const Inventory& inventory, const std::vector<std::shared_ptr<const Host>>& selected) {
  std::unordered_set<std::string_view> names;
  Map variables;
  for (const auto& host : selected) {
    names.insert(host->name);
    if (!host->variables.values().empty()) variables.append(host->name, host->variables.values());
  }
  Map meta, answer;
  meta.set("hostvars", variables);
  answer.append("_meta", meta);
  for (const auto& group : inventory.groups()) {
    List hosts, children;
    for (const auto& host : group->hosts)
      if (group->name != "all" && names.contains(host)) hosts.emplace_back(host);
    // Which hosts are in no group Ansible tells first.
    if (group->name == "all") children.emplace_back("ungrouped");
    for (const auto& child : group->children)
      if (group->name != "all" || child != "ungrouped") children.emplace_back(child);
    Map entry;
    if (!children.empty()) entry.append("children", children);
    if (!hosts.empty()) entry.append("hosts", hosts);
    if (!entry.empty()) answer.append(group->name, entry);
  }
  return sorted(answer);
}

}  // namespace espresso

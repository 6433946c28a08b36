#include "core/text.h"
#include "model/inventory_host_name.h"
#include "model/inventory_readers.h"
#include "model/inventory_value.h"
#include "model/keys.h"
#include "model/yaml_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

const std::vector<std::string> group_key_names = names_of(group_keys());

// Reads Ansible's YAML shape: a group is {hosts, vars, children}; a child is a group again.
class Reader {
 public:
  Reader(InventoryBuilder& builder, Diagnostics& diagnostics) : builder_(builder), diagnostics_(diagnostics) {}

  void read(const Node& root) {
    if (root.is_null()) return;
    if (!is_mapping(root, "an inventory is")) return;
    for (const auto& [key, value] : root.entries) {
      if (key.text == "plugin")
        diagnostics_.add(key.span, "this is the configuration of an inventory plugin, not an inventory");
      else if (std::find(group_key_names.begin(), group_key_names.end(), key.text) != group_key_names.end())
        diagnostics_.add(key.span, fmt::format("'{}' stands outside of any group", key.text), "write it below 'all:'");
      else
        read_group(key, value);
    }
  }

 private:
  InventoryBuilder::Id read_group(const Node& key, const Node& body) {
    check_name(key, "group");
    const auto group = builder_.group(key.text, key.span);
    if (body.is_null() || !is_mapping(body, fmt::format("the group '{}' is", key.text))) return group;
    for (const auto& [part, value] : body.entries) {
      if (part.text == "hosts") {
        read_hosts(group, value);
      } else if (part.text == "vars") {
        if (value.is_null() || !is_mapping(value, "'vars' is")) continue;
        for (const auto& [name, setting] : value.entries)
          builder_.set_group_variable(group, name.text, inventory_value(setting, diagnostics_),
                                      place_of_variable(name, setting));
      } else if (part.text == "children") {
        if (value.is_null() || !is_mapping(value, "'children' is")) continue;
        for (const auto& [child, child_body] : value.entries)
          builder_.add_child(group, read_group(child, child_body), child.span);
      } else {
        const std::string near = did_you_mean(part.text, group_key_names);
        diagnostics_.add(part.span, fmt::format("a group has no '{}'", part.text),
                         near.empty() ? "write 'hosts', 'vars' or 'children'; hosts go below 'hosts:'" : near);
      }
    }
    return group;
  }

  void read_hosts(InventoryBuilder::Id group, const Node& hosts) {
    if (hosts.is_null()) return;
    if (hosts.is_scalar()) {
      read_host(group, hosts, Node());
      return;
    }
    if (!is_mapping(hosts, "'hosts' is")) return;
    for (const auto& [key, value] : hosts.entries) read_host(group, key, value);
  }

  void read_host(InventoryBuilder::Id group, const Node& key, const Node& body) {
    if (!check_name(key, "host")) return;
    const auto named = parse_host_names(key.text, key.span, diagnostics_);
    if (!named) return;
    std::vector<InventoryBuilder::Id> hosts;
    for (const auto& name : named->names) {
      hosts.push_back(builder_.host(name));
      builder_.add_host(group, hosts.back());
      if (named->port) builder_.set_host_variable(hosts.back(), "ansible_port", *named->port, key.span);
    }
    if (body.is_null() || !is_mapping(body, fmt::format("the host '{}' is", key.text))) return;
    for (const auto& [name, setting] : body.entries) {
      const Value value = inventory_value(setting, diagnostics_);
      const Span& span = place_of_variable(name, setting);
      for (const auto host : hosts) builder_.set_host_variable(host, name.text, value, span);
    }
  }

  bool check_name(const Node& key, std::string_view what) {
    if (!key.is_scalar()) return false;  // told by parse_yaml
    if (!key.quoted && !value_of(key, diagnostics_).is_string()) {
      diagnostics_.add(key.span, fmt::format("the {} name {} reads as {}", what, key.text, key.describe()),
                       fmt::format("quote it: \"{}\"", key.text));
      return false;
    }
    if (!trim(key.text).empty()) return true;
    diagnostics_.add(key.span, fmt::format("a {} needs a name", what));
    return false;
  }

  bool is_mapping(const Node& node, std::string_view who) {
    if (node.is_map()) return true;
    diagnostics_.add(node.span, fmt::format("{} a mapping, but this is {}", who, node.describe()),
                     node.is_list() ? "write 'name:' in place of '- name'" : "");
    return false;
  }

  InventoryBuilder& builder_;
  Diagnostics& diagnostics_;
};

}  // namespace

void read_yaml_inventory(const Node& root, InventoryBuilder& builder, Diagnostics& diagnostics) {
  Reader(builder, diagnostics).read(root);
}

Inventory Inventory::load(const std::filesystem::path& file) { return parse(load_source(file.string())); }

Inventory Inventory::parse(std::shared_ptr<const Source> source) {
  Diagnostics diagnostics;
  InventoryBuilder builder(diagnostics);
  read_yaml_inventory(parse_yaml_of_user(std::move(source), diagnostics), builder, diagnostics);
  Inventory inventory = builder.build();
  diagnostics.throw_if_any();
  return inventory;
}

}  // namespace espresso

#include "model/inventory.h"

#include "core/text.h"
#include "model/inventory_address.h"
#include "model/inventory_builder.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace espresso {

namespace {

const std::vector<std::string> group_keys = {"hosts", "vars", "children"};

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
      else if (std::find(group_keys.begin(), group_keys.end(), key.text) != group_keys.end())
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
          builder_.set_group_variable(group, name.text, value_of(setting, diagnostics_), place_of(name, setting));
      } else if (part.text == "children") {
        if (value.is_null() || !is_mapping(value, "'children' is")) continue;
        for (const auto& [child, child_body] : value.entries)
          builder_.add_child(group, read_group(child, child_body), child.span);
      } else {
        const std::string near = did_you_mean(part.text, group_keys);
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
    const Address address = parse_address(key.text);
    std::vector<InventoryBuilder::Id> hosts;
    try {
      for (const auto& name :
           address.is_literal ? std::vector{std::string(address.host)} : expand_range(address.host)) {
        hosts.push_back(builder_.host(name));
        builder_.add_host(group, hosts.back());
      }
    } catch (const std::invalid_argument& error) {
      diagnostics_.add(key.span, error.what());
      return;
    }
    if (address.port) {
      if (const auto port = parse_port(*address.port))
        for (const auto host : hosts) builder_.set_host_variable(host, "port", *port, key.span);
      else
        diagnostics_.add(key.span, fmt::format("'{}' is no port", *address.port), "write a number from 1 to 65535");
    }
    if (body.is_null() || !is_mapping(body, fmt::format("the host '{}' is", key.text))) return;
    for (const auto& [name, setting] : body.entries) {
      const Value value = value_of(setting, diagnostics_);
      const Span span = place_of(name, setting);
      for (const auto host : hosts) builder_.set_host_variable(host, name.text, value, span);
    }
  }

  // A variable is shown by its value, or by its name when the value begins on another line.
  static const Span& place_of(const Node& name, const Node& value) {
    return value.span.line == name.span.line ? value.span : name.span;
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

Inventory Inventory::load(const std::filesystem::path& file) { return parse(load_source(file.string())); }

Inventory Inventory::parse(std::shared_ptr<const Source> source) {
  Diagnostics diagnostics;
  InventoryBuilder builder(diagnostics);
  Reader(builder, diagnostics).read(parse_yaml(std::move(source), diagnostics));
  Inventory inventory = builder.build();
  diagnostics.throw_if_any();
  return inventory;
}

Inventory Inventory::from_list(std::string_view list, std::string_view option_name) {
  const auto source = std::make_shared<Source>(Source{std::string(option_name), std::string(list)});
  Diagnostics diagnostics;
  InventoryBuilder builder(diagnostics);
  bool any = false;
  for (const auto& [text, offset] : split_words(source->text, ',')) {
    if (text.empty()) continue;
    any = true;
    const auto place = [&](std::string_view part) {
      return span_at(source, static_cast<std::size_t>(part.data() - source->text.data()),
                     std::max<std::size_t>(1, part.size()));
    };
    const Address address = parse_address(text);
    const auto port = address.port ? parse_port(*address.port) : std::nullopt;
    if (address.host.empty())
      diagnostics.add(span_at(source, offset, text.size()), fmt::format("'{}' names no host", text));
    if (text.find('@') != std::string_view::npos && address.user.empty())
      diagnostics.add(span_at(source, offset, text.size()), fmt::format("'{}' names no user before the '@'", text));
    if (address.port && !port)
      diagnostics.add(place(*address.port), fmt::format("'{}' is no port", *address.port),
                      "write a number from 1 to 65535");
    if (address.host.empty()) continue;
    try {
      for (const auto& name :
           address.is_literal ? std::vector{std::string(address.host)} : expand_range(address.host)) {
        const auto host = builder.host(name);
        builder.add_host(InventoryBuilder::all, host);
        if (!address.user.empty()) builder.set_host_variable(host, "user", address.user, place(address.user));
        if (port) builder.set_host_variable(host, "port", *port, place(*address.port));
      }
    } catch (const std::invalid_argument& error) {
      diagnostics.add(place(address.host), error.what());
    }
  }
  if (!any) diagnostics.add(span_at(source, 0, 1), "the list names no host");
  Inventory inventory = builder.build();
  diagnostics.throw_if_any();
  return inventory;
}

}  // namespace espresso

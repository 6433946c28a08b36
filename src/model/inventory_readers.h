#pragma once

#include "core/diagnostic.h"
#include "model/inventory_builder.h"
#include "model/yaml.h"

#include <memory>
#include <string_view>

namespace espresso {

// What is written in each of the shapes that inventories have, put into a builder. Mistakes are collected, all of them.

/// Ansible's YAML shape, also written as JSON: a group is {hosts, vars, children}; a child is a group again.
void read_yaml_inventory(const Node& root, InventoryBuilder& builder, Diagnostics& diagnostics);

/// Ansible's INI shape: [group], [group:children], [group:vars]. Values are Python literals where they look so, else
/// text.
void read_ini_inventory(const std::shared_ptr<const Source>& source, InventoryBuilder& builder,
                        Diagnostics& diagnostics);

/// "user@host:port,[2001:db8::1]:22,web[1-3]": variables user and port as far as given.
void read_host_list(const std::shared_ptr<const Source>& source, InventoryBuilder& builder, Diagnostics& diagnostics);

}  // namespace espresso

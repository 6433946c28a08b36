#include "targets.h"

#include "model/inventory_export.h"
#include "model/inventory_readers.h"
#include "model/json_nodes.h"
#include "model/python_literal.h"

namespace espresso {

// Inventories in Ansible's INI shape, or in JSON.
void read_hosts(std::string_view input) {
  const auto source = source_of(input);
  Diagnostics diagnostics;
  InventoryBuilder builder(diagnostics);
  try {
    if (input.starts_with('{'))
      read_yaml_inventory(parse_json_nodes(source, diagnostics), builder, diagnostics);
    else
      read_ini_inventory(source, builder, diagnostics);
    const Inventory inventory = builder.build();
    check(diagnostics);
    (void)to_json(ansible_inventory(inventory, inventory.hosts()));
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  }
  if (const auto value = parse_python_literal(input)) (void)to_json(*value);
}

}  // namespace espresso

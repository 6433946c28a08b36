#pragma once

#include "model/inventory.h"

#include <memory>
#include <vector>

namespace espresso {

/// The inventory in the shape of `ansible-inventory --list`, which other tools read as an inventory: the groups that
/// hold anything, with `hosts` and `children`, and the merged variables of each host below `_meta`. Keys are sorted.
/// Hosts that are not in `selected` are left out.
Map ansible_inventory(const Inventory& inventory, const std::vector<std::shared_ptr<const Host>>& selected);

}  // namespace espresso

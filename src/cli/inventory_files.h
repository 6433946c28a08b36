#pragma once

#include "cli/settings.h"
#include "model/inventory.h"

#include <optional>

namespace espresso {

struct LoadedInventory {
  Inventory inventory;
  bool is_hosts_option = false;  ///< made of what --hosts says: all of it is selected
};

/// The inventory that the settings name, a default one, or one made of the hosts that --hosts names. Nothing, with a
/// mistake told, when there is none.
std::optional<LoadedInventory> load_inventory(const Settings& settings, Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "cli/settings.h"
#include "model/inventory.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

struct LoadedInventory {
  Inventory inventory;
  bool is_hosts_option = false;  ///< made of what --hosts says: all of it is selected
};

/// The inventory that the settings name, a default one, or one made of the hosts that --hosts names. Nothing, with a
/// mistake told, when there is none. Programs are run only where the user named them, or their folder.
/// `stages_folder`: whose group_vars/ and host_vars/ count too. `notes` takes what they say besides. Throws Mistakes.
std::optional<LoadedInventory> load_inventory(const Settings& settings,
                                              const std::optional<std::filesystem::path>& stages_folder,
                                              std::vector<std::string>& notes, Diagnostics& diagnostics);

}  // namespace espresso

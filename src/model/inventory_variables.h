#pragma once

#include "core/diagnostic.h"
#include "model/inventory_builder.h"

#include <cstddef>
#include <filesystem>

namespace espresso {

/// Reads group_vars/ and host_vars/ in `folder`, for the groups and hosts that the builder knows: files of a group's or
/// host's name with the suffix .yml, .yaml, .json or none, and folders of such a name, whose files are laid over each
/// other in the order of their names. `index` counts these folders: later ones stand above.
void read_variable_folders(const std::filesystem::path& folder, std::size_t index, InventoryBuilder& builder,
                           Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"
#include "model/inventory.h"
#include "model/inventory_script.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// Where an inventory comes from.
struct InventorySources {
  /// Files, folders, and lists of hosts ("web1,db[1:2],"), as with -i; what later ones say stands above.
  std::vector<std::string> names;
  std::string option = "--inventory";  ///< who says so: for mistakes in lists
  std::optional<std::filesystem::path> beside =
      std::nullopt;           ///< a folder whose group_vars/ and host_vars/ count too: of the stages
  bool runs_programs = true;  ///< whether executable files may be run: only what the user named
  ProgramBounds bounds = {};
};

/// Reads them all into one inventory. The kind of a file is found as Ansible finds it: executables and what begins with
/// "#!" are programs; *.yaml, *.yml and *.json are YAML; files without a suffix are YAML where they begin so; all else
/// is INI. What is encrypted as a whole is YAML. In folders, files are read in the order of their names; hidden ones,
/// group_vars/, host_vars/ and such suffixes as ~ .bak .md .txt .cfg are passed over. group_vars/ and host_vars/ lie
/// beside the file, or in the folder. All mistakes at once, thrown as Mistakes.
Inventory load_inventory_sources(const InventorySources& sources);

/// The files of an inventory's folder that would be read, in order.
std::vector<std::filesystem::path> inventory_files_in(const std::filesystem::path& folder);

}  // namespace espresso

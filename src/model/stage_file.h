#pragma once

#include "model/component.h"
#include "model/stage.h"
#include "model/storage_entry.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// What stage files define.
struct StageFiles {
  Stages stages;
  std::vector<std::shared_ptr<Component>> components;
  std::vector<StorageEntry> storages;  ///< in the order in which they are searched
  /// The folder of the stage files: `helpers/`, `config/` and `storage:` are looked for beside them.
  std::filesystem::path folder;
  std::vector<std::filesystem::path> files;
};

/// Reads a stage file, or all *.yaml and *.yml files of a folder (in name order). Mistakes of all files go to
/// `diagnostics`: unknown keys (with suggestion), wrong kinds, stages and components defined twice, bad expressions.
/// Which helpers exist and what they take is checked later, against the catalog (helpers/binding.h).
StageFiles load_stages(const std::filesystem::path& file_or_folder, Diagnostics& diagnostics);
/// The same from text; for tests and for stages given on standard input.
StageFiles parse_stages(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

/// The *.yaml and *.yml files of a folder, in name order, without hidden ones.
std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder);

}  // namespace espresso

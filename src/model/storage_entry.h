#pragma once

#include "model/storage.h"
#include "model/yaml.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// One entry of `storage:` in a stage file: a folder, or a URL with how to fetch from there.
struct StorageEntry {
  std::string location;                    ///< as written
  std::filesystem::path base;              ///< the folder of the file that names it
  Span span;                               ///< of the location
  std::vector<Node::Entry> settings = {};  ///< what stands beside `url`
};

/// Entries as they are written: one or a list, each a text or a mapping with `url`. Mistakes go to `diagnostics`.
std::vector<StorageEntry> read_storages(const Node& node, const std::filesystem::path& base, Diagnostics& diagnostics);

/// Opens it; no server is asked yet. Mistakes go to `diagnostics`; then there is nothing. `offline`: servers are not
/// asked at all.
std::unique_ptr<Storage> open_storage(const StorageEntry& entry, bool offline, Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"
#include "model/inventory_builder.h"
#include "model/yaml.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace espresso {

/// What bounds the programs that tell an inventory.
struct ProgramBounds {
  std::chrono::milliseconds deadline = std::chrono::minutes(2);  ///< of `--list`, and of all `--host` together
  std::size_t most_output = std::size_t{64} << 20U;              ///< bytes of one answer
};

/// Runs the program at `path` with `--list`, and with `--host NAME` for each of its hosts when its answer has no
/// `_meta.hostvars`, as Ansible does, and puts what it says into the builder. The origin of its values is the program.
/// What is wrong with the program or its answers is collected. Blocks.
void read_program_inventory(const std::string& path, const ProgramBounds& bounds, InventoryBuilder& builder,
                            Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"
#include "model/inventory_builder.h"
#include "model/yaml.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace espresso {

/// How programs that tell an inventory are run.
struct ProgramBounds {
  std::chrono::milliseconds deadline = std::chrono::minutes(2);  ///< of `--list`, and of all `--host` together
  std::size_t most_output = std::size_t{64} << 20U;              ///< bytes of one answer
  /// Takes what one that succeeds writes on stderr, after the words that it was called with; none: nobody.
  std::function<void(const std::string& called, std::string_view said)> heard = {};
};

/// Runs the program at `path` with `--list`, and with `--host NAME` for each of its hosts when its answer has no
/// `_meta.hostvars`, as Ansible does, and puts what it says into the builder. The origin of its values is the program.
/// What is wrong with the program or its answers is collected. Blocks.
void read_program_inventory(const std::string& path, const ProgramBounds& bounds, InventoryBuilder& builder,
                            Diagnostics& diagnostics);

}  // namespace espresso

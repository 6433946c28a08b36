#include "ssh/config_tree.h"

#include <algorithm>

namespace espresso {

namespace {

bool is_plain(const HostPattern& pattern) {
  return !pattern.is_negated && pattern.text.find_first_of("*?") == std::string::npos;
}

}  // namespace

void ConfigFile::index() {
  // Blocks of Match stay: ssh looks at them, and runs their commands, whatever follows.
  std::erase_if(blocks,
                [](const ConfigBlock& block) { return block.kind != ConfigBlock::Kind::match && block.items.empty(); });
  for (std::size_t at = 0; at < blocks.size(); ++at) {
    const auto& block = blocks[at];
    if (block.kind != ConfigBlock::Kind::host || !std::all_of(block.patterns.begin(), block.patterns.end(), is_plain)) {
      other_blocks.push_back(at);
      continue;
    }
    for (const auto& pattern : block.patterns) {
      auto& listed = plain_blocks[pattern.text];
      if (listed.empty() || listed.back() != at) listed.push_back(at);
    }
  }
}

}  // namespace espresso

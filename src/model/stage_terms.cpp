#include "model/stage_terms.h"

#include <algorithm>

namespace espresso {

std::string HostShare::text() const { return std::to_string(amount) + (is_percent ? "%" : ""); }

std::vector<std::size_t> batch_sizes(const StageTerms& terms, std::size_t hosts) {
  std::vector<std::size_t> sizes;
  for (std::size_t left = hosts; left > 0; left -= sizes.back()) {
    if (terms.rolling.empty()) return {hosts};
    const HostShare& share = terms.rolling[std::min(sizes.size(), terms.rolling.size() - 1)];
    sizes.push_back(std::clamp<std::size_t>(share.of(hosts), 1, left));
  }
  return sizes;
}

}  // namespace espresso

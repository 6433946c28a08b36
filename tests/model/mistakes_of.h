#pragma once

#include "core/diagnostic.h"

#include <string>

namespace espresso {

/// All diagnostics as they are shown.
inline std::string shown(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics.all()) text += render(diagnostic);
  return text;
}

}  // namespace espresso

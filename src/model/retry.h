#pragma once

#include "model/expression.h"

#include <chrono>
#include <cstddef>
#include <optional>

namespace espresso {

/// How often an operation is tried, and until what holds.
struct Retry {
  std::optional<std::size_t> retries = {};                    ///< tries after the first one
  std::chrono::milliseconds delay = std::chrono::seconds(5);  ///< from the end of a try to the next one
  /// Sees the operation's own result as `result` and under the name that it registers.
  std::optional<Expression> until = {};

  std::size_t most_tries() const { return 1 + retries.value_or(until ? 3 : 0); }
};

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace espresso {

/// How texts use a name that is a mapping: which of its keys ("os" in `facts.os.id`), or, where no key can be told, the
/// whole of it.
struct Mentions {
  /// "os" and "id" of `facts.os.id`, written so that it must be there.
  struct Part {
    std::string key;
    std::string name;
    Span span;  ///< of the name
  };
  std::set<std::string, std::less<>> keys = {};
  bool whole = false;
  std::vector<Part> parts = {};
  bool guarded = false;  ///< in one place at least it need not exist: `x or y`, `x is defined`
};

}  // namespace espresso

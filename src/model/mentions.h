#pragma once

#include <functional>
#include <set>
#include <string>

namespace espresso {

/// How texts use a name that is a mapping: which of its keys ("os" in `facts.os.id`), or, where no key can be told, the
/// whole of it.
struct Mentions {
  std::set<std::string, std::less<>> keys = {};
  bool whole = false;
};

}  // namespace espresso

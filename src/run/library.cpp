#include "run/library.h"

#include "helpers/parts.h"

#include "run/protocol.h"

#include <set>

namespace espresso {

std::vector<std::string> library_of(const std::vector<std::shared_ptr<const Helper>>& helpers) {
  std::vector<std::string> library;
  std::set<std::string> known;
  for (const auto& helper : helpers) {
    for (const auto& name : helper->uses) {
      const std::string* part = find_part(name);
      if (part && known.insert(name).second) library.push_back(*part);
    }
  }
  for (const auto& helper : helpers) library.push_back(wrap_helper(helper->function(), helper->body));
  return library;
}

}  // namespace espresso

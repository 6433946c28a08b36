#pragma once

#include "ssh/config_tree.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace espresso {

/// The name a host is connected by: addresses in their usual form, names in lower case and, where CanonicalizeHostname
/// asks for it, with the domain in which they are found. Every name is looked up once.
class CanonicalNames {
 public:
  explicit CanonicalNames(HostLookup lookup) : lookup_(std::move(lookup)) {}
  /// Throws Mistakes when a name is not found and CanonicalizeFallbackLocal forbids to take it as it is.
  std::string canonical(std::string name, const ConfigDraft& draft);

 private:
  std::string search(const std::string& name, const ConfigDraft& draft);
  std::string follow_alias(const std::string& name, const std::string& canonical, const ConfigDraft& draft) const;
  std::optional<std::string> look_up(const std::string& name, AddressFamily family);

  HostLookup lookup_;
  std::mutex mutex_;
  std::map<std::pair<std::string, AddressFamily>, std::optional<std::string>> known_;
};

}  // namespace espresso

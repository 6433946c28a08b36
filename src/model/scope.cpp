#include "model/scope.h"

#include <algorithm>

namespace espresso {

void Scope::defer(std::string name, std::string reason) {
  if (const auto known = names_.find(name); known != names_.end()) names_.erase(known);
  deferred_.insert_or_assign(std::move(name), std::move(reason));
}

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope; scope = scope->parent_) {
    if (const auto found = scope->names_.find(name); found != scope->names_.end()) return &found->second;
    if (const auto found = scope->deferred_.find(name); found != scope->deferred_.end()) {
      throw Deferred{.name = std::string(name), .reason = found->second};
    }
    // What was added last lies above what was there before.
    for (auto map = scope->maps_.rbegin(); map != scope->maps_.rend(); ++map) {
      if (const Value* value = (*map)->find(name)) return value;
    }
  }
  return nullptr;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const Scope* scope = this; scope; scope = scope->parent_) {
    for (const auto& [name, value] : scope->names_) names.push_back(name);
    for (const auto& [name, reason] : scope->deferred_) names.push_back(name);
    for (const Map* map : scope->maps_) {
      for (const auto& [name, value] : *map) names.push_back(name);
    }
  }
  if (storage()) names.emplace_back("storage");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace espresso

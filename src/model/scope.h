#pragma once

#include "model/value.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

class Storage;

/// The names an expression can see: its own, then its parent's. A child never changes its parent.
/// The parent and the storage must outlive it.
class Scope {
 public:
  explicit Scope(const Scope* parent = nullptr) : parent_(parent) {}

  void set(std::string name, Value value) { names_.insert_or_assign(std::move(name), std::move(value)); }
  /// All entries of the map, by reference: inventory variables are not copied for each host. `map` must outlive the
  /// scope.
  void set_all(const Map* map) { maps_.push_back(map); }
  /// A name that exists but is known only later ("facts of the host", "result of 'test'"): reading it throws Deferred.
  /// Until then a value it had is forgotten.
  void defer(std::string name, std::string reason);
  /// What `storage[name]` looks into.
  void set_storage(const Storage* storage) { storage_ = storage; }

  /// The value of the name; nullptr when unknown. Throws Deferred.
  const Value* find(std::string_view name) const;
  const Storage* storage() const { return storage_ ? storage_ : parent_ ? parent_->storage() : nullptr; }
  /// All names that can be seen, for suggestions.
  std::vector<std::string> names() const;

 private:
  const Scope* parent_;
  const Storage* storage_ = nullptr;
  std::map<std::string, Value, std::less<>> names_;
  std::vector<const Map*> maps_;
  std::map<std::string, std::string, std::less<>> deferred_;
};

}  // namespace espresso

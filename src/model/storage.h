#pragma once

#include "model/value.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Named content for helpers: templates, keys, whole trees. Backends differ, callers don't.
class Storage {
 public:
  virtual ~Storage() = default;
  /// The content of this name, or nullptr when the storage does not have it. Throws Error when it cannot tell.
  /// Names that leave the storage ("../x", "/etc/passwd", links out of it) are not found.
  virtual Value::Item find(std::string_view name) const = 0;
  /// All names, sorted, for suggestions.
  virtual std::vector<std::string> names() const = 0;
  /// How it was named by the user, for messages.
  virtual std::string describe() const = 0;
};

/// The files below a directory. Throws Error when it is none.
std::unique_ptr<Storage> open_directory_storage(const std::filesystem::path& directory);

/// Several storages, searched in order.
class StoragePath : public Storage {
 public:
  void add(std::unique_ptr<Storage> storage) { storages_.push_back(std::move(storage)); }
  Value::Item find(std::string_view name) const override;
  std::vector<std::string> names() const override;
  std::string describe() const override;

 private:
  std::vector<std::unique_ptr<Storage>> storages_;
};

}  // namespace espresso

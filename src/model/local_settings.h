#pragma once

#include "core/descriptor.h"
#include "model/value.h"

#include <filesystem>
#include <string>
#include <vector>

namespace espresso {

/// Settings of this machine in config/NAMESPACE.local.yaml, above those that people write. Such a file is written by
/// espresso alone: where a person has written or changed it, it is left as it is and Mistakes says so. It is replaced
/// at once (rename(2)), synced, and readable by its owner only.
class LocalSettings {
 public:
  /// That of a namespace below config/ in `folder`. Throws Mistakes when it cannot be read or is not ours to write.
  LocalSettings(const std::filesystem::path& folder, const std::string& name);
  const std::filesystem::path& file() const { return file_; }
  const Map& values() const { return values_; }
  /// Sets what lies at this path below the namespace; mappings on the way come into being. Throws Mistakes where one of
  /// them is another value.
  void set(const std::vector<std::string>& path, Value value);
  /// Whether there was something to remove. Mappings that are empty then go, too.
  bool unset(const std::vector<std::string>& path);
  /// Replaces the file, or removes it when there are no settings. Throws Mistakes.
  void write() const;

 private:
  std::filesystem::path file_;
  Descriptor lock_;  ///< of the folder: others wait until this object is gone
  Map values_;
};

}  // namespace espresso

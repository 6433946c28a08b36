#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace espresso::testing {

/// What reading every #include below a source directory found.
struct Includes {
  std::size_t count = 0;
  /// "model/storage.cpp:4: model must not include 'ssh/session.h'", sorted.
  std::vector<std::string> violations;
};

/// Reads all .h and .cpp below `source` (its folders are the floors) and checks that they include downwards only, and
/// third parties only at their doors. Files in no folder stand on top.
Includes check_includes(const std::filesystem::path& source);

}  // namespace espresso::testing

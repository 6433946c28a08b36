#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace espresso {

/// Writes a small project (the files of src/cli/skeleton) into `folder`, which is made where there is none, and returns
/// the files' names below it. Nothing is ever overwritten: whatever is in the way is told, all of it, in Mistakes
/// before anything is written; and where writing fails, what was written is taken away again.
std::vector<std::string> write_skeleton(const std::filesystem::path& folder);

}  // namespace espresso

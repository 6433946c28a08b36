#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// One thing in a folder that is made of objects.
struct TreePart {
  std::string path = {};               ///< from the folder's root; that of a folder ends with "/"; empty: the root
  std::filesystem::path content = {};  ///< of a file: where its bytes are
};

/// A folder with these parts, below a cache's folder, which nobody else may enter. Its files are links to their
/// content, so that it takes no space of its own. The same parts make the same folder. Throws Error when an object is
/// in the way of another, or it cannot be written; then there is nothing.
std::filesystem::path make_tree(const std::filesystem::path& cache, std::vector<TreePart> parts);

/// Which objects a folder consists of, for when no server is asked; nothing when it was not kept.
std::optional<std::vector<std::string>> read_tree_names(const std::filesystem::path& cache, const std::string& name);
/// Throws Error.
void write_tree_names(const std::filesystem::path& cache, const std::string& name,
                      const std::vector<std::string>& names);

}  // namespace espresso

#pragma once

#include "helpers/content.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// One thing in a tree.
struct TreeEntry {
  enum class Kind { file, directory, link };
  Kind kind = Kind::file;
  std::string path;         ///< from the tree's root, without "./"
  unsigned mode = 0;        ///< permission bits; of links 0777
  std::uint64_t size = 0;   ///< of a file
  std::string sha256 = {};  ///< of a file
  std::string target = {};  ///< of a link
};

/// A folder of a storage as it goes to hosts: one manifest for all, and a tar stream of just what a host lacks.
class Tree {
 public:
  /// Reads the folder, hashing every file. Left out are entries whose name (a pattern without '/') or path (one with)
  /// fits one of the patterns (fnmatch(3)), with all below them. Throws Error when something cannot be read, is neither
  /// file, directory nor link, or has a control character in its name.
  Tree(std::filesystem::path root, const std::vector<std::string>& exclude);

  /// A line an entry, parents first: "f MODE SIZE SHA256 PATH", "d MODE - - PATH", "l 777 - - PATH US TARGET" (no
  /// spaces around US, the byte 0x1F), and a line "." by which the host knows that it has all of it.
  const std::shared_ptr<const Content>& manifest() const { return manifest_; }
  const std::vector<TreeEntry>& entries() const { return entries_; }

  /// The manifest and then a tar archive (ustar with GNU's long names) of the entries whose numbers, from 1, are
  /// `wanted`: a number a line, rising, as the host told them. Hosts that want the same share one. Throws Error when
  /// `wanted` is no such list, or a file is gone.
  std::shared_ptr<const Content> content_for(const std::string& wanted) const;

 private:
  std::shared_ptr<const Content> archive_of(const std::vector<std::size_t>& numbers) const;

  std::filesystem::path root_;
  std::vector<TreeEntry> entries_;
  std::shared_ptr<const Content> manifest_;
  mutable std::map<std::string, std::weak_ptr<const Content>> contents_;  // by `wanted`
};

}  // namespace espresso

#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace espresso {

/// A file handed out in pieces. Hosts that are near the same place of it share one read and one copy.
class SharedFile {
 public:
  /// Large enough for line speed, small enough for 1000 hosts.
  static constexpr std::size_t piece_size = 64 * 1024;

  SharedFile(std::filesystem::path path, std::uint64_t size) : path_(std::move(path)), size_(size) {}
  /// The piece of that number, the last one shorter. The size is announced already, so a file that shrank meanwhile or
  /// cannot be read gives zeros: its hash will not fit at the host.
  std::shared_ptr<const std::string> piece(std::uint64_t number);
  std::uint64_t pieces() const { return (size_ + piece_size - 1) / piece_size; }

 private:
  std::filesystem::path path_;
  std::uint64_t size_;
  std::deque<std::pair<std::uint64_t, std::shared_ptr<const std::string>>> recent_;
};

/// Bytes for a file at the host. Shared by all operations and hosts that need them.
struct Content {
  std::string text = {};            ///< the bytes, when `path` and `parts` are empty
  std::filesystem::path path = {};  ///< else the local file that holds them
  std::uint64_t size = 0;
  std::string sha256 = {};                                 ///< of content that a single file at the host will hold
  std::optional<std::uint32_t> cksum = {};                 ///< of the same when it is large (core/cksum.h)
  std::shared_ptr<SharedFile> file = {};                   ///< of `path`
  std::vector<std::shared_ptr<const Content>> parts = {};  ///< else the bytes of these, one after another

  /// The bytes whole, for diffs. Throws Error when the file cannot be read or is larger than `limit`.
  std::string read(std::uint64_t limit) const;
};

std::shared_ptr<const Content> content_of_text(std::string text);
/// With its hashes, as what a file at the host will hold.
std::shared_ptr<const Content> hashed_content_of_text(std::string text);
/// Likewise. Throws std::system_error when the file cannot be read.
std::shared_ptr<const Content> hashed_content_of_file(const std::filesystem::path& path);
std::shared_ptr<const Content> content_of_parts(std::vector<std::shared_ptr<const Content>> parts);

}  // namespace espresso

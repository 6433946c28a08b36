#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace espresso {

/// The CRC of POSIX cksum(1), which every host computes several times as fast as a SHA-256: to see that what was sent
/// was written, not to tell contents apart.
class Cksum {
 public:
  void add(std::string_view data);
  std::uint32_t finish() const;

 private:
  std::uint32_t crc_ = 0;
  std::uint64_t length_ = 0;
};

/// Throws std::system_error when the file cannot be read.
std::uint32_t cksum_of_file(const std::filesystem::path& path);

}  // namespace espresso

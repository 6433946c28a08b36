#pragma once

#include "core/hash.h"
#include "helpers/destination.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace espresso {

/// A file of a host on its way to the workstation: a temporary file beside its destination, which takes its place once
/// all has come. Whatever the host sends, nothing but this one place is written, and no more than was announced and the
/// limit allows. Nothing is thrown: the first thing that goes wrong is told by finish(), and the rest is dropped.
class Reception {
 public:
  explicit Reception(Destination destination) : destination_(std::move(destination)) {}
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;
  ~Reception();

  void begin(std::uint64_t size);
  void take(std::string_view bytes);
  void end(std::string_view sha256);
  /// Puts the file in its place. Empty, or what went wrong: then what was there is as it was.
  std::string finish();

 private:
  void put_in_place();
  void fail_with_system_error(const std::string& what);

  Destination destination_;
  std::string problem_;
  std::filesystem::path temporary_;  ///< empty: there is none
  int file_ = -1;
  bool begun_ = false;
  bool ended_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t received_ = 0;
  Sha256 hash_;
};

}  // namespace espresso

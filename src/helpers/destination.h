#pragma once

#include "core/diagnostic.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace espresso {

/// A place on the workstation that is to hold a file of the host.
struct Destination {
  std::filesystem::path path;  ///< absolute
  std::string text;            ///< as it is shown
  std::string literal;         ///< what the stage says up to its first {{: no host has a say in it
  Span span;
  std::uint64_t limit = 0;  ///< the bytes that a host may send at most
  std::string sha256 = {};  ///< of what is there already; empty: nothing is
  std::uint64_t size = 0;   ///< likewise
};

}  // namespace espresso

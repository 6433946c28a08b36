#pragma once

#include <string_view>
#include <vector>

namespace espresso {

/// A file of the source tree that became part of the program (cmake/EmbedText.cmake).
struct EmbeddedText {
  std::string_view name;
  std::string_view text;
};

}  // namespace espresso

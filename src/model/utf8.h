#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace espresso {

/// Adds the character of this code point (below 0x110000, no surrogate) to the text.
void append_utf8(std::string& text, std::uint32_t code);

/// Where the first bytes stand that are no UTF-8; npos when all is well.
std::size_t find_broken_utf8(std::string_view text);

}  // namespace espresso

#include "model/utf8.h"

#include "core/text.h"

namespace espresso {

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto add_rest = [&](unsigned shift) { add(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0U | (code >> 6U));
    add_rest(0);
  } else if (code < 0x10000) {
    add(0xE0U | (code >> 12U));
    add_rest(6);
    add_rest(0);
  } else {
    add(0xF0U | (code >> 18U));
    add_rest(12);
    add_rest(6);
    add_rest(0);
  }
}

std::size_t find_broken_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string_view::npos;
  std::size_t at = 0;
  for (std::size_t size = 1; size <= 4; ++size) {
    if (!is_valid_utf8(text.substr(at, size))) continue;
    at += size;
    size = 0;
  }
  return at;
}

}  // namespace espresso

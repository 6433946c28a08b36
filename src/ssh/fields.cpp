#include "ssh/fields.h"

namespace espresso {

std::string_view FieldReader::take(std::size_t size) {
  if (size > rest_.size()) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint64_t FieldReader::number(std::size_t size) {
  std::uint64_t result = 0;
  for (const char c : take(size)) result = result << 8 | static_cast<unsigned char>(c);
  return result;
}

void append_uint32(std::string& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xff);
}

void append_string(std::string& to, std::string_view text) {
  append_uint32(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

}  // namespace espresso

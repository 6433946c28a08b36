#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace espresso {

/// Takes binary data apart as SSH writes it (RFC 4251, section 5). What is too short reads as zeros and empty strings
/// from there on, and is remembered.
class FieldReader {
 public:
  explicit FieldReader(std::string_view data) : rest_(data) {}

  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t uint32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t uint64() { return number(8); }
  std::string_view string() { return take(uint32()); }
  bool is_at_end() const { return rest_.empty(); }
  bool has_failed() const { return failed_; }

 private:
  std::string_view take(std::size_t size);
  std::uint64_t number(std::size_t size);

  std::string_view rest_;
  bool failed_ = false;
};

void append_uint32(std::string& to, std::uint32_t number);
void append_string(std::string& to, std::string_view text);

}  // namespace espresso

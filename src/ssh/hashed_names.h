#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// The hashed names of known_hosts: of each a salt and the HMAC-SHA1 (RFC 2104) of the name under it, 20 bytes both.
/// Each line has a salt of its own, so finding a name means computing as many HMACs as there are lines. They are
/// computed sixteen at a time in vector registers from half-made states: some 20 ns a line, OpenSSL takes a
/// microsecond.
class HashedNames {
 public:
  static constexpr std::size_t hash_size = 20;

  /// `line` is what lines_of() answers.
  void add(std::string_view salt, std::string_view digest, std::uint32_t line);
  std::size_t size() const { return size_; }
  /// In the order of add().
  std::vector<std::uint32_t> lines_of(std::string_view name) const;
  /// The same without these lines.
  HashedNames without(const std::vector<std::uint32_t>& lines) const;

  static constexpr std::size_t lanes = 16;
  using Row = std::array<std::uint32_t, lanes>;
  /// Sixteen names, word by word.
  struct alignas(64) Group {
    std::array<Row, 5> inner{};  ///< SHA-1's state after the padded salt of the inner hash
    std::array<Row, 5> outer{};
    std::array<Row, 5> digest{};
    Row line{};
  };

 private:
  void add(const Group& from, std::size_t lane);

  std::vector<Group> groups_;
  std::size_t size_ = 0;
};

/// HMAC-SHA1 of the name under the salt, 20 bytes.
std::string hash_of_name(std::string_view salt, std::string_view name);

}  // namespace espresso

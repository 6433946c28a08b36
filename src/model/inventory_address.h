#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A target as it is written in one word: "user@host:port", "[2001:db8::1]:22", "web[1-3]:2222".
struct Address {
  std::string_view user;
  std::string_view host;    ///< may hold ranges; an IPv6 address comes without its brackets
  bool is_literal = false;  ///< an address in brackets: nothing in it is a range
  std::optional<std::string_view> port;
};

Address parse_address(std::string_view text);

/// A port number, 1 to 65535.
std::optional<std::int64_t> parse_port(std::string_view text);

/// A word and where it begins.
struct Word {
  std::string_view text;
  std::size_t offset = 0;
};

/// Splits at each separator outside brackets; words come without white space around them, empty ones too.
std::vector<Word> split_words(std::string_view text, char separator);

}  // namespace espresso

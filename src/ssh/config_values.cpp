#include "ssh/config_values.h"

#include "ssh/config_words.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include <arpa/inet.h>
#include <netdb.h>

namespace espresso {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

std::optional<std::int64_t> seconds_of_unit(char unit) {
  switch (unit) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 60 * 60;
    case 'd':
    case 'D':
      return 24 * 60 * 60;
    case 'w':
    case 'W':
      return 7 * 24 * 60 * 60;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::chrono::seconds> parse_ssh_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > largest) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) {
      const auto unit = seconds_of_unit(text.front());
      if (!unit) return std::nullopt;
      number *= *unit;
      text.remove_prefix(1);
    }
    total += number;
    if (total > largest) return std::nullopt;
  }
  return std::chrono::seconds(total);
}

std::optional<unsigned> parse_ssh_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > largest) return std::nullopt;
  return static_cast<unsigned>(number);
}

std::optional<std::uint16_t> parse_ssh_port(std::string_view text) {
  if (const auto number = parse_ssh_number(text)) {
    if (*number == 0 || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
  }
  servent entry{};
  servent* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getservbyname_r(std::string(text).c_str(), "tcp", &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
    return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::optional<std::uint64_t> parse_ssh_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  std::uint64_t factor = 1;
  if (digits < text.size()) {
    const std::size_t unit = std::string_view("bkmgtpe").find(to_lower(text.substr(digits, 1)));
    if (unit == std::string_view::npos || digits + 1 != text.size()) return std::nullopt;
    factor = std::uint64_t{1} << (10 * unit);
  }
  const std::string_view number = text.substr(0, digits);
  const std::size_t point = std::min(number.find('.'), number.size());
  std::uint64_t whole = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + point, whole);
  if (error != std::errc() || end != number.data() + point) return std::nullopt;
  if (whole > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / factor) return std::nullopt;
  std::uint64_t bytes = whole * factor;
  if (point < number.size()) {
    const std::string_view decimals = number.substr(point + 1, 15);
    if (decimals.find('.') != std::string_view::npos) return std::nullopt;
    std::uint64_t fraction = 0;
    std::from_chars(decimals.data(), decimals.data() + decimals.size(), fraction);
    const long double part = static_cast<long double>(fraction) / std::pow(10.0L, decimals.size());
    bytes += static_cast<std::uint64_t>(part * static_cast<long double>(factor));
  }
  return bytes;
}

}  // namespace espresso

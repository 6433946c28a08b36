#include "model/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace espresso {

namespace {

// One mistyped digit must not fill the memory.
constexpr std::size_t most_names = 100'000;

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_letter(std::string_view text) { return text.size() == 1 && letters.find(text[0]) != std::string_view::npos; }

struct Bounds {
  std::string_view first, last;
  std::string_view step;
};

// What stands in the brackets, when it is a range: "b:e", "b:e:step", "b-e", ":e".
std::optional<Bounds> parse_bounds(std::string_view inner) {
  std::size_t separator = inner.find(':');
  const bool is_colon = separator != std::string_view::npos;
  if (!is_colon) separator = inner.find('-');
  if (separator == std::string_view::npos) return std::nullopt;
  Bounds bounds{inner.substr(0, separator), inner.substr(separator + 1), {}};
  if (is_colon) {
    if (const std::size_t next = bounds.last.find(':'); next != std::string_view::npos) {
      bounds.step = bounds.last.substr(next + 1);
      bounds.last = bounds.last.substr(0, next);
      if (!is_number(bounds.step)) return std::nullopt;
    }
  }
  const auto fits = [](std::string_view text) { return text.empty() || is_number(text) || is_letter(text); };
  if (!fits(bounds.first) || !fits(bounds.last) || (bounds.first.empty() && bounds.last.empty())) return std::nullopt;
  return bounds;
}

std::size_t to_number(std::string_view text, std::string_view inner) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.size() > 18)
    throw std::invalid_argument(fmt::format("the range '[{}]' is too large", inner));
  return number;
}

std::vector<std::string> words_of(const Bounds& bounds, std::string_view inner) {
  if (bounds.last.empty()) throw std::invalid_argument(fmt::format("the range '[{}]' has no end", inner));
  const std::size_t step = bounds.step.empty() ? 1 : to_number(bounds.step, inner);
  if (step == 0) throw std::invalid_argument(fmt::format("the range '[{}]' has a step of 0", inner));
  const bool of_letters = is_letter(bounds.last);
  if (of_letters != is_letter(bounds.first))
    throw std::invalid_argument(fmt::format("the range '[{}]' mixes letters and numbers", inner));
  const std::size_t first = of_letters             ? letters.find(bounds.first[0])
                            : bounds.first.empty() ? 0
                                                   : to_number(bounds.first, inner);
  const std::size_t last = of_letters ? letters.find(bounds.last[0]) : to_number(bounds.last, inner);
  if (first > last) throw std::invalid_argument(fmt::format("the range '[{}]' ends before it begins", inner));
  if ((last - first) / step >= most_names)
    throw std::invalid_argument(fmt::format("the range '[{}]' is too large", inner));
  const bool padded = !of_letters && bounds.first.size() > 1 && bounds.first[0] == '0';
  if (padded && bounds.first.size() != bounds.last.size())
    throw std::invalid_argument(
        fmt::format("the range '[{}]' begins with zeros, so both its ends need the same number of digits", inner));
  std::vector<std::string> words;
  for (std::size_t at = first; at <= last; at += step)
    words.push_back(of_letters ? std::string(1, letters[at])
                    : padded   ? fmt::format("{:0{}}", at, bounds.first.size())
                               : std::to_string(at));
  return words;
}

struct Place {
  std::size_t open, close;
  Bounds bounds;
};

std::optional<Place> find_range(std::string_view text, std::size_t from) {
  for (std::size_t open = text.find('[', from); open != std::string_view::npos; open = text.find('[', open + 1)) {
    const std::size_t close = text.find(']', open);
    if (close == std::string_view::npos) return std::nullopt;
    if (auto bounds = parse_bounds(text.substr(open + 1, close - open - 1))) return Place{open, close, *bounds};
  }
  return std::nullopt;
}

}  // namespace

bool is_range(std::string_view pattern) { return find_range(pattern, 0).has_value(); }

std::vector<std::string> expand_range(std::string_view pattern) {
  std::vector<std::string> names = {""};
  std::size_t at = 0;
  while (const auto range = find_range(pattern, at)) {
    const std::string_view before = pattern.substr(at, range->open - at);
    const auto words = words_of(range->bounds, pattern.substr(range->open + 1, range->close - range->open - 1));
    if (names.size() * words.size() > most_names)
      throw std::invalid_argument(fmt::format("'{}' stands for more than {} names", pattern, most_names));
    std::vector<std::string> longer;
    longer.reserve(names.size() * words.size());
    for (const auto& name : names)
      for (const auto& word : words) longer.push_back(name + std::string(before) + word);
    names = std::move(longer);
    at = range->close + 1;
  }
  for (auto& name : names) name += pattern.substr(at);
  return names;
}

}  // namespace espresso

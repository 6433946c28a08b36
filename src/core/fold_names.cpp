#include "core/text.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace espresso {

namespace {

// More digits would not fit the number that ranges are made of.
constexpr std::size_t max_digits = 18;

/// A name seen as one of its numbers and what is around it.
struct Split {
  std::string before, digits, after;

  bool is_padded() const { return digits.size() > 1 && digits[0] == '0'; }
  /// Equal for names that differ in this number only.
  std::string family() const { return before + '\0' + after; }
};

std::vector<Split> splits_of(const std::string& name) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  std::vector<Split> splits;
  for (auto start = name.begin(); (start = std::find_if(start, name.end(), is_digit)) != name.end();) {
    const auto end = std::find_if_not(start, name.end(), is_digit);
    if (static_cast<std::size_t>(end - start) <= max_digits)
      splits.push_back({{name.begin(), start}, {start, end}, {end, name.end()}});
    start = end;
  }
  return splits;
}

std::string fold(const Split& any, const std::map<unsigned long long, std::string>& numbers) {
  std::vector<std::string> ranges;
  for (auto at = numbers.begin(); at != numbers.end();) {
    const auto first = at;
    auto last = at;
    while (++at != numbers.end() && at->first == last->first + 1) last = at;
    ranges.push_back(first == last ? first->second : first->second + "-" + last->second);
  }
  const std::string inside = join(ranges, ",");
  return any.before + (numbers.size() == 1 ? inside : "[" + inside + "]") + any.after;
}

}  // namespace

std::string fold_names(std::vector<std::string> names) {
  std::map<std::string, std::size_t> sizes;
  std::set<std::string> padded;
  for (const auto& name : names) {
    for (const auto& split : splits_of(name)) {
      ++sizes[split.family()];
      if (split.is_padded()) padded.insert(split.family());
    }
  }
  // Each name joins the largest family that it belongs to. Where one is padded, only numbers of one width are a range.
  std::vector<std::string> order;
  std::map<std::string, std::pair<Split, std::map<unsigned long long, std::string>>> groups;
  for (const auto& name : names) {
    const auto splits = splits_of(name);
    const auto best = std::max_element(splits.rbegin(), splits.rend(), [&](const Split& a, const Split& b) {
      return sizes[a.family()] < sizes[b.family()];
    });
    const Split split = best == splits.rend() ? Split{name, {}, {}} : *best;
    std::string key = split.digits.empty() ? name : split.family();
    if (padded.contains(key)) key += '\0' + std::to_string(split.digits.size());
    const auto [group, is_new] = groups.try_emplace(key, split, std::map<unsigned long long, std::string>{});
    if (is_new) order.push_back(key);
    if (!split.digits.empty()) group->second.second.emplace(std::stoull(split.digits), split.digits);
  }
  std::vector<std::string> parts;
  for (const auto& key : order) {
    const auto& [split, numbers] = groups.at(key);
    parts.push_back(numbers.empty() ? split.before : fold(split, numbers));
  }
  return join(parts, ",");
}

}  // namespace espresso

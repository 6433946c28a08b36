#include "run/told_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace espresso {

namespace {

constexpr std::size_t most_names = 64;
constexpr std::size_t longest_name = 64;
// Of all an operation tells: a list of some 10,000 paths.
constexpr std::size_t largest_total = 1024 * 1024;
// What each value costs besides its text.
constexpr std::size_t value_size = 32;

constexpr char more = '+';

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

template <typename Number>
bool parse(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// What is no number after all stays the text it is.
Value number_in(const std::string& text) {
  std::int64_t whole = 0;
  if (parse(text, whole)) return whole;
  double number = 0;
  if (parse(text, number) && std::isfinite(number)) return number;
  return text;
}

}  // namespace

void ToldValues::take(std::string_view name, std::string_view marked) {
  if (is_cut_) return;
  const bool is_known = std::find(names_.begin(), names_.end(), name) != names_.end();
  size_ += value_size + marked.size();
  is_cut_ = marked.empty() || size_ > largest_total || !is_name(name) || (!is_known && names_.size() == most_names);
  if (is_cut_) return;
  const std::string_view text = marked.substr(1);
  if (marked.front() == more) {
    if (!told_.empty() && told_.back().name == name) told_.back().text += text;
    return;
  }
  if (!is_known) names_.emplace_back(name);
  told_.push_back({.name = std::string(name), .mark = marked.front(), .text = std::string(text)});
}

Map ToldValues::values() const {
  Map values;
  for (const auto& [name, mark, text] : told_) {
    if (mark == '[') {
      values.set(name, List{});
    } else if (mark == '-') {
      if (const Value* list = values.find(name); !list || !list->is_list()) values.set(name, List{});
      values.find(name)->edit_list().emplace_back(text);
    } else if (mark == '#') {
      values.set(name, number_in(text));
    } else if (mark == '?') {
      values.set(name, text == "true");
    } else {
      values.set(name, text);
    }
  }
  return values;
}

}  // namespace espresso

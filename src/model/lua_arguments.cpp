#include "model/lua_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

// The arguments of functions, and what is wrong with them.

namespace espresso {

namespace {

constexpr int max_nesting = 100;

}  // namespace

void check_size(std::size_t size) {
  if (size > max_value_size) throw Complaint{"the result is larger than 64 MB"};
}

std::int64_t whole(double number) {
  if (!(number >= -9.2e18 && number <= 9.2e18)) throw Complaint{"the number is too large for an integer"};
  return static_cast<std::int64_t>(number);
}

Arguments::Arguments(std::string_view function, const std::vector<Value>& values)
    : function_(function), values_(values), size_(values.size()) {
  if (size_ > 0 && values.back().is_map() && values.back().as_map().contains(named_arguments)) --size_;
}

const Value& Arguments::named(std::string_view name) const {
  static const Value null;
  const Value* found = size_ < values_.size() ? values_.back().as_map().find(name) : nullptr;
  return found ? *found : null;
}

Map Arguments::all_named() const {
  if (size_ == values_.size()) return {};
  Map all = values_.back().as_map();
  all.erase(named_arguments);
  return all;
}

const Value& Arguments::any(std::size_t i) const {
  static const Value null;
  return i < size_ ? values_[i] : null;
}

void Arguments::wrong(std::size_t i, std::string_view expected) const {
  static constexpr std::array<std::string_view, 3> ordinals = {"first", "second", "third"};
  const std::string which = i < ordinals.size() ? std::string(ordinals[i]) : fmt::format("{}th", i + 1);
  if (i >= size_)
    throw Complaint{fmt::format("{}: the {} argument is missing, {} is needed", function_, which, expected)};
  throw Complaint{
      fmt::format("{}: the {} argument must be {}, not {}", function_, which, expected, described(values_[i]))};
}

std::string Arguments::text(std::size_t i) const {
  const Value& value = any(i);
  if (value.is_null() || value.is_list() || value.is_map()) wrong(i, "a string");
  return value.to_text();
}

const List& Arguments::list(std::size_t i) const {
  if (!any(i).is_list()) wrong(i, "a list");
  return any(i).as_list();
}

const Map& Arguments::map(std::size_t i) const {
  static const Map empty;
  if (any(i).is_list() && any(i).as_list().empty()) return empty;  // Lua's {} may be either
  if (!any(i).is_map()) wrong(i, "a mapping");
  return any(i).as_map();
}

const Value& Arguments::number(std::size_t i) const {
  if (!any(i).is_number()) wrong(i, "a number");
  return any(i);
}

std::int64_t Arguments::integer(std::size_t i) const {
  const Value& value = any(i);
  if (value.is_integer()) return value.as_integer();
  if (!value.is_number() || value.as_number() != std::trunc(value.as_number())) wrong(i, "an integer");
  return whole(value.as_number());
}

bool Arguments::is_set(std::size_t i) const { return has(i) && is_jinja_true(any(i)); }

bool is_jinja_true(const Value& value) {
  if (value.is_string()) return !value.as_string().empty();
  if (value.is_number()) return value.as_number() != 0;
  if (value.is_list()) return !value.as_list().empty();
  if (value.is_map()) return !value.as_map().empty();
  return value.is_true();
}

bool contains(const Value& container, const Value& item) {
  if (container.is_list()) {
    return std::find(container.as_list().begin(), container.as_list().end(), item) != container.as_list().end();
  }
  if (container.is_map()) return container.as_map().contains(item.is_scalar() ? item.to_text() : std::string());
  if (container.is_string() || container.is_item()) {
    if (!item.is_string()) throw Complaint{fmt::format("'in' a string needs a string, not {}", described(item))};
    return container.to_text().find(item.as_string()) != std::string::npos;
  }
  throw Complaint{fmt::format("'in' needs a list, mapping or string, not {}", described(container))};
}

std::size_t measure(const Value& value, std::size_t limit, int depth) {
  if (depth > max_nesting) throw Complaint{"the value is nested too deeply"};
  std::size_t size = 32;
  const auto add = [&](std::size_t more) {
    size += more;
    if (size > limit) throw Complaint{"the value is larger than 64 MB"};
  };
  if (value.is_string()) {
    add(value.as_string().size());
  } else if (value.is_list()) {
    for (const auto& item : value.as_list()) add(measure(item, limit - std::min(limit, size), depth + 1));
  } else if (value.is_map()) {
    for (const auto& [key, item] : value.as_map())
      add(key.size() + measure(item, limit - std::min(limit, size), depth + 1));
  }
  return size;
}

}  // namespace espresso

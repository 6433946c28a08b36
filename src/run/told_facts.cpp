#include "run/told_facts.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>

namespace espresso {

namespace {

constexpr std::size_t deepest = 4;  // users.NAME.…
constexpr std::size_t longest_key = 1024;
// Some thousands of users or mounts.
constexpr std::size_t largest_total = 1024 * 1024;
// What each record and value costs besides its text.
constexpr std::size_t value_size = 32;
constexpr std::size_t most_values = 64;  // of one mapping, and of one record
constexpr std::size_t most_entries = 2048;
constexpr int deepest_json = 32;
constexpr std::size_t longest_words = 300;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::optional<std::int64_t> number_in(std::string_view text, std::int64_t unit) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number > std::numeric_limits<std::int64_t>::max() / unit || number < 0) return std::nullopt;
  return number * unit;
}

void set_value(Map& place, char mark, const std::string& name, std::string_view text) {
  std::optional<std::int64_t> number;
  switch (mark) {
    case '=':
      if (!text.empty()) place.set(name, text);
      return;
    case '#':
      number = number_in(text, 1);
      break;
    case 'k':
      number = number_in(text, 1024);
      break;
    case 's':
      number = number_in(text, 512);
      break;
    case '?':
      if (text == "true" || text == "false") place.set(name, text == "true");
      return;
    case '[':
      place.set(name, List{});
      return;
    case '-':
      if (const Value* list = place.find(name); !list || !list->is_list()) place.set(name, List{});
      if (!text.empty()) place.find(name)->edit_list().emplace_back(text);
      return;
    default:
      return;
  }
  if (number) place.set(name, *number);
}

bool is_shallow(std::string_view json) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '{' || c == '['))
      ++depth;
    else if (!quoted && (c == '}' || c == ']'))
      --depth;
    if (depth > deepest_json) return false;
  }
  return true;
}

bool is_key(std::string_view key) {
  return !key.empty() && !(key[0] >= '0' && key[0] <= '9') &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
             std::string_view::npos;
}

// "key=value" in every line that is not empty; nothing when any is another.
std::optional<Map> pairs_in(std::string_view text) {
  Map pairs;
  for (const auto& line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || !is_key(line.substr(0, equals)) || pairs.size() == most_entries)
      return std::nullopt;
    pairs.set(line.substr(0, equals), line.substr(equals + 1));
  }
  if (pairs.empty()) return std::nullopt;
  return pairs;
}

}  // namespace

void ToldFacts::take(const std::vector<std::string>& fields) {
  for (const auto& field : fields) size_ += value_size + field.size();
  if (size_ > largest_total) return;
  Map* place = &values;
  std::size_t at = 0;
  for (; at < fields.size() && fields[at].starts_with('.'); ++at) {
    const std::string key = fields[at].substr(1);
    if (at == deepest || key.empty() || key.size() > longest_key) return;
    Value* inner = place->find(key);
    if (!inner && place->size() >= most_entries) return;
    if (!inner || !inner->is_map()) {
      place->set(key, Map{});
      inner = place->find(key);
    }
    place = &inner->edit_map();
  }
  const std::size_t end = std::min(fields.size(), at + most_values);
  for (; at < end; ++at) {
    const std::size_t equals = fields[at].find('=', 1);
    if (equals == std::string::npos) continue;
    const std::string name = fields[at].substr(1, equals - 1);
    if (!is_name(name) || (place->size() >= most_entries && !place->contains(name))) continue;
    set_value(*place, fields[at][0], name, std::string_view(fields[at]).substr(equals + 1));
  }
}

void ToldFacts::take_output(std::string_view name, std::string_view text, int status, std::string_view words) {
  const std::string key(name);
  const auto fail = [&](std::string why) { failures[key] = std::move(why); };
  if (status != 0) {
    const std::string said = printable(trim(words)).substr(0, longest_words);
    return fail(fmt::format("it ended with status {}{}", status, said.empty() ? "" : ": " + said));
  }
  if (text.size() > largest_output) return fail("it wrote more than 256 KB");
  text = trim(text);
  if (text.starts_with('{') || text.starts_with('[')) {
    if (!is_shallow(text)) return fail("its JSON is nested too deeply");
    try {
      values.set(key, parse_json(text));
    } catch (const std::runtime_error& error) {
      fail(fmt::format("it wrote no JSON: {}", printable(error.what())));
    }
  } else if (auto pairs = pairs_in(text)) {
    values.set(key, std::move(*pairs));
  } else {
    values.set(key, text);
  }
}

}  // namespace espresso

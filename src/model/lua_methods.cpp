#include "model/lua_functions.h"

#include "core/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// What Python's strings, lists and mappings can do in templates: "a,b".split(','), mapping.items(), list[1:].

namespace espresso {

namespace {

struct Method {
  std::string_view name;
  LibraryFunction call;
};

template <std::size_t size>
constexpr LibraryFunction find_method(const std::array<Method, size>& methods, std::string_view name) {
  const auto found = std::find_if(methods.begin(), methods.end(), [&](const Method& one) { return one.name == name; });
  return found == methods.end() ? nullptr : found->call;
}

Value library(const char* function, const Arguments& a) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < a.size(); ++i) values.push_back(a.any(i));
  return find_function(function)->call(Arguments(function, values));
}
template <const char* function>
Value library(const Arguments& a) {
  return library(function, a);
}

constexpr std::string_view spaces = " \t\n\v\f\r";

Value strip_left(const Arguments& a) {
  const std::string text = a.text(0);
  return text.substr(std::min(text.size(), text.find_first_not_of(a.text(1, spaces))));
}
Value strip_right(const Arguments& a) {
  const std::string text = a.text(0);
  return text.substr(0, text.find_last_not_of(a.text(1, spaces)) + 1);
}
Value join_with(const Arguments& a) {
  const std::vector<Value> values = {a.any(1), a.any(0)};
  return find_function("join")->call(Arguments("join", values));
}

// Of several beginnings or endings one suffices.
Value matches_one(const Arguments& a, bool (*matches)(const std::string&, const std::string&)) {
  if (!a.any(1).is_list()) return matches(a.text(0), a.text(1));
  const List& all = a.list(1);
  return std::any_of(all.begin(), all.end(), [&](const Value& one) { return matches(a.text(0), one.to_text()); });
}
Value begins(const Arguments& a) {
  return matches_one(a, [](const std::string& text, const std::string& start) { return text.starts_with(start); });
}
Value ends(const Arguments& a) {
  return matches_one(a, [](const std::string& text, const std::string& end) { return text.ends_with(end); });
}

Value find_text(const Arguments& a) {
  const std::string text = a.text(0);
  const std::size_t found = text.find(a.text(1));
  if (found == std::string::npos) return -1;
  return static_cast<std::int64_t>(characters_of(std::string_view(text).substr(0, found)).size());
}

Value count_text(const Arguments& a) {
  const std::string text = a.text(0), part = a.text(1);
  if (part.empty()) throw Complaint{"count: the text to count is empty"};
  std::int64_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

Value split_right(const Arguments& a) {
  if (!a.has(1) || !a.has(2)) return library("split", a);
  const std::string text = a.text(0), separator = a.text(1);
  if (separator.empty()) throw Complaint{"rsplit: the separator is empty"};
  List parts;
  std::size_t end = text.size();
  for (std::int64_t left = a.integer(2); left != 0; --left) {
    const std::size_t found =
        end < separator.size() ? std::string::npos : text.rfind(separator, end - separator.size());
    if (found == std::string::npos) break;
    parts.insert(parts.begin(), text.substr(found + separator.size(), end - found - separator.size()));
    end = found;
  }
  parts.insert(parts.begin(), text.substr(0, end));
  return parts;
}

Value zero_filled(const Arguments& a) {
  const std::string text = a.text(0);
  const std::int64_t width = a.integer(1);
  if (width > 100'000) throw Complaint{"zfill: the width must be at most 100000"};
  const auto size = static_cast<std::int64_t>(text.size());
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return text.substr(0, sign) + std::string(static_cast<std::size_t>(std::max<std::int64_t>(0, width - size)), '0') +
         text.substr(sign);
}

template <bool (*is_wanted)(char)>
Value all_are(const Arguments& a) {
  const std::string text = a.text(0);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_wanted);
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_either(char c) { return is_digit(c) || is_letter(c); }
bool is_space(char c) { return spaces.find(c) != std::string_view::npos; }

// "{} of {1}" and "{0:>5}": the value, with a width and `<`, `>` or `^`.
Value format_braces(const Arguments& a) {
  const std::string text = a.text(0);
  std::string out;
  std::size_t next = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{' && text[i] != '}') {
      out += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == text[i]) {
      out += text[i++];
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (text[i] == '}' || end == std::string::npos) throw Complaint{"format: a single brace", "write '{{' or '}}'"};
    const std::string field = text.substr(i + 1, end - i - 1);
    const std::string name = field.substr(0, field.find(':')), spec = field.substr(name.size());
    const bool numbered = !name.empty() && name.size() < 4 && std::all_of(name.begin(), name.end(), is_digit);
    if (!name.empty() && !numbered)
      throw Complaint{fmt::format("format: no value '{}'", name), "number the values: {0}"};
    const std::size_t index = numbered ? std::stoul(name) + 1 : next++;
    if (index >= a.size()) throw Complaint{"format: there are fewer values than braces"};
    if (spec.size() > 10) throw Complaint{"format: a width is too large"};
    const Value& value = a.any(index);
    try {
      if (value.is_integer())
        out += fmt::format(fmt::runtime("{" + spec + "}"), value.as_integer());
      else if (value.is_number() && !spec.empty())
        out += fmt::format(fmt::runtime("{" + spec + "}"), value.as_number());
      else
        out += fmt::format(fmt::runtime("{" + spec + "}"), value.to_text());
    } catch (const fmt::format_error&) {
      throw Complaint{fmt::format("format: '{}' does not fit {}", spec, described(value))};
    }
    check_size(out.size());
    i = end;
  }
  return out;
}

constexpr char upper[] = "upper", lower[] = "lower", title[] = "title", capitalize[] = "capitalize",
               trim_name[] = "trim", split_name[] = "split", lines[] = "lines", replace[] = "replace",
               center[] = "center", left[] = "left", right[] = "right", items[] = "items", keys[] = "keys",
               values[] = "values";

constexpr std::array text_methods = {
    Method{"capitalize", library<capitalize>},
    Method{"center", library<center>},
    Method{"count", count_text},
    Method{"endswith", ends},
    Method{"find", find_text},
    Method{"format", format_braces},
    Method{"isalnum", all_are<is_either>},
    Method{"isalpha", all_are<is_letter>},
    Method{"isdigit", all_are<is_digit>},
    Method{"isspace", all_are<is_space>},
    Method{"join", join_with},
    Method{"ljust", library<left>},
    Method{"lower", library<lower>},
    Method{"lstrip", strip_left},
    Method{"replace", library<replace>},
    Method{"rjust", library<right>},
    Method{"rsplit", split_right},
    Method{"rstrip", strip_right},
    Method{"split", library<split_name>},
    Method{"splitlines", library<lines>},
    Method{"startswith", begins},
    Method{"strip", library<trim_name>},
    Method{"title", library<title>},
    Method{"upper", library<upper>},
    Method{"zfill", zero_filled},
};

Value get(const Arguments& a) {
  const Value* found = a.map(0).find(a.text(1));
  return found ? *found : a.any(2);
}
constexpr std::array map_methods = {
    Method{"get", get},
    Method{"items", library<items>},
    Method{"keys", library<keys>},
    Method{"values", library<values>},
};

Value count_items(const Arguments& a) {
  return static_cast<std::int64_t>(std::count(a.list(0).begin(), a.list(0).end(), a.any(1)));
}
Value unchangeable(const Arguments&) {
  throw Complaint{"lists cannot be changed", "build a new one: {% set xs = xs + [x] %}"};
}
constexpr std::array list_methods = {
    Method{"append", unchangeable},
    Method{"count", count_items},
    Method{"extend", unchangeable},
};

template <std::size_t size>
std::vector<std::string> names_of(const std::array<Method, size>& methods) {
  std::vector<std::string> names;
  for (const auto& method : methods) names.emplace_back(method.name);
  return names;
}

template <typename Sequence>
std::vector<std::size_t> positions(const Sequence& all, const Value& from, const Value& to, const Value& step) {
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t by = step.is_null() ? 1 : step.as_integer();
  if (by == 0 || by < -1'000'000'000 || by > 1'000'000'000)
    throw Complaint{"the step of a slice must not be 0 or that large"};
  const auto limit = [&](const Value& value, std::int64_t otherwise) {
    if (value.is_null()) return otherwise;
    const std::int64_t lowest = by > 0 ? 0 : -1, highest = by > 0 ? size : size - 1;
    const std::int64_t index =
        value.as_integer() < 0 ? std::max(value.as_integer(), -size - 1) + size : value.as_integer();
    return std::clamp(index, lowest, std::max(lowest, highest));
  };
  std::vector<std::size_t> result;
  const std::int64_t first = limit(from, by > 0 ? 0 : size - 1), end = limit(to, by > 0 ? size : -1);
  for (std::int64_t i = first; by > 0 ? i < end : i > end; i += by) result.push_back(static_cast<std::size_t>(i));
  return result;
}

}  // namespace

Value call_method(const Value& value, std::string_view name, const std::vector<Value>& arguments) {
  const bool is_text = value.is_string() || value.is_item();
  LibraryFunction method = nullptr;
  if (is_text) method = find_method(text_methods, name);
  if (value.is_map()) method = find_method(map_methods, name);
  if (value.is_list()) method = find_method(list_methods, name);
  if (method) return method(Arguments(name, arguments));
  const auto names = is_text           ? names_of(text_methods)
                     : value.is_map()  ? names_of(map_methods)
                     : value.is_list() ? names_of(list_methods)
                                       : std::vector<std::string>();
  throw Complaint{fmt::format("{} has no method '{}'", described(value), name), did_you_mean(name, names)};
}

Value slice_of(const Value& value, const Value& from, const Value& to, const Value& step) {
  for (const Value* bound : {&from, &to, &step})
    if (!bound->is_null() && !bound->is_integer())
      throw Complaint{fmt::format("a slice needs integers, not {}", described(*bound))};
  if (value.is_list()) {
    List list;
    for (const auto i : positions(value.as_list(), from, to, step)) list.push_back(value.as_list()[i]);
    return list;
  }
  if (!value.is_string() && !value.is_item())
    throw Complaint{fmt::format("a list or a string can be sliced, not {}", described(value))};
  const std::string whole = value.to_text();
  const auto characters = characters_of(whole);
  std::string text;
  for (const auto i : positions(characters, from, to, step)) text += characters[i];
  return text;
}

}  // namespace espresso

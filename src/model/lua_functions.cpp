#include "model/lua_functions.h"

#include "core/hash.h"
#include "core/text.h"
#include "model/expression.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <string>

namespace espresso {

namespace {

constexpr int max_nesting = 100;

void check_size(std::size_t size) {
  if (size > max_value_size) throw Complaint{"the result is larger than 64 MB"};
}

std::int64_t whole(double number) {
  if (!(number >= -9.2e18 && number <= 9.2e18)) throw Complaint{"the number is too large for an integer"};
  return static_cast<std::int64_t>(number);
}

Value round_with(const Arguments& a, double (*round)(double)) {
  const Value& number = a.number(0);
  if (number.is_integer()) return number;
  return whole(round(number.as_number()));
}

bool is_less(const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) return a.as_integer() < b.as_integer();
  if (a.is_number() && b.is_number()) return a.as_number() < b.as_number();
  if (a.is_string() && b.is_string()) return a.as_string() < b.as_string();
  throw Complaint{fmt::format("a {} and a {} cannot be compared", a.kind(), b.kind())};
}

// Of one list, or of all arguments.
List candidates(const Arguments& a) {
  if (a.size() == 1) return a.list(0);
  List all;
  for (std::size_t i = 0; i < a.size(); ++i) all.push_back(a.any(i));
  return all;
}

Value abs(const Arguments& a) {
  const Value& number = a.number(0);
  if (!number.is_integer()) return std::fabs(number.as_number());
  return number.as_integer() < 0 && number.as_integer() != INT64_MIN ? -number.as_integer() : number.as_integer();
}
Value base64_of(const Arguments& a) { return base64(a.text(0)); }
Value basename(const Arguments& a) {
  const std::string path = a.text(0);
  return path.substr(path.rfind('/') + 1);
}
Value capitalize(const Arguments& a);
Value ceil_of(const Arguments& a) { return round_with(a, std::ceil); }
Value contains_item(const Arguments& a) { return contains(a.any(0), a.any(1)); }
Value default_of(const Arguments& a) {
  const Value& value = a.any(0);
  const bool empty = !value.is_true() || (value.is_string() && value.as_string().empty());
  return value.is_null() || (a.has(2) && a.any(2).is_true() && empty) ? a.any(1) : value;
}
Value dirname(const Arguments& a) {
  const std::string path = a.text(0);
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
}
Value ends_with(const Arguments& a) { return a.text(0).ends_with(a.text(1)); }
Value first(const Arguments& a) {
  if (a.any(0).is_string()) return a.any(0).as_string().substr(0, 1);
  return a.list(0).empty() ? Value() : a.list(0).front();
}
Value floor_of(const Arguments& a) { return round_with(a, std::floor); }
Value indent(const Arguments& a) {
  const std::int64_t width = a.integer(1, 4);
  if (width < 0 || width > 1000) throw Complaint{"indent: the width must be from 0 to 1000"};
  const bool also_first = a.has(2) && a.any(2).is_true();
  const std::string text = a.text(0), space(static_cast<std::size_t>(width), ' ');
  check_size(text.size() + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n') + 1) * space.size());
  std::string out;
  bool first_line = true;
  for (const auto& line : split(text, '\n')) {
    if (!first_line) out += '\n';
    if ((also_first || !first_line) && !line.empty()) out += space;
    out += line;
    first_line = false;
  }
  return out;
}
Value int_of(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_integer()) return value;
  if (value.is_number()) return whole(std::trunc(value.as_number()));
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  const std::string text(trim(a.text(0)));
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  if (a.has(1)) return a.any(1);
  throw Complaint{fmt::format("int: '{}' is not an integer", text)};
}
Value join_items(const Arguments& a) {
  const std::string separator = a.text(1, "");
  std::string out;
  bool first_item = true;
  for (const auto& item : a.list(0)) {
    if (item.is_list() || item.is_map()) throw Complaint{fmt::format("join: the list holds a {}", item.kind())};
    if (!first_item) out += separator;
    out += item.to_text();
    first_item = false;
    check_size(out.size());
  }
  return out;
}
Value json(const Arguments& a) {
  const std::int64_t indent = a.integer(1, -1);
  if (indent > 100) throw Complaint{"json: the indent must be at most 100"};
  return to_json(a.any(0), static_cast<int>(std::max<std::int64_t>(-1, indent)));
}
Value keys(const Arguments& a) {
  List keys;
  for (const auto& [key, value] : a.map(0)) keys.emplace_back(key);
  return keys;
}
Value last(const Arguments& a) {
  if (const Value& value = a.any(0); value.is_string()) {
    return value.as_string().empty() ? Value("") : Value(std::string(1, value.as_string().back()));
  }
  return a.list(0).empty() ? Value() : a.list(0).back();
}
Value length(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_string()) return static_cast<std::int64_t>(value.as_string().size());
  if (value.is_list()) return static_cast<std::int64_t>(value.as_list().size());
  if (value.is_map()) return static_cast<std::int64_t>(value.as_map().size());
  if (value.is_item()) return static_cast<std::int64_t>(value.as_item()->size);
  a.wrong(0, "a list, mapping or string");
}
Value lines(const Arguments& a) {
  std::string text = a.text(0);
  if (text.empty()) return List();
  if (text.ends_with('\n')) text.pop_back();
  List lines;
  for (auto& line : split(text, '\n')) {
    if (line.ends_with('\r')) line.pop_back();
    lines.emplace_back(std::move(line));
  }
  return lines;
}
Value lower(const Arguments& a) {
  std::string text = a.text(0);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}
Value upper(const Arguments& a) {
  std::string text = a.text(0);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}
Value capitalize(const Arguments& a) {
  std::string text = lower(a).as_string();
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}
Value title(const Arguments& a) {
  std::string text = lower(a).as_string();
  bool inside = false;
  for (char& c : text) {
    const bool letter = c >= 'a' && c <= 'z';
    if (letter && !inside) c = static_cast<char>(c - 32);
    inside = letter || (c >= '0' && c <= '9') || c == '\'' || static_cast<unsigned char>(c) >= 0x80;
  }
  return text;
}
Value max_of(const Arguments& a) {
  const List all = candidates(a);
  return all.empty() ? Value() : *std::max_element(all.begin(), all.end(), is_less);
}
Value min_of(const Arguments& a) {
  const List all = candidates(a);
  return all.empty() ? Value() : *std::min_element(all.begin(), all.end(), is_less);
}
Value merge(const Arguments& a) {
  Map merged = a.map(0);
  for (std::size_t i = 1; i < a.size(); ++i) {
    for (const auto& [key, value] : a.map(i)) merged.set(key, value);
  }
  return merged;
}
Value number_of(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_number()) return value;
  const std::string text(trim(a.text(0)));
  std::int64_t integer = 0;
  double number = 0;
  const char* const end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc() && read.ptr == end)
    return integer;
  if (const auto read = std::from_chars(text.data(), end, number); read.ec == std::errc() && read.ptr == end)
    return number;
  if (a.has(1)) return a.any(1);
  throw Complaint{fmt::format("number: '{}' is not a number", text)};
}
Value quote_word(const Arguments& a) {
  const std::string text = a.text(0);
  if (text.find('\0') != std::string::npos) throw Complaint{"quote: a shell word cannot hold a NUL byte"};
  return quote_for_any_shell(text);
}
Value range(const Arguments& a) {
  const std::int64_t from = a.size() > 1 ? a.integer(0) : 1, to = a.integer(a.size() > 1 ? 1 : 0),
                     step = a.integer(2, 1);
  if (step == 0) throw Complaint{"range: the step must not be 0"};
  List numbers;
  for (std::int64_t n = from; step > 0 ? n <= to : n >= to;) {
    if (numbers.size() >= 1'000'000) throw Complaint{"range: more than a million numbers"};
    numbers.emplace_back(n);
    if (__builtin_add_overflow(n, step, &n)) break;
  }
  return numbers;
}
Value replace(const Arguments& a) {
  const std::string text = a.text(0), from = a.text(1), to = a.text(2);
  if (from.empty()) throw Complaint{"replace: the text to replace is empty"};
  std::string out;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(text, at, found - at) += to;
    check_size(out.size());
  }
  return out.append(text, at);
}
Value reverse(const Arguments& a) {
  if (const Value& value = a.any(0); value.is_string())
    return std::string(value.as_string().rbegin(), value.as_string().rend());
  return List(a.list(0).rbegin(), a.list(0).rend());
}
Value round_of(const Arguments& a) {
  const std::int64_t digits = a.integer(1, 0);
  if (digits < 0 || digits > 15) throw Complaint{"round: the number of digits must be from 0 to 15"};
  if (digits == 0) return round_with(a, std::round);
  const double scale = std::pow(10.0, static_cast<double>(digits));
  return std::round(a.number(0).as_number() * scale) / scale;
}
Value sha256_of(const Arguments& a) { return sha256(a.text(0)); }
Value split_text(const Arguments& a) {
  const std::string text = a.text(0);
  List parts;
  if (!a.has(1)) {  // words between white space
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n\f\v", at)) != std::string::npos) {
      const std::size_t end = text.find_first_of(" \t\r\n\f\v", at);
      parts.emplace_back(text.substr(at, end - at));
      at = end;
    }
    return parts;
  }
  const std::string separator = a.text(1);
  if (separator.empty()) throw Complaint{"split: the separator is empty"};
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(separator, at)) != std::string::npos; at = found + separator.size()) {
    parts.emplace_back(text.substr(at, found - at));
  }
  parts.emplace_back(text.substr(at));
  return parts;
}
Value starts_with(const Arguments& a) { return a.text(0).starts_with(a.text(1)); }
Value string_of(const Arguments& a) { return a.any(0).to_text(); }
Value sum(const Arguments& a) {
  std::int64_t integers = 0;
  double numbers = 0;
  bool is_whole = true;
  for (const auto& item : a.list(0)) {
    if (!item.is_number()) throw Complaint{fmt::format("sum: the list holds a {}", item.kind())};
    if (!item.is_integer() || __builtin_add_overflow(integers, item.as_integer(), &integers)) is_whole = false;
    numbers += item.as_number();
  }
  return is_whole ? Value(integers) : Value(numbers);
}
Value trim_text(const Arguments& a) { return trim(a.text(0)); }
Value unique(const Arguments& a) {
  List unique;
  std::set<std::string> seen;
  for (const auto& item : a.list(0)) {
    if (!seen.insert(item.is_string() ? "s" + item.as_string() : to_json(item)).second) continue;
    unique.push_back(item);
  }
  return unique;
}
Value values(const Arguments& a) {
  List values;
  for (const auto& [key, value] : a.map(0)) values.push_back(value);
  return values;
}
Value yaml(const Arguments& a) { return render_yaml(a.any(0)); }
Value zip(const Arguments& a) {
  std::size_t size = a.list(0).size();
  for (std::size_t i = 1; i < a.size(); ++i) size = std::min(size, a.list(i).size());
  if (size * a.size() > 1'000'000) throw Complaint{"zip: more than a million items"};
  List rows;
  for (std::size_t row = 0; row < size; ++row) {
    List items;
    for (std::size_t i = 0; i < a.size(); ++i) items.push_back(a.list(i)[row]);
    rows.emplace_back(std::move(items));
  }
  return rows;
}

}  // namespace

const std::vector<FunctionEntry>& function_entries() {
  static const std::vector<FunctionEntry> entries = {
      {"abs", "abs(number)", "The number without its sign.", abs},
      {"base64", "base64(text)", "The text's bytes in Base64.", base64_of},
      {"basename", "basename(path)", "What follows the last slash.", basename},
      {"capitalize", "capitalize(text)", "The first letter in upper case, the rest in lower case.", capitalize},
      {"ceil", "ceil(number)", "The next integer upwards.", ceil_of},
      {"contains", "contains(x, y)",
       "Whether the list has the item, the mapping the key, the text the part; as `y in x`.", contains_item},
      {"count", "count(x)", "The same as length.", length},
      {"default", "default(x, otherwise [, also_empty])",
       "x, or the other value when x does not exist or is null; with true as third also when x is false or \"\".",
       default_of},
      {"dirname", "dirname(path)", "What precedes the last slash.", dirname},
      {"ends_with", "ends_with(text, end)", "Whether the text ends so.", ends_with},
      {"filter", "filter(list [, by])",
       "The items for which the function or their key `by`, or they themselves, are true.", nullptr},
      {"first", "first(list)", "The first item; null when there is none.", first},
      {"floor", "floor(number)", "The next integer downwards.", floor_of},
      {"indent", "indent(text [, width = 4 [, first]])",
       "Spaces before each line that is not empty; before the first only with true as third.", indent},
      {"int", "int(x [, otherwise])", "The integer that the text reads as; fractions are cut off.", int_of},
      {"join", "join(list [, separator])", "The items as one text.", join_items},
      {"json", "json(x [, indent])", "The value as JSON, on one line unless an indent is given.", json},
      {"keys", "keys(mapping)", "The keys, in the order they were written.", keys},
      {"last", "last(list)", "The last item; null when there is none.", last},
      {"length", "length(x)", "The number of items, entries or bytes.", length},
      {"lines", "lines(text)", "The lines without their ends.", lines},
      {"lower", "lower(text)", "In lower case (ASCII).", lower},
      {"map", "map(list, by)", "What the function makes of each item, or each item's key `by`.", nullptr},
      {"max", "max(list) or max(a, b, …)", "The largest.", max_of},
      {"merge", "merge(mapping, mapping, …)", "All entries; later ones win.", merge},
      {"min", "min(list) or min(a, b, …)", "The smallest.", min_of},
      {"number", "number(x [, otherwise])", "The number that the text reads as.", number_of},
      {"quote", "quote(text)", "The text as one word of a shell.", quote_word},
      {"range", "range([from = 1,] to [, step])", "The integers from the first to the last, both included.", range},
      {"replace", "replace(text, from, to)", "Each `from` becomes `to`; literally, no patterns.", replace},
      {"reverse", "reverse(list)", "In opposite order.", reverse},
      {"round", "round(number [, digits])", "The nearest integer, or with so many digits.", round_of},
      {"sha256", "sha256(text)", "The SHA-256 of the text's bytes in hexadecimal.", sha256_of},
      {"sort", "sort(list [, by])",
       "In ascending order, of what the function makes of each item or of each item's key `by`.", nullptr},
      {"split", "split(text [, separator])", "The parts between the separators; without one, the words.", split_text},
      {"starts_with", "starts_with(text, start)", "Whether the text starts so.", starts_with},
      {"string", "string(x)", "As text: lists and mappings as JSON, null as nothing.", string_of},
      {"sum", "sum(list)", "All numbers added up.", sum},
      {"title", "title(text)", "The first letter of each word in upper case.", title},
      {"trim", "trim(text)", "Without white space at both ends.", trim_text},
      {"unique", "unique(list)", "Each item once, where it came first.", unique},
      {"upper", "upper(text)", "In upper case (ASCII).", upper},
      {"values", "values(mapping)", "The values, in the order they were written.", values},
      {"yaml", "yaml(x)", "The value as YAML.", yaml},
      {"zip", "zip(list, list, …)", "A list of lists: of the first items, of the second ones and so on.", zip},
  };
  return entries;
}

const std::vector<std::string>& expression_function_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> names = {"type", "tostring", "tonumber", "pairs", "ipairs", "next", "select"};
    for (const auto& entry : function_entries()) names.emplace_back(entry.name);
    std::sort(names.begin(), names.end());
    return names;
  }();
  return names;
}

bool is_expression_function(std::string_view name) {
  const auto& names = expression_function_names();
  return std::binary_search(names.begin(), names.end(), name);
}

const std::vector<FunctionDoc>& expression_functions() {
  static const std::vector<FunctionDoc> docs = [] {
    std::vector<FunctionDoc> docs;
    for (const auto& entry : function_entries()) docs.push_back({entry.name, entry.signature, entry.doc});
    return docs;
  }();
  return docs;
}

const Value& Arguments::any(std::size_t i) const {
  static const Value null;
  return i < values_.size() ? values_[i] : null;
}

void Arguments::wrong(std::size_t i, std::string_view expected) const {
  static constexpr std::array<std::string_view, 3> ordinals = {"first", "second", "third"};
  const std::string which = i < ordinals.size() ? std::string(ordinals[i]) : fmt::format("{}th", i + 1);
  if (i >= values_.size())
    throw Complaint{fmt::format("{}: the {} argument is missing, {} is needed", function_, which, expected)};
  throw Complaint{
      fmt::format("{}: the {} argument must be {}, not {}", function_, which, expected, described(values_[i]))};
}

std::string described(const Value& value) {
  const char* article = value.is_null() || value.is_item() ? "" : value.is_integer() ? "an " : "a ";
  return fmt::format("{}{}", article, value.kind());
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

bool is_kind(const Value& value, std::string_view test) {
  if (test == "none" || test == "null") return value.is_null();
  if (test == "string") return value.is_string() || value.is_item();
  if (test == "number") return value.is_number();
  if (test == "boolean") return value.is_bool();
  if (test == "list" || test == "sequence") return value.is_list();
  return value.is_map();
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

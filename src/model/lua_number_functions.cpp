#include "model/lua_functions.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace espresso {

namespace {

using Round = double (*)(double);

Value round_with(const Arguments& a, Round round) {
  const Value& number = a.number(0);
  if (number.is_integer()) return number;
  return whole(round(number.as_number()));
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

Value ceil_of(const Arguments& a) { return round_with(a, std::ceil); }

Value floor_of(const Arguments& a) { return round_with(a, std::floor); }

Value max_of(const Arguments& a) {
  const List all = candidates(a);
  return all.empty() ? Value() : *std::max_element(all.begin(), all.end(), is_less);
}

Value min_of(const Arguments& a) {
  const List all = candidates(a);
  return all.empty() ? Value() : *std::min_element(all.begin(), all.end(), is_less);
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

Value bool_of(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_bool()) return value;
  if (value.is_number()) return value.as_number() == 1;
  std::string text = a.text(0);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (text == "yes" || text == "on" || text == "1" || text == "true" || text == "t" || text == "y") return true;
  if (text == "no" || text == "off" || text == "0" || text == "false" || text == "f" || text == "n") return false;
  throw Complaint{fmt::format("bool: '{}' is neither yes nor no", a.text(0))};
}

template <typename Number>
bool reads_as(std::string_view text, Number& number, int base) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  std::from_chars_result read{};
  if constexpr (std::is_integral_v<Number>)
    read = std::from_chars(text.data(), end, number, base);
  else
    read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end;
}

Value int_of(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_integer()) return value;
  if (value.is_number()) return whole(std::trunc(value.as_number()));
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  const std::int64_t base = a.integer(2, 10);
  if (base < 2 || base > 36) throw Complaint{"int: the base must be from 2 to 36"};
  const std::string whole_text = value.is_null() && a.has(1) ? "" : a.text(0);
  std::string_view text = trim(whole_text);
  if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
  if (std::int64_t number = 0; reads_as(text, number, static_cast<int>(base))) return number;
  if (double number = 0; base == 10 && reads_as(text, number, 10)) return whole(std::trunc(number));
  if (a.has(1)) return a.any(1);
  throw Complaint{fmt::format("int: '{}' is not an integer", text),
                  "give a second argument for what is none: int(x, 0)"};
}

Value float_of(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_number()) return value.as_number();
  if (value.is_bool()) return value.as_bool() ? 1.0 : 0.0;
  const std::string text(trim(value.is_null() && a.has(1) ? "" : a.text(0)));
  if (double number = 0; reads_as(text, number, 10)) return number;
  if (a.has(1)) return a.any(1);
  throw Complaint{fmt::format("float: '{}' is not a number", text),
                  "give a second argument for what is none: float(x, 0.0)"};
}

Value range(const Arguments& a) {
  const bool from_zero = !a.has(1);
  const std::int64_t from = from_zero ? 0 : a.integer(0), to = a.integer(from_zero ? 0 : 1), step = a.integer(2, 1);
  if (step == 0) throw Complaint{"range: the step must not be 0"};
  List numbers;
  for (std::int64_t n = from; step > 0 ? n < to : n > to;) {
    if (numbers.size() >= 1'000'000) throw Complaint{"range: more than a million numbers"};
    numbers.emplace_back(n);
    if (__builtin_add_overflow(n, step, &n)) break;
  }
  return numbers;
}

// As Python rounds: what lies in the middle, to the even side.
Value round_of(const Arguments& a) {
  const std::int64_t digits = a.integer(1, 0);
  const std::string method = a.text(2, "common");
  if (digits < 0 || digits > 15) throw Complaint{"round: the number of digits must be from 0 to 15"};
  const Round round = method == "ceil"    ? Round(std::ceil)
                      : method == "floor" ? Round(std::floor)
                                          : Round(std::nearbyint);
  if (digits == 0) return round_with(a, round);
  const double scale = std::pow(10.0, static_cast<double>(digits));
  if (method != "common") return round(a.number(0).as_number() * scale) / scale;
  double number = 0;
  const std::string text = fmt::format("{:.{}f}", a.number(0).as_number(), digits);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Value sum(const Arguments& a) {
  std::int64_t integers = 0;
  double numbers = 0;
  bool is_whole = true;
  const auto add = [&](const Value& item) {
    if (!item.is_number()) throw Complaint{fmt::format("sum: the list holds {}", described(item))};
    if (!item.is_integer() || __builtin_add_overflow(integers, item.as_integer(), &integers)) is_whole = false;
    numbers += item.as_number();
  };
  for (const auto& item : a.list(0)) add(a.has(1) ? attribute_of("sum", item, a.text(1)) : item);
  if (a.has(2)) add(a.number(2));
  return is_whole ? Value(integers) : Value(numbers);
}

Value filesize(const Arguments& a) {
  const bool binary = a.is_set(1);
  const double base = binary ? 1024 : 1000;
  double bytes = a.number(0).as_number();
  if (bytes == 1) return "1 Byte";
  if (bytes < base) return fmt::format("{} Bytes", whole(bytes));
  std::size_t unit = 0;
  for (bytes /= base; bytes >= base && unit < 7; ++unit) bytes /= base;
  return fmt::format("{:.1f} {}{}", bytes, "kMGTPEZY"[unit] == 'k' && binary ? 'K' : "kMGTPEZY"[unit],
                     binary ? "iB" : "B");
}

}  // namespace

bool is_less(const Value& a, const Value& b) {
  if (a.is_integer() && b.is_integer()) return a.as_integer() < b.as_integer();
  if (a.is_number() && b.is_number()) return a.as_number() < b.as_number();
  if (a.is_string() && b.is_string()) return a.as_string() < b.as_string();
  if (a.is_bool() && b.is_bool()) return !a.as_bool() && b.as_bool();
  if (a.is_list() && b.is_list())
    return std::lexicographical_compare(a.as_list().begin(), a.as_list().end(), b.as_list().begin(), b.as_list().end(),
                                        is_less);
  throw Complaint{fmt::format("{} and {} cannot be compared", described(a), described(b))};
}

FunctionEntries number_functions() {
  return {
      {"abs", "abs(number)", "The number without its sign.", "-5 | abs", "5", abs},
      {"bool", "bool(x)", "Whether the text says yes: yes, on, true, 1, or no, off, false, 0.", "'yes' | bool", "true",
       bool_of},
      {"ceil", "ceil(number)", "The next integer upwards.", "ceil(2.1)", "3", ceil_of},
      {"filesizeformat", "filesizeformat(bytes [, binary])", "The size in words.", "2500000 | filesizeformat",
       R"("2.5 MB")", filesize},
      {"float", "float(x [, default])", "The number that the text reads as, with a fraction.", "'3' | float", "3.0",
       float_of},
      {"floor", "floor(number)", "The next integer downwards.", "floor(2.9)", "2", floor_of},
      {"int", "int(x [, default [, base = 10]])",
       "The integer that the text reads as; fractions are cut off. `default` is for what is none.", "'42' | int", "42",
       int_of},
      {"max", "max(list) or max(a, b, …)", "The largest; null when there is none.", "[3, 7, 5] | max", "7", max_of},
      {"min", "min(list) or min(a, b, …)", "The smallest; null when there is none.", "min(3, 7, 5)", "3", min_of},
      {"number", "number(x [, default])", "The number that the text reads as.", "'1.5' | number", "1.5", number_of},
      {"range", "range([from = 0,] to [, step])", "The integers from the first, without the last.", "range(1, 4)",
       "[1,2,3]", range},
      {"round", "round(number [, precision [, method]])",
       "The nearest integer, or with so many digits; `method` is 'common', 'ceil' or 'floor'.", "2.345 | round(1)",
       "2.3", round_of},
      {"sum", "sum(list [, attribute [, start]])", "All numbers, or those under that key, added up.", "[1, 2, 3] | sum",
       "6", sum},
  };
}

}  // namespace espresso

#include "model/lua_functions.h"

#include "core/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

// The tests of `x is …`, as Jinja and Ansible name them.

namespace espresso {

namespace {

struct Test {
  std::string_view name;
  bool (*passes)(const Arguments&);
};

Value call(std::string_view function, const Arguments& a) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < a.size(); ++i) values.push_back(a.any(i));
  return find_function(function)->call(Arguments(function, values));
}

bool is_fraction(const Arguments& a) { return a.any(0).is_number() && !a.any(0).is_integer(); }
bool is_iterable(const Arguments& a) { return a.any(0).is_list() || a.any(0).is_map() || a.any(0).is_string(); }
bool is_map(const Arguments& a) { return a.any(0).is_map(); }
bool is_number(const Arguments& a) { return a.any(0).is_number(); }
bool is_null(const Arguments& a) { return a.any(0).is_null(); }
bool is_equal(const Arguments& a) { return a.any(0) == a.any(1); }
bool is_unequal(const Arguments& a) { return !(a.any(0) == a.any(1)); }
bool less(const Arguments& a) { return is_less(a.any(0), a.any(1)); }
bool greater(const Arguments& a) { return is_less(a.any(1), a.any(0)); }
bool at_most(const Arguments& a) { return !is_less(a.any(1), a.any(0)); }
bool at_least(const Arguments& a) { return !is_less(a.any(0), a.any(1)); }
bool is_case(const Arguments& a, bool (*wrong)(char), bool (*right)(char)) {
  const std::string text = a.text(0);
  return std::none_of(text.begin(), text.end(), wrong) && std::any_of(text.begin(), text.end(), right);
}
bool small(char c) { return c >= 'a' && c <= 'z'; }
bool large(char c) { return c >= 'A' && c <= 'Z'; }

bool holds_all(const Value& whole, const Value& part) {
  return std::all_of(part.as_list().begin(), part.as_list().end(), [&](const Value& x) { return contains(whole, x); });
}

// Versions compare number by number; a word comes before any number, as in LooseVersion of Python's distutils.
std::vector<std::string> pieces_of(const std::string& version) {
  std::vector<std::string> pieces;
  const auto kind = [](char c) { return c >= '0' && c <= '9' ? 1 : small(c | 0x20) ? 2 : 0; };
  for (std::size_t at = 0; at < version.size();) {
    std::size_t end = at + 1;
    while (end < version.size() && kind(version[end]) == kind(version[at])) ++end;
    if (kind(version[at]) != 0) pieces.push_back(version.substr(at, end - at));
    at = end;
  }
  return pieces;
}

int compare_versions(const std::string& x, const std::string& y) {
  const auto a = pieces_of(x), b = pieces_of(y);
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const bool numbers = a[i][0] <= '9' && b[i][0] <= '9';
    const auto strip = [](const std::string& digits) {
      return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    };
    const std::string left = numbers ? strip(a[i]) : a[i], right = numbers ? strip(b[i]) : b[i];
    if (numbers && left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
    if (!numbers && (a[i][0] <= '9') != (b[i][0] <= '9')) return a[i][0] <= '9' ? 1 : -1;
    if (const int order = left.compare(right); order != 0) return order;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

bool is_version(const Arguments& a) {
  const int order = compare_versions(a.text(0), a.text(1));
  const std::string how = a.text(2, "==");
  if (how == "==" || how == "=" || how == "eq") return order == 0;
  if (how == "!=" || how == "<>" || how == "ne") return order != 0;
  if (how == "<" || how == "lt") return order < 0;
  if (how == "<=" || how == "le") return order <= 0;
  if (how == ">" || how == "gt") return order > 0;
  if (how == ">=" || how == "ge") return order >= 0;
  throw Complaint{fmt::format("version: '{}' does not compare", how), "use one of ==, !=, <, <=, >, >="};
}

bool is_divisible(const Arguments& a) {
  if (a.integer(1) == 0) throw Complaint{"divisibleby: nothing is divisible by 0"};
  return a.integer(1) == -1 || a.integer(0) % a.integer(1) == 0;
}

constexpr std::array tests = {
    Test{"!=", is_unequal},
    Test{"<", less},
    Test{"<=", at_most},
    Test{"==", is_equal},
    Test{">", greater},
    Test{">=", at_least},
    Test{"boolean", [](const Arguments& a) { return a.any(0).is_bool(); }},
    Test{"contains", [](const Arguments& a) { return contains(a.any(0), a.any(1)); }},
    Test{"defined", [](const Arguments& a) { return !a.any(0).is_null(); }},
    Test{"divisibleby", is_divisible},
    Test{"eq", is_equal},
    Test{"equalto", is_equal},
    Test{"even", [](const Arguments& a) { return a.integer(0) % 2 == 0; }},
    Test{"false", [](const Arguments& a) { return a.any(0).is_bool() && !a.any(0).as_bool(); }},
    Test{"falsy", [](const Arguments& a) { return !is_jinja_true(a.any(0)); }},
    Test{"float", is_fraction},
    Test{"ge", at_least},
    Test{"greaterthan", greater},
    Test{"gt", greater},
    Test{"in", [](const Arguments& a) { return contains(a.any(1), a.any(0)); }},
    Test{"integer", [](const Arguments& a) { return a.any(0).is_integer(); }},
    Test{"iterable", is_iterable},
    Test{"le", at_most},
    Test{"lessthan", less},
    Test{"list", [](const Arguments& a) { return a.any(0).is_list(); }},
    Test{"lower", [](const Arguments& a) { return is_case(a, large, small); }},
    Test{"lt", less},
    Test{"map", is_map},
    Test{"mapping", is_map},
    Test{"match", [](const Arguments& a) { return call("regex_match", a).as_bool(); }},
    Test{"ne", is_unequal},
    Test{"none", is_null},
    Test{"null", is_null},
    Test{"number", is_number},
    Test{"odd", [](const Arguments& a) { return a.integer(0) % 2 != 0; }},
    Test{"regex", [](const Arguments& a) { return call("regex_test", a).as_bool(); }},
    Test{"sameas", is_equal},
    Test{"search", [](const Arguments& a) { return call("regex_test", a).as_bool(); }},
    Test{"sequence",
         [](const Arguments& a) { return a.any(0).is_list() || a.any(0).is_string() || a.any(0).is_map(); }},
    Test{"string", [](const Arguments& a) { return a.any(0).is_string() || a.any(0).is_item(); }},
    Test{"subset", [](const Arguments& a) { return holds_all(a.any(1), Value(a.list(0))); }},
    Test{"superset", [](const Arguments& a) { return holds_all(a.any(0), Value(a.list(1))); }},
    Test{"true", [](const Arguments& a) { return a.any(0).is_bool() && a.any(0).as_bool(); }},
    Test{"truthy", [](const Arguments& a) { return is_jinja_true(a.any(0)); }},
    Test{"undefined", is_null},
    Test{"upper", [](const Arguments& a) { return is_case(a, small, large); }},
    Test{"version", is_version},
};

}  // namespace

const std::vector<std::string>& test_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> names;
    for (const auto& test : tests) names.emplace_back(test.name);
    return names;
  }();
  return names;
}

bool passes_test(std::string_view name, const std::vector<Value>& arguments) {
  const auto found = std::find_if(tests.begin(), tests.end(), [&](const Test& test) { return test.name == name; });
  if (found == tests.end())
    throw Complaint{fmt::format("'is' knows no test '{}'", name), did_you_mean(name, test_names())};
  return found->passes(Arguments(name, arguments));
}

}  // namespace espresso

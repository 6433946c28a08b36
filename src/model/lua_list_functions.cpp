#include "model/lua_functions.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace espresso {

namespace {

// What two items are the same by.
std::string identity_of(const Value& value) { return value.is_string() ? "s" + value.as_string() : to_json(value); }

Value folded(const Value& value) {
  if (value.is_list()) {
    List list;
    for (const auto& item : value.as_list()) list.push_back(folded(item));
    return list;
  }
  if (!value.is_string()) return value;
  std::string text = value.as_string();
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// The items, of a mapping its keys, of a text its characters.
List items_of(const Arguments& a, std::size_t i) {
  const Value& value = a.any(i);
  if (value.is_list()) return value.as_list();
  List items;
  if (value.is_map()) {
    for (const auto& [key, entry] : value.as_map()) items.emplace_back(key);
  } else if (value.is_string()) {
    for (const auto character : characters_of(value.as_string())) items.emplace_back(character);
  } else {
    a.wrong(i, "a list");
  }
  return items;
}

Value first(const Arguments& a) {
  const List items = items_of(a, 0);
  return items.empty() ? Value() : items.front();
}

Value last(const Arguments& a) {
  const List items = items_of(a, 0);
  return items.empty() ? Value() : items.back();
}

Value length(const Arguments& a) {
  const Value& value = a.any(0);
  if (value.is_string()) return static_cast<std::int64_t>(characters_of(value.as_string()).size());
  if (value.is_list()) return static_cast<std::int64_t>(value.as_list().size());
  if (value.is_map()) return static_cast<std::int64_t>(value.as_map().size());
  if (value.is_item()) return static_cast<std::int64_t>(value.as_item()->size);
  a.wrong(0, "a list, mapping or string");
}

Value list_of(const Arguments& a) { return items_of(a, 0); }

Value contains_item(const Arguments& a) { return contains(a.any(0), a.any(1)); }

Value join_items(const Arguments& a) {
  const std::string separator = a.text(1, "");
  std::string out;
  bool first_item = true;
  for (const auto& item : items_of(a, 0)) {
    const Value& part = a.has(2) ? attribute_of("join", item, a.text(2)) : item;
    if (part.is_list() || part.is_map()) throw Complaint{fmt::format("join: the list holds {}", described(part))};
    if (!first_item) out += separator;
    out += part.to_text();
    first_item = false;
    check_size(out.size());
  }
  return out;
}

Value reverse(const Arguments& a) {
  if (a.any(0).is_string()) {
    std::string out;
    const auto characters = characters_of(a.any(0).as_string());
    for (auto character = characters.rbegin(); character != characters.rend(); ++character) out += *character;
    return out;
  }
  return List(a.list(0).rbegin(), a.list(0).rend());
}

// What items are compared by: "a,b" are two attributes.
Value key_of(const Value& item, const std::string& attributes, bool exact) {
  if (attributes.empty()) return exact ? item : folded(item);
  List keys;
  for (const auto& attribute : split(attributes, ',')) keys.push_back(attribute_of("sort", item, trim(attribute)));
  return exact ? Value(keys) : folded(keys);
}

List sorted(const List& items, const std::string& attributes, bool exact, bool reverse) {
  std::vector<std::pair<Value, const Value*>> rows;
  for (const auto& item : items) rows.emplace_back(key_of(item, attributes, exact), &item);
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& x, const auto& y) {
    return reverse ? is_less(y.first, x.first) : is_less(x.first, y.first);
  });
  List result;
  for (const auto& [key, item] : rows) result.push_back(*item);
  return result;
}

Value sort(const Arguments& a) {
  const bool by_second = a.any(1).is_string();
  return sorted(items_of(a, 0), a.text(3, by_second ? a.text(1) : ""), a.is_set(2), !by_second && a.is_set(1));
}

Value unique(const Arguments& a) {
  const bool exact = !a.has(1) || a.is_set(1);
  List unique;
  std::set<std::string> seen;
  for (const auto& item : items_of(a, 0)) {
    const Value& key = a.has(2) ? attribute_of("unique", item, a.text(2)) : item;
    if (seen.insert(identity_of(exact ? key : folded(key))).second) unique.push_back(item);
  }
  return unique;
}

std::set<std::string> identities(const List& list) {
  std::set<std::string> seen;
  for (const auto& item : list) seen.insert(identity_of(item));
  return seen;
}

// The items of both lists, each once, that lie in so many of them.
List combined(const Arguments& a, bool first_only, bool both, bool second_only) {
  const List &x = a.list(0), &y = a.list(1);
  const auto in_x = identities(x), in_y = identities(y);
  std::set<std::string> seen;
  List result;
  for (const List* list : {&x, &y}) {
    for (const auto& item : *list) {
      const std::string identity = identity_of(item);
      const bool is_in_x = in_x.contains(identity), is_in_y = in_y.contains(identity);
      const bool is_wanted = is_in_x && is_in_y ? both : is_in_x ? first_only : second_only;
      if (is_wanted && seen.insert(identity).second) result.push_back(item);
    }
  }
  return result;
}
Value difference(const Arguments& a) { return combined(a, true, false, false); }
Value intersect(const Arguments& a) { return combined(a, false, true, false); }
Value union_of(const Arguments& a) { return combined(a, true, true, true); }
Value symmetric_difference(const Arguments& a) { return combined(a, true, false, true); }

void flatten_into(List& result, const List& list, std::int64_t levels, int depth) {
  if (depth > 100) throw Complaint{"flatten: the list is nested too deeply"};
  for (const auto& item : list) {
    if (item.is_list() && levels != 0)
      flatten_into(result, item.as_list(), levels - 1, depth + 1);
    else if (!item.is_null())
      result.push_back(item);
    if (result.size() > 1'000'000) throw Complaint{"flatten: more than a million items"};
  }
}
Value flatten(const Arguments& a) {
  List result;
  flatten_into(result, a.list(0), a.integer(1, -1), 0);
  return result;
}

Value batch(const Arguments& a) {
  const std::int64_t size = a.integer(1);
  if (size < 1 || size > 1'000'000) throw Complaint{"batch: the size must be from 1 to a million"};
  List rows, row;
  for (const auto& item : items_of(a, 0)) {
    row.push_back(item);
    if (static_cast<std::int64_t>(row.size()) == size) rows.emplace_back(std::exchange(row, {}));
  }
  if (!row.empty()) {
    while (a.has(2) && static_cast<std::int64_t>(row.size()) < size) row.push_back(a.any(2));
    rows.emplace_back(std::move(row));
  }
  return rows;
}

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

Value groupby(const Arguments& a) {
  const std::string attribute = a.text(1);
  List groups;
  for (const auto& item : sorted(a.list(0), attribute, false, false)) {
    const Value& key = attribute_of("groupby", item, attribute);
    if (groups.empty() || !(folded(groups.back().as_list()[0]) == folded(key))) groups.emplace_back(List{key, List()});
    groups.back().edit_list()[1].edit_list().push_back(item);
  }
  return groups;
}

Value map_attribute(const Arguments& a) {
  const std::string attribute = a.text(1);
  List result;
  for (const auto& item : a.list(0)) {
    const Value* found = a.has(2) ? find_attribute(item, attribute) : &attribute_of("map", item, attribute);
    result.push_back(found ? *found : a.any(2));
  }
  return result;
}

// The items whose value, or that under a key, passes the test: (list [, key] [, test [, argument …]]).
List picked(const Arguments& a, bool by_attribute, bool wanted) {
  const std::size_t test = by_attribute ? 2 : 1;
  List result;
  for (const auto& item : items_of(a, 0)) {
    const Value* value = by_attribute ? find_attribute(item, a.text(1)) : &item;
    bool passes = value && is_jinja_true(*value);
    if (a.has(test)) {
      std::vector<Value> arguments = {value ? *value : Value()};
      for (std::size_t i = test + 1; i < a.size(); ++i) arguments.push_back(a.any(i));
      passes = passes_test(a.text(test), arguments);
    }
    if (passes == wanted) result.push_back(item);
  }
  return result;
}
Value select(const Arguments& a) { return picked(a, false, true); }
Value reject(const Arguments& a) { return picked(a, false, false); }
Value selectattr(const Arguments& a) { return picked(a, true, true); }
Value rejectattr(const Arguments& a) { return picked(a, true, false); }

}  // namespace

FunctionEntries list_functions() {
  return {
      {"batch", "batch(list, size [, fill])", "Lists of so many items; the last is filled up when there is a `fill`.",
       "[1, 2, 3] | batch(2)", "[[1,2],[3]]", batch},
      {"contains", "contains(x, y)",
       "Whether the list has the item, the mapping the key, the text the part; as `y in x`.",
       "contains(['a', 'b'], 'a')", "true", contains_item},
      {"count", "count(x)", "The same as length.", "[1, 2] | count", "2", length},
      {"difference", "difference(list, list)", "The items that only the first list has, each once.",
       "[1, 2, 3] | difference([2])", "[1,3]", difference},
      {"filter", "filter(list [, by])",
       "The items for which the function or their key `by`, or they themselves, are neither false nor null.",
       "filter([1, 5], function(n) return n > 2 end)", "[5]", nullptr},
      {"first", "first(list)", "The first item; null when there is none.", "[3, 4] | first", "3", first},
      {"flatten", "flatten(list [, levels])", "The items of lists within the list; without nulls.",
       "[1, [2, [3]]] | flatten", "[1,2,3]", flatten},
      {"groupby", "groupby(list, attribute)", "For each value under the key: a list of it and of its items, in order.",
       "[{'a': 2, 'n': 1}, {'a': 1, 'n': 2}] | groupby('a') | map('first')", "[1,2]", groupby},
      {"intersect", "intersect(list, list)", "The items that both lists have, each once.",
       "[1, 2, 3] | intersect([3, 2])", "[2,3]", intersect},
      {"join", "join(list [, separator [, attribute]])", "The items, or what they have under the key, as one text.",
       "['a', 'b'] | join(', ')", R"("a, b")", join_items},
      {"last", "last(list)", "The last item; null when there is none.", "[3, 4] | last", "4", last},
      {"length", "length(x)", "The number of items, entries or characters.", "['a', 'b'] | length", "2", length},
      {"list", "list(x)", "A list as it is; of a mapping its keys, of a text its characters.", "'abc' | list",
       R"(["a","b","c"])", list_of},
      {"map", "map(list, by, …)",
       "What the function makes of each item, or the library's function of that name, or each item's key `by`.",
       "['a', 'b'] | map('upper')", R"(["A","B"])", nullptr},
      {"map_attribute", "map_attribute(list, attribute [, default])",
       "What each item has under the key; `map(attribute='a.b')` is the same.",
       "[{'a': {'b': 1}}] | map(attribute='a.b')", "[1]", map_attribute},
      {"reject", "reject(list [, test, …])", "The items that do not pass the test, by name or as a function.",
       "[1, 2, 3] | reject('odd')", "[2]", reject},
      {"rejectattr", "rejectattr(list, attribute [, test, …])",
       "The items whose value under the key does not pass the test, or is empty.",
       "[{'n': 1}, {'n': 2}] | rejectattr('n', 'equalto', 1)", R"([{"n":2}])", rejectattr},
      {"reverse", "reverse(list)", "In opposite order.", "[1, 2] | reverse", "[2,1]", reverse},
      {"select", "select(list [, test, …])", "The items that pass the test, by name or as a function.",
       "[0, 1, 2] | select", "[1,2]", select},
      {"selectattr", "selectattr(list, attribute [, test, …])",
       "The items whose value under the key passes the test, or is not empty.",
       "[{'n': 1}, {'n': 2}] | selectattr('n', '>', 1)", R"([{"n":2}])", selectattr},
      {"sort", "sort(list [, reverse [, case_sensitive [, attribute]]])",
       "In order, upper and lower case alike. A key or a function as second argument is what is compared.",
       "['b', 'C', 'a'] | sort", R"(["a","b","C"])", sort},
      {"symmetric_difference", "symmetric_difference(list, list)", "The items that only one list has, each once.",
       "[1, 2] | symmetric_difference([2, 3])", "[1,3]", symmetric_difference},
      {"union", "union(list, list)", "The items of both lists, each once.", "[1, 2] | union([2, 3])", "[1,2,3]",
       union_of},
      {"unique", "unique(list [, case_sensitive = true [, attribute]])",
       "Each item, or each value under the key, once, where it came first.", "[1, 2, 1] | unique", "[1,2]", unique},
      {"zip", "zip(list, list, …)", "A list of lists: of the first items, of the second ones and so on.",
       "[1, 2] | zip(['a', 'b'])", R"([[1,"a"],[2,"b"]])", zip},
  };
}

}  // namespace espresso

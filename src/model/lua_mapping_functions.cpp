#include "model/lua_functions.h"

#include "core/diagnostic.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace espresso {

namespace {

Value default_of(const Arguments& a) {
  const Value& value = a.any(0);
  const Value otherwise = a.size() > 1 ? a.any(1) : Value("");
  return value.is_null() || (a.is_set(2) && !is_jinja_true(value)) ? otherwise : value;
}

Value mandatory(const Arguments& a) {
  if (a.any(0).is_null()) throw Complaint{a.text(1, "mandatory: this has no value")};
  return a.any(0);
}

Value ternary(const Arguments& a) {
  if (a.any(0).is_null() && a.has(3)) return a.any(3);
  return is_jinja_true(a.any(0)) ? a.any(1) : a.any(2);
}

Value items(const Arguments& a) {
  List pairs;
  for (const auto& [key, value] : a.map(0)) pairs.emplace_back(List{key, value});
  return pairs;
}

Value keys(const Arguments& a) {
  List keys;
  for (const auto& [key, value] : a.map(0)) keys.emplace_back(key);
  return keys;
}

Value values(const Arguments& a) {
  List values;
  for (const auto& [key, value] : a.map(0)) values.push_back(value);
  return values;
}

std::string lower_case(const Value& value) {
  std::string text = value.to_text();
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

Value dictsort(const Arguments& a) {
  const bool exact = a.is_set(1), reverse = a.is_set(3);
  const std::string by = a.text(2, "key");
  if (by != "key" && by != "value") throw Complaint{fmt::format("dictsort: by is 'key' or 'value', not '{}'", by)};
  const std::size_t part = by == "value" ? 1 : 0;
  List pairs = items(a).as_list();
  std::stable_sort(pairs.begin(), pairs.end(), [&](const Value& x, const Value& y) {
    const Value &left = (reverse ? y : x).as_list()[part], &right = (reverse ? x : y).as_list()[part];
    if (!exact && left.is_string() && right.is_string()) return lower_case(left) < lower_case(right);
    return is_less(left, right);
  });
  return pairs;
}

Value dict2items(const Arguments& a) {
  List list;
  for (const auto& [key, value] : a.map(0)) {
    Map entry;
    entry.set(a.text(1, "key"), key);
    entry.set(a.text(2, "value"), value);
    list.emplace_back(std::move(entry));
  }
  return list;
}

Value items2dict(const Arguments& a) {
  Map map;
  for (const auto& item : a.list(0))
    map.set(attribute_of("items2dict", item, a.text(1, "key")).to_text(),
            attribute_of("items2dict", item, a.text(2, "value")));
  return map;
}

// A list of pairs, or a mapping as it is.
Value dict_of(const Arguments& a) {
  if (a.size() == 0) return a.all_named();
  if (!a.any(0).is_list()) return a.map(0);
  Map map;
  for (const auto& pair : a.list(0)) {
    if (!pair.is_list() || pair.as_list().size() != 2) throw Complaint{"dict: a list of pairs is needed"};
    map.set(pair.as_list()[0].to_text(), pair.as_list()[1]);
  }
  return map;
}

List joined_lists(const List& old, const List& fresh, const std::string& how) {
  const auto without = [](const List& list, const List& taken) {
    List rest;
    for (const auto& item : list)
      if (std::find(taken.begin(), taken.end(), item) == taken.end()) rest.push_back(item);
    return rest;
  };
  List first = old, second = fresh;
  if (how == "append_rp") first = without(old, fresh);
  if (how == "prepend_rp") first = without(old, fresh);
  if (how.starts_with("prepend")) std::swap(first, second);
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Map merged(const Map& old, const Map& fresh, bool recursive, const std::string& lists, int depth) {
  if (depth > 100) throw Complaint{"combine: the mapping is nested too deeply"};
  Map result = old;
  for (const auto& [key, value] : fresh) {
    const Value* before = result.find(key);
    if (before && recursive && before->is_map() && value.is_map())
      result.set(key, merged(before->as_map(), value.as_map(), recursive, lists, depth + 1));
    else if (before && lists == "keep" && before->is_list() && value.is_list())
      continue;
    else if (before && lists != "replace" && before->is_list() && value.is_list())
      result.set(key, joined_lists(before->as_list(), value.as_list(), lists));
    else
      result.set(key, value);
  }
  return result;
}

// Mappings, or lists of them.
Value combine(const Arguments& a) {
  const bool recursive = is_jinja_true(a.named("recursive"));
  const std::string lists = a.named("list_merge").is_null() ? "replace" : a.named("list_merge").to_text();
  for (const char* known : {"replace", "keep", "append", "prepend", "append_rp", "prepend_rp"}) {
    if (lists != known) continue;
    Map result;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const List maps = a.any(i).is_list() ? a.list(i) : List{a.map(i)};
      for (const auto& map : maps) {
        if (!map.is_map()) throw Complaint{fmt::format("combine: mappings are needed, not {}", described(map))};
        result = merged(result, map.as_map(), recursive, lists, 0);
      }
    }
    return result;
  }
  throw Complaint{fmt::format("combine: no list_merge '{}'", lists),
                  "use one of replace, keep, append, prepend, append_rp, prepend_rp"};
}

Value merge(const Arguments& a) {
  Map merged = a.map(0);
  for (std::size_t i = 1; i < a.size(); ++i) {
    for (const auto& [key, value] : a.map(i)) merged.set(key, value);
  }
  return merged;
}

Value attribute(const Arguments& a) { return attribute_of("attr", a.any(0), a.text(1)); }

Value extract(const Arguments& a) {
  Value found = attribute_of("extract", a.any(1), a.any(0).to_text());
  if (!a.has(2)) return found;
  const List more = a.any(2).is_list() ? a.list(2) : List{a.text(2)};
  for (const auto& key : more) found = Value(attribute_of("extract", found, key.to_text()));
  return found;
}

}  // namespace

const Value* find_attribute(const Value& value, std::string_view attribute) {
  const Value* found = &value;
  for (const auto& key : split(attribute, '.')) {
    if (found->is_map()) {
      found = found->as_map().find(key);
    } else if (found->is_list() && !key.empty() && key.size() < 8 &&
               key.find_first_not_of("0123456789") == std::string::npos) {
      const auto index = static_cast<std::size_t>(std::stoul(key));
      found = index < found->as_list().size() ? &found->as_list()[index] : nullptr;
    } else {
      found = nullptr;
    }
    if (!found) return nullptr;
  }
  if (found->is_deferred()) throw found->as_deferred();
  return found;
}

const Value& attribute_of(std::string_view function, const Value& value, std::string_view attribute) {
  if (const Value* found = find_attribute(value, attribute)) return *found;
  throw Complaint{fmt::format("{}: {} has no '{}'", function, value.is_map() ? "an item" : described(value), attribute),
                  value.is_map() ? did_you_mean(attribute, value.as_map().keys()) : ""};
}

FunctionEntries mapping_functions() {
  return {
      {"attr", "attr(mapping, name)", "What the mapping has under the key, or under several with dots between.",
       "{'a': {'b': 1}} | attr('a.b')", "1", attribute},
      {"combine", "combine(mapping, … [, recursive [, list_merge]])",
       "All entries; later ones win. recursive=true goes into mappings; list_merge is replace, keep, append, prepend, "
       "append_rp or prepend_rp.",
       "{'a': {'b': 1}} | combine({'a': {'c': 2}}, recursive=true)", R"({"a":{"b":1,"c":2}})", combine},
      {"default", "default(x [, default_value = '' [, boolean]])",
       "x, or the other value when x does not exist or is null; with true as third also when x is false or empty.",
       "default(nope, 'none')", R"("none")", default_of},
      {"dict", "dict(pairs)", "A mapping of a list of pairs, or of what is given by name.",
       "dict([['a', 1], ['b', 2]])", R"({"a":1,"b":2})", dict_of},
      {"dict2items", "dict2items(mapping [, key_name [, value_name]])", "A list of mappings of key and value.",
       "{'a': 1} | dict2items", R"([{"key":"a","value":1}])", dict2items},
      {"dictsort", "dictsort(mapping [, case_sensitive [, by = 'key' [, reverse]]])",
       "A list of pairs of key and value, in the order of the keys or values.", "{'b': 1, 'a': 2} | dictsort",
       R"([["a",2],["b",1]])", dictsort},
      {"extract", "extract(key, container [, morekeys])",
       "What the container has under the key, for `map('extract', …)`.",
       "['a', 'b'] | map('extract', {'a': 1, 'b': 2})", "[1,2]", extract},
      {"items", "items(mapping)", "A list of pairs of key and value.", "{'a': 1} | items", R"([["a",1]])", items},
      {"items2dict", "items2dict(list [, key_name [, value_name]])", "The mapping that dict2items made a list of.",
       "[{'key': 'a', 'value': 1}] | items2dict", R"({"a":1})", items2dict},
      {"keys", "keys(mapping)", "The keys, in the order they were written.", "keys({'b': 1, 'a': 2})", R"(["b","a"])",
       keys},
      {"mandatory", "mandatory(x [, msg])", "x; a mistake when it is null.", "1 | mandatory", "1", mandatory},
      {"merge", "merge(mapping, mapping, …)", "All entries; later ones win.", "merge({'a': 1}, {'a': 2, 'b': 3})",
       R"({"a":2,"b":3})", merge},
      {"namespace", "namespace(name = value, …)",
       "Names that `{% set name.key = value %}` changes, also from inside loops.", "namespace(n=1).n", "1", nullptr},
      {"ternary", "ternary(x, true_val, false_val [, none_val])",
       "The second when x is true and not empty, else the third.", "true | ternary('on', 'off')", R"("on")", ternary},
      {"values", "values(mapping)", "The values, in the order they were written.", "values({'b': 1, 'a': 2})", "[1,2]",
       values},
  };
}

}  // namespace espresso

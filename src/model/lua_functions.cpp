#include "model/lua_functions.h"

#include "model/expression.h"

#include <algorithm>
#include <map>

// All functions of expressions in one table.

namespace espresso {

namespace {

// "sort(list [, reverse [, attribute = 'x']])" to list, reverse, attribute.
std::vector<std::string> read_parameters(std::string_view signature) {
  std::vector<std::string> names;
  std::string name;
  bool is_default = false;
  for (const char c : signature.substr(signature.find('(') + 1)) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (is_letter && !is_default) {
      name += c;
    } else if (c == ',' || c == ')') {
      if (!name.empty()) names.push_back(std::exchange(name, {}));
      is_default = false;
      if (c == ')') break;
    } else if (c == '=') {
      is_default = true;
    }
  }
  return names;
}

}  // namespace

const FunctionEntries& function_entries() {
  static const FunctionEntries entries = [] {
    FunctionEntries all;
    for (const auto& group : {text_functions(), list_functions(), mapping_functions(), number_functions(),
                              encoding_functions(), regex_functions()})
      all.insert(all.end(), group.begin(), group.end());
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return std::string_view(a.name) < std::string_view(b.name); });
    return all;
  }();
  return entries;
}

const FunctionEntry* find_function(std::string_view name) {
  const auto& all = function_entries();
  const auto found =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const FunctionEntry& entry, std::string_view word) { return entry.name < word; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

const std::vector<std::string>& parameters_of(const FunctionEntry& function) {
  static const std::map<std::string_view, std::vector<std::string>> known = [] {
    std::map<std::string_view, std::vector<std::string>> names;
    for (const auto& entry : function_entries()) names[entry.name] = read_parameters(entry.signature);
    return names;
  }();
  return known.at(function.name);
}

const std::vector<std::string>& expression_function_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> names = {"type", "tostring", "tonumber", "pairs", "ipairs", "next"};
    for (const auto& entry : function_entries()) names.emplace_back(entry.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
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
    for (const auto& entry : function_entries())
      docs.push_back({entry.name, entry.signature, entry.doc, entry.example, entry.result});
    return docs;
  }();
  return docs;
}

}  // namespace espresso

#include "model/inventory_value.h"

#include <algorithm>
#include <array>
#include <optional>

namespace espresso {

namespace {

// https://yaml.org/type/bool.html, without y and n, which PyYAML leaves alone.
std::optional<bool> old_boolean(std::string_view text) {
  constexpr std::array<std::string_view, 6> yes = {"yes", "Yes", "YES", "on", "On", "ON"};
  constexpr std::array<std::string_view, 6> no = {"no", "No", "NO", "off", "Off", "OFF"};
  if (text.size() > 3) return std::nullopt;
  if (std::find(yes.begin(), yes.end(), text) != yes.end()) return true;
  if (std::find(no.begin(), no.end(), text) != no.end()) return false;
  return std::nullopt;
}

}  // namespace

Value inventory_value(const Node& node, Diagnostics& diagnostics) {
  if (!node.tag.empty()) return value_of(node, diagnostics);
  if (node.is_scalar()) {
    if (!node.quoted)
      if (const auto truth = old_boolean(node.text)) return *truth;
    return value_of(node, diagnostics);
  }
  if (node.is_list()) {
    List list;
    list.reserve(node.items.size());
    for (const auto& item : node.items) list.push_back(inventory_value(item, diagnostics));
    return list;
  }
  if (!node.is_map()) return {};
  if (node.find("__ansible_vault"))
    diagnostics.add(node.span, "this value is encrypted with Ansible Vault, and cannot be read here",
                    "write it as a '!vault' value of a YAML file");
  Map map;
  for (const auto& [key, value] : node.entries) map.append(key.text, inventory_value(value, diagnostics));
  return map;
}

const Span& place_of_variable(const Node& name, const Node& value) {
  return value.span.line == name.span.line ? value.span : name.span;
}

}  // namespace espresso

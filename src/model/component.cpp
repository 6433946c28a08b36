#include "model/component.h"

#include "core/text.h"
#include "model/call_file.h"
#include "model/circles.h"
#include "model/fields.h"
#include "model/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace espresso {

namespace {

// As helpers are named: two words with a dot between.
bool is_component_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  const auto is_word = [](std::string_view word) {
    constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !word.empty() && word.find_first_not_of(characters) == std::string_view::npos;
  };
  return dot != std::string_view::npos && is_word(name.substr(0, dot)) && is_word(name.substr(dot + 1));
}

void read_run(const Node& list, Component& component, Diagnostics& diagnostics) {
  if (!list.is_list()) return wrong_kind("run", list, "a list of operations", diagnostics);
  for (const auto& item : list.items) {
    auto call = read_call(item, diagnostics);
    if (!call) continue;
    for (const auto& signal : call->signals)
      diagnostics.add(signal.span, "the operations of a component raise no signals of their own",
                      "give 'signal' where the component is called");
    component.calls.push_back(std::move(call));
  }
}

}  // namespace

std::shared_ptr<Component> read_component(const Node& name, const Node& body, Diagnostics& diagnostics) {
  static const std::vector<std::string> keys = names_of(component_keys());
  if (!is_component_name(name.text)) {
    diagnostics.add(name.span, fmt::format("'{}' cannot be the name of a component", name.text),
                    "choose two words with a dot between, such as 'web.site'");
  }
  if (!body.is_map()) {
    diagnostics.add(body.is_null() ? name.span : body.span,
                    fmt::format("component '{}' is a mapping of 'doc', 'parameters' and 'run', not {}", name.text,
                                body.describe()));
    return nullptr;
  }
  auto component = std::make_shared<Component>();
  component->name = name.text;
  component->span = name.span;
  component->declaration = body;
  for (const auto& [key, value] : body.entries) {
    if (key.text == "doc") {
      if (auto text = read_text("doc", value, "a text", diagnostics)) component->doc = std::string(trim(text->text));
    } else if (key.text == "run") {
      read_run(value, *component, diagnostics);
    } else if (std::find(keys.begin(), keys.end(), key.text) == keys.end()) {
      unknown_key(key, keys, diagnostics);
    }
  }
  if (!body.find("run"))
    diagnostics.add(name.span, fmt::format("component '{}' has no operations", name.text), "list them below 'run:'");
  return component;
}

void check_components(std::vector<std::shared_ptr<Component>>& components, Diagnostics& diagnostics) {
  std::map<std::string, std::shared_ptr<Component>> by_name;
  std::vector<Linked> things;
  for (const auto& component : components) {
    if (const auto [first, is_new] = by_name.emplace(component->name, component); !is_new) {
      diagnostics.add({.span = component->span,
                       .message = fmt::format("component '{}' is defined twice", component->name),
                       .notes = {{first->second->span, "first defined here"}}});
      continue;
    }
    things.push_back({.name = component->name, .links = {}});
    for (const auto& call : component->calls)
      things.back().links.push_back({.from = component->name, .to = call->helper, .span = call->span});
  }
  std::erase_if(components, [&](const auto& component) { return by_name.at(component->name) != component; });
  for (const auto& circle : find_circles(things)) {
    if (circle.size() == 1)
      diagnostics.add(circle[0].span, fmt::format("component '{}' calls itself", circle[0].to));
    else
      diagnostics.add(
          tell_circle(circle, "components call each other in a circle", "calls", "remove one of these calls"));
    for (const auto& link : circle) by_name.at(link.from)->calls.clear();
  }
}

}  // namespace espresso

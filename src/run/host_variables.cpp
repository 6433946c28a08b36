#include "run/host_variables.h"

#include "model/described.h"

#include <fmt/format.h>

namespace espresso {

Span FoundVariable::span() const {
  if (!origin) return {};
  if (origin->span.source || origin->level != Origin::Level::command_line) return origin->span;
  return {.source = std::make_shared<Source>(Source{origin->owner, ""})};
}

std::vector<FoundVariable> HostVariables::find_all(std::string_view variable) const {
  const ConnectionVariable& known = connection_variable(variable);
  std::vector<FoundVariable> found;
  for (const auto name : known.names) {
    const Value* value = host_.variables.values().find(name);
    if (value && !value->is_null())
      found.push_back({.name = name, .value = value, .origin = host_.variables.origin(name), .variable = &known});
  }
  return found;
}

// Whoever says it nearer to the host, under whichever name; in one place, our own name stands above those of Ansible.
FoundVariable HostVariables::find(std::string_view variable) const {
  const ConnectionVariable& known = connection_variable(variable);
  FoundVariable found;
  for (const auto name : known.names) {
    const Value* value = host_.variables.values().find(name);
    if (!value || value->is_null()) continue;
    const Origin* origin = host_.variables.origin(name);
    if (!found || (origin && found.origin && origin->level > found.origin->level))
      found = {.name = name, .value = value, .origin = origin, .variable = &known};
  }
  return found;
}

void HostVariables::complain_of(const FoundVariable& found, std::string_view what) {
  diagnostics_.add(found.span(), fmt::format("'{}' {}", found.name, what));
}

void HostVariables::complain(const FoundVariable& found) {
  // Passwords are not shown, whatever is wrong with them.
  const bool is_secret = found.name.find("pass") != std::string_view::npos;
  const bool is_shown = found.value->is_scalar() && !is_secret;
  const std::string given = is_shown ? fmt::format("'{}'", found.value->to_text()) : described(*found.value);
  diagnostics_.add(found.span(), fmt::format("'{}' takes {}, not {}", found.name, found.variable->takes, given));
}

std::optional<std::string> HostVariables::text(std::string_view name) {
  const FoundVariable found = find(name);
  if (!found) return std::nullopt;
  const bool is_text = found.value->is_string() || found.value->is_number();
  if (is_text && !found.value->to_text().empty()) return found.value->to_text();
  complain(found);
  return std::nullopt;
}

std::optional<bool> HostVariables::flag(std::string_view name) {
  const FoundVariable found = find(name);
  if (!found) return std::nullopt;
  const auto value = truth(*found.value);
  if (!value) complain(found);
  return value;
}

std::optional<std::vector<std::string>> HostVariables::texts(std::string_view name) {
  const FoundVariable found = find(name);
  if (!found) return std::nullopt;
  std::vector<std::string> result;
  for (const auto& value : found.value->is_list() ? found.value->as_list() : List{*found.value}) {
    if (!value.is_string() || value.as_string().empty()) {
      complain(found);
      return std::nullopt;
    }
    result.push_back(value.as_string());
  }
  return result;
}

std::optional<bool> HostVariables::truth(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (!value.is_string()) return std::nullopt;
  const std::string& word = value.as_string();
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

}  // namespace espresso

#include "run/host_variables.h"

#include <fmt/format.h>

namespace espresso {

Span FoundVariable::span() const {
  if (!origin) return {};
  if (origin->span.source || origin->level != Origin::Level::command_line) return origin->span;
  return {.source = std::make_shared<Source>(Source{origin->owner, ""})};
}

FoundVariable HostVariables::find(Names names) const {
  for (const auto name : names) {
    const Value* value = host_.variables.values().find(name);
    if (value && !value->is_null()) return {.name = name, .value = value, .origin = host_.variables.origin(name)};
  }
  return {};
}

void HostVariables::complain_of(const FoundVariable& found, std::string_view what) {
  diagnostics_.add(found.span(), fmt::format("'{}' {}", found.name, what));
}

void HostVariables::complain(const FoundVariable& found, std::string_view takes) {
  // Passwords are not shown, whatever is wrong with them.
  const bool is_secret = found.name.find("pass") != std::string_view::npos;
  const bool is_shown = found.value->is_scalar() && !is_secret;
  const std::string given =
      is_shown ? fmt::format("'{}'", found.value->to_text()) : fmt::format("a {}", found.value->kind());
  diagnostics_.add(found.span(), fmt::format("'{}' takes {}, not {}", found.name, takes, given));
}

std::optional<std::string> HostVariables::text(Names names, std::string_view takes) {
  const FoundVariable found = find(names);
  if (!found) return std::nullopt;
  const bool is_text = found.value->is_string() || found.value->is_number();
  if (is_text && !found.value->to_text().empty()) return found.value->to_text();
  complain(found, takes);
  return std::nullopt;
}

std::optional<bool> HostVariables::flag(Names names) {
  const FoundVariable found = find(names);
  if (!found) return std::nullopt;
  const auto value = truth(*found.value);
  if (!value) complain(found, "true or false");
  return value;
}

std::optional<std::vector<std::string>> HostVariables::texts(Names names, std::string_view takes) {
  const FoundVariable found = find(names);
  if (!found) return std::nullopt;
  std::vector<std::string> result;
  for (const auto& value : found.value->is_list() ? found.value->as_list() : List{*found.value}) {
    if (!value.is_string() || value.as_string().empty()) {
      complain(found, takes);
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

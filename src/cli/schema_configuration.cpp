#include "cli/schema.h"

namespace espresso {

namespace {

// Values are not told: among them may be what is nobody's business.
Map of_value(const Value& value, const std::string& path) {
  Map one = json_of({{"description", path}});
  if (value.is_map()) {
    Map properties;
    for (const auto& [key, inner] : value.as_map()) properties.append(key, of_value(inner, path + "." + key));
    one.set("type", "object");
    one.set("properties", properties);
  } else if (value.is_list()) {
    one.set("type", "array");
  } else if (value.is_bool()) {
    one.set("type", "boolean");
  } else if (value.is_number()) {
    one.set("type", "number");
  } else if (value.is_string()) {
    one.set("type", "string");
  }
  return one;
}

}  // namespace

Value configuration_schema(std::string_view name, const Value& settings) {
  const std::string path = name.empty() ? "config" : "config." + std::string(name);
  Map document = schema_document("Espresso: " + path,
                                 "Settings as they were when 'espresso schema config' wrote this: "
                                 "each keeps its kind; others may be added.");
  for (const auto& [key, value] : of_value(settings, path)) {
    if (key != "description") document.append(key, value);
  }
  return document;
}

}  // namespace espresso

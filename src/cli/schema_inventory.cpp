#include "cli/schema.h"
#include "model/keys.h"
#include "run/connection_variables.h"

namespace espresso {

namespace {

// null: as if it were not set. An expression may stand for each.
Map of_variable(const ConnectionVariable& variable) {
  switch (variable.shape) {
    case VariableShape::texts:
      return json_of({{"type", json_words({"string", "array", "null"})},
                      {"minLength", 1},
                      {"items", json_of({{"type", "string"}, {"minLength", 1}})}});
    case VariableShape::truth:
      return json_of(
          {{"type", json_words({"boolean", "string", "null"})}, {"pattern", "^(true|false|yes|no|on|off)$"}});
    case VariableShape::port:
      return json_of({{"type", json_words({"integer", "string", "null"})},
                      {"minimum", 1},
                      {"maximum", 65535},
                      {"pattern", "^0*[1-9][0-9]{0,4}$"}});
    case VariableShape::duration: {
      Map duration = parameter_schema({.name = {}, .type = ParameterType::duration});
      duration.set("type", json_words({"string", "number", "null"}));
      return duration;
    }
    case VariableShape::text:
      break;
  }
  if (variable.choices.empty()) return json_of({{"type", json_words({"string", "number", "null"})}});
  List choices(variable.choices.begin(), variable.choices.end());
  if (variable.name() == "host_key_check")
    choices.insert(choices.end(), {true, false, "true", "false", "yes", "no", "on"});
  choices.emplace_back();
  return json_of({{"enum", choices}});
}

Map variables() {
  Map properties;
  for (const auto& variable : connection_variables()) {
    for (const auto& name : variable.names) {
      Map property = json_of({{"description", variable.doc}});
      for (const auto& [key, value] : of_variable(variable)) property.set(key, value);
      properties.append(std::string(name), property);
    }
  }
  properties.append("config", json_of({{"description", "Settings that lie over those of config/, by namespace."},
                                       {"type", "object"},
                                       {"additionalProperties", json_of({{"type", json_words({"object", "null"})}})}}));
  return json_of({{"description", "Variables: those that say how to connect, and any of your own."},
                  {"type", json_words({"object", "null"})},
                  {"properties", properties}});
}

Map of_shape(KeyShape shape) {
  if (shape == KeyShape::hosts)
    return json_of(
        {{"type", json_words({"object", "string", "null"})}, {"additionalProperties", schema_reference("variables")}});
  if (shape == KeyShape::groups)
    return json_of({{"type", json_words({"object", "null"})}, {"additionalProperties", schema_reference("group")}});
  return json_of({{"allOf", List{schema_reference("variables")}}});
}

Map group() {
  Map properties;
  for (const auto& key : group_keys()) {
    Map property = json_of({{"description", key.doc}});
    for (const auto& [name, value] : of_shape(key.shape)) property.set(name, value);
    properties.append(std::string(key.name), property);
  }
  return json_of({{"description", "A group: its hosts, their variables, and groups within it."},
                  {"type", json_words({"object", "null"})},
                  {"properties", properties},
                  {"additionalProperties", false}});
}

}  // namespace

Value inventory_schema() {
  Map document =
      schema_document("Espresso: inventory", "Hosts and groups, in the shape of Ansible's YAML inventories.");
  auto outside = names_of(group_keys());
  outside.emplace_back("plugin");
  const Map definitions = json_of({{"group", group()}, {"variables", variables()}});
  document.append("type", "object");
  document.append("propertyNames", json_of({{"not", json_of({{"enum", json_words(outside)}})}}));
  document.append("additionalProperties", schema_reference("group"));
  document.append("definitions", definitions);
  return document;
}

}  // namespace espresso

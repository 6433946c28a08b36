#include "cli/schema.h"
#include "model/keys.h"

#include <algorithm>

namespace espresso {

namespace {

const Value texts =
    json_of({{"type", json_words({"string", "number", "boolean", "array"})},
             {"minLength", 1},
             {"items", json_of({{"type", json_words({"string", "number", "boolean"})}, {"minLength", 1}})}});

Map mapping_of(std::string_view definition, std::string_view names) {
  return json_of({{"type", "object"},
                  {"propertyNames", json_of({{"pattern", names}})},
                  {"additionalProperties", schema_reference(definition)}});
}

std::vector<std::string> types_of_components() {
  auto types = parameter_type_words();
  std::erase(types, std::string(word(ParameterType::conditions)));
  return types;
}

Map one_or_more(const Value& one) {
  return json_of({{"anyOf", List{one, json_of({{"type", "array"}, {"items", one}, {"minItems", 1}})}}});
}

Map storages() {
  const Value one =
      json_of({{"anyOf", List{json_of({{"type", "string"}, {"minLength", 1}}), schema_reference("storage")}}});
  return json_of({{"anyOf", List{one, json_of({{"type", "array"}, {"items", one}})}}});
}

// A number of hosts, or a percentage of them.
Value share(int least) {
  const std::string number = least == 0 ? "[0-9]+" : "0*[1-9][0-9]*";
  const std::string percent = least == 0 ? "0*([0-9]{1,2}|100)%" : "0*([1-9][0-9]?|100)%";
  return json_of({{"type", json_words({"integer", "string"})},
                  {"minimum", least},
                  {"pattern", "^(" + number + "|" + percent + ")$"}});
}

Map of_shape(KeyShape shape) {
  switch (shape) {
    case KeyShape::texts:
      return texts.as_map();
    case KeyShape::condition:
      return json_of({{"type", json_words({"string", "boolean", "number"})}, {"pattern", R"(^(?!\s*\{\{)[\s\S])"}});
    case KeyShape::values:
      return json_of({{"type", json_words({"array", "string", "number", "boolean"})}});
    case KeyShape::name:
      return json_of({{"type", "string"}, {"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}});
    case KeyShape::truth:
      return json_of({{"type", "boolean"}});
    case KeyShape::duration:
      return parameter_schema({.name = {}, .type = ParameterType::duration});
    case KeyShape::count:
      return json_of({{"type", json_words({"integer", "string"})}, {"minimum", 1}, {"pattern", "^0*[1-9][0-9]*$"}});
    case KeyShape::tries:
      return json_of({{"type", "integer"}, {"minimum", 0}});
    case KeyShape::share:
      return share(0).as_map();
    case KeyShape::shares:
      return one_or_more(share(1));
    case KeyShape::heard:
      return one_or_more(json_of({{"anyOf", List{of_shape(KeyShape::text), schema_reference("heard")}}}));
    case KeyShape::any:
    case KeyShape::groups:
    case KeyShape::hosts:
    case KeyShape::variables:
      return {};
    case KeyShape::type:
      return json_of({{"enum", json_words(types_of_components())}});
    case KeyShape::text_sets:
      return json_of(
          {{"type", "array"}, {"items", json_of({{"type", "array"}, {"items", json_of({{"type", "string"}})}})}});
    case KeyShape::storages:
      return storages();
    case KeyShape::stages:
      return mapping_of("stage", R"(^[^\s,]+$)");
    case KeyShape::components:
      return mapping_of("component", "^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$");
    case KeyShape::parameters:
      return mapping_of("parameter", "^[a-z]([a-z0-9_]*[a-z0-9])?$");
    case KeyShape::operations:
      return json_of({{"type", "array"}, {"items", schema_reference("operation")}});
    case KeyShape::text:
      break;
  }
  return json_of({{"type", json_words({"string", "number", "boolean"})}, {"minLength", 1}});
}

Map properties_of(const Keys& keys) {
  Map properties;
  for (const auto& key : keys) {
    Map property = json_of({{"description", key.doc}});
    for (const auto& [name, value] : of_shape(key.shape)) property.set(name, value);
    properties.append(std::string(key.name), property);
  }
  return properties;
}

Map object_of(const Keys& keys, std::string_view description) {
  Map object = json_of({{"description", description},
                        {"type", "object"},
                        {"properties", properties_of(keys)},
                        {"additionalProperties", false}});
  List required;
  for (const auto& key : keys) {
    if (key.required) required.emplace_back(key.name);
  }
  if (!required.empty()) object.set("required", required);
  return object;
}

Value operation_of(const Catalog& catalog) {
  Map properties = properties_of(operation_keys()), dependencies;
  List without_arguments;
  for (const auto& helper : catalog.all()) {
    properties.append(helper->name, schema_reference(helper->name));
    // A second helper in one operation: a "- " is missing.
    const Value alone = json_of({{"enum", List{helper->name}}});
    dependencies.append(
        helper->name,
        json_of({{"propertyNames", json_of({{"anyOf", List{alone, schema_reference("operation_key")}}})}}));
    if (std::none_of(helper->parameters.begin(), helper->parameters.end(),
                     [](const Parameter& one) { return one.required; }))
      without_arguments.emplace_back(helper->name);
  }
  const Value names_no_helper = json_of({{"propertyNames", schema_reference("operation_key")}});
  const Value object = json_of({{"type", "object"},
                                {"properties", properties},
                                {"additionalProperties", false},
                                {"not", names_no_helper},
                                {"dependencies", dependencies}});
  const Value name = json_of({{"enum", without_arguments}});
  return json_of(
      {{"description", "A helper or component with its arguments, and how it is run."}, {"anyOf", List{object, name}}});
}

}  // namespace

Value stage_schema(const Catalog& catalog) {
  Map definitions;
  definitions.append("storage", object_of(storage_keys(), "A storage and how to fetch from it."));
  definitions.append("stage", object_of(stage_keys(), "A named, documented unit of configuration."));
  definitions.append("heard", object_of(heard_keys(), "A signal that is raised on other hosts."));
  definitions.append("component", object_of(component_keys(), "Operations with a name and parameters of their own."));
  definitions.append("parameter", object_of(parameter_keys(), "What a call of the component may give."));
  definitions.append("operation", operation_of(catalog));
  definitions.append("operation_key", json_of({{"enum", json_words(names_of(operation_keys()))}}));
  for (const auto& helper : catalog.all()) definitions.append(helper->name, call_schema(*helper));
  Map document = schema_document("Espresso: stages",
                                 "A stage file, with the helpers and components that were known "
                                 "when 'espresso schema stages' wrote this.");
  for (const auto& [key, value] : object_of(stage_file_keys(), "")) {
    if (key != "description") document.append(key, value);
  }
  document.append("definitions", definitions);
  return document;
}

}  // namespace espresso

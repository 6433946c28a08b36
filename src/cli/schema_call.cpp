#include "cli/schema.h"
#include "core/text.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace espresso {

namespace {

constexpr std::string_view expression = R"(\{\{)";
const std::vector<std::string> scalar = {"string", "number", "boolean"};

// A text of this shape, or one with an expression in it, whose value is known later.
Value shape_or_expression(std::string_view shape) { return fmt::format("{}|{}", shape, expression); }

// As binding takes them (parameter.cpp): a text may stand for a number, since expressions give texts.
Map of_type(ParameterType type) {
  const auto typed = [](std::vector<std::string> types, std::string_view shape) {
    return json_of({{"type", json_words(types)}, {"pattern", shape_or_expression(shape)}});
  };
  switch (type) {
    case ParameterType::path:
      return typed({"string"}, "^/");
    case ParameterType::mode: {
      Map mode = typed({"string", "integer"}, "^0?[0-7]{1,4}$");
      mode.set("minimum", 0);
      mode.set("maximum", 7777);
      return mode;
    }
    case ParameterType::integer:
      return typed({"integer", "string"}, "^-?[0-9]+$");
    case ParameterType::boolean:
      return typed({"boolean", "string"}, "^(true|false)$");
    case ParameterType::duration: {
      Map duration = typed({"string", "number"}, R"(^\s*[0-9][0-9.]*\s*$|^(\s*[0-9][0-9.]*(ms|s|min|m|h|d))+\s*$)");
      duration.set("minimum", 0);
      return duration;
    }
    case ParameterType::size: {
      Map size = typed({"integer", "number", "string"}, R"(^\s*[0-9][0-9.]*\s*([kKmMgGtT]?([iI]?[bB])?)\s*$)");
      size.set("minimum", 0);
      return size;
    }
    case ParameterType::list:
      return json_of({{"type", json_words({"array", "string", "number", "boolean"})},
                      {"items", json_of({{"type", json_words(scalar)}})}});
    case ParameterType::map:
      return json_of({{"type", json_words({"object", "string"})},
                      {"additionalProperties", json_of({{"type", json_words(scalar)}})},
                      {"propertyNames", json_of({{"pattern", "^[^=]+$"}})},
                      {"pattern", expression}});
    case ParameterType::source:
    case ParameterType::template_:
    case ParameterType::tree:
      return json_of({{"type", "string"}, {"minLength", 1}});
    case ParameterType::destination:
      return typed({"string"}, R"((^|/)(?!\.\.?$)[^/]+$)");
    case ParameterType::conditions:
      return json_of({{"type", json_words({"string", "boolean", "array"})},
                      {"items", json_of({{"type", json_words({"string", "boolean"})}})}});
    case ParameterType::string:
    case ParameterType::content:
      break;
  }
  return json_of({{"type", json_words(scalar)}});
}

// The words themselves, and what is written like a number or a truth value when it is not quoted.
List allowed(const std::vector<std::string>& texts) {
  List values;
  for (const auto& text : texts) {
    values.emplace_back(text);
    Diagnostics none;
    const auto source = std::make_shared<Source>(Source{"", text});
    if (const Value value = value_of(parse_yaml(source, none), none); value.is_bool() || value.is_number())
      values.push_back(value);
  }
  return values;
}

List types_of(const Map& one) {
  const Value* type = one.find("type");
  if (!type) return {};
  return type->is_list() ? type->as_list() : List{*type};
}

void allow(Map& one, std::string_view type) {
  if (!one.contains("type")) {
    one.find("anyOf")->edit_list().push_back(json_of({{"type", type}}));
    return;
  }
  List types = types_of(one);
  types.emplace_back(type);
  one.set("type", types);
}

Value one_of_words(const Parameter& parameter) {
  const Value words = json_of({{"enum", allowed(parameter.one_of)}});
  const Value computed = json_of({{"type", "string"}, {"pattern", expression}});
  List forms = {words, computed};
  if (parameter.type == ParameterType::list)
    forms.push_back(json_of({{"type", "array"}, {"items", json_of({{"anyOf", List{words, computed}}})}}));
  return forms;
}

std::set<std::pair<std::string, std::string>> not_together(const Helper& helper) {
  std::vector<std::vector<std::string>> sets = helper.one_of;
  std::vector<std::string> contents;  // a file has one content, whichever way it is given
  for (const auto& parameter : helper.parameters) {
    if (is_content(parameter.type) && !helper.component) contents.push_back(parameter.name);
  }
  sets.push_back(contents);
  std::set<std::pair<std::string, std::string>> pairs;
  for (const auto& set : sets) {
    for (std::size_t a = 0; a < set.size(); ++a)
      for (std::size_t b = a + 1; b < set.size(); ++b) pairs.insert(std::minmax(set[a], set[b]));
  }
  return pairs;
}

Map arguments(const Helper& helper) {
  Map properties;
  std::vector<std::string> required;
  for (const auto& parameter : helper.parameters) {
    Map one = parameter_schema(parameter);
    if (parameter.required) required.push_back(parameter.name);
    // As if it were not given. Conditions take no null.
    if (!parameter.required && parameter.type != ParameterType::conditions) allow(one, "null");
    properties.append(parameter.name, one);
  }
  Map object = json_of({{"type", "object"}, {"properties", properties}, {"additionalProperties", false}});
  if (!required.empty()) object.set("required", json_words(required));
  List refused;
  for (const auto& [a, b] : not_together(helper))
    refused.push_back(json_of({{"not", json_of({{"required", json_words({a, b})}})}}));
  if (!refused.empty()) object.set("allOf", refused);
  return object;
}

// Of its main parameter, where that is enough. Empty: it has none such.
Map shorthand(const Helper& helper) {
  const Parameter* main = helper.find(helper.main);
  const bool needs_more = std::any_of(helper.parameters.begin(), helper.parameters.end(),
                                      [&](const Parameter& one) { return one.required && one.name != helper.main; });
  if (!main || needs_more) return {};
  Map one = parameter_schema(*main);
  if (List types = types_of(one); !types.empty()) {
    // A mapping names parameters.
    std::erase(types, Value("object"));
    one.set("type", types);
    one.erase("additionalProperties");
    one.erase("propertyNames");
  }
  return one;
}

}  // namespace

Map parameter_schema(const Parameter& parameter) {
  Map one;
  if (!parameter.doc.empty()) one.set("description", parameter.doc);
  if (parameter.one_of.empty()) {
    for (const auto& [key, value] : of_type(parameter.type)) one.set(key, value);
  } else {
    one.set("anyOf", one_of_words(parameter));
  }
  if (parameter.default_value) one.set("default", *parameter.default_value);
  return one;
}

Map call_schema(const Helper& helper) {
  std::string doc = helper.summary + (helper.doc.empty() ? "" : "\n\n" + helper.doc);
  for (const auto& example : helper.examples) doc += fmt::format("\n\n# {}\n{}", example.doc, example.yaml);
  List forms = {arguments(helper)};
  if (const Map main = shorthand(helper); !main.empty()) forms.push_back(main);
  const bool needs_none = std::none_of(helper.parameters.begin(), helper.parameters.end(),
                                       [](const Parameter& one) { return one.required; });
  if (needs_none) forms.push_back(json_of({{"type", "null"}}));
  Map call;
  if (!doc.empty()) call.set("description", doc);
  if (forms.size() == 1) {
    for (const auto& [key, value] : forms.front().as_map()) call.set(key, value);
  } else {
    call.set("anyOf", forms);
  }
  return call;
}

}  // namespace espresso

#include "cli/schema.h"

namespace espresso {

Map json_of(std::initializer_list<std::pair<std::string_view, Value>> entries) {
  Map map;
  for (const auto& [key, value] : entries) map.append(std::string(key), value);
  return map;
}

Value json_words(const std::vector<std::string>& texts) { return List(texts.begin(), texts.end()); }

Value schema_reference(std::string_view definition) {
  return json_of({{"$ref", "#/definitions/" + std::string(definition)}});
}

Map schema_document(std::string_view title, std::string_view description) {
  return json_of(
      {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}, {"description", description}});
}

}  // namespace espresso

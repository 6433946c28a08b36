#pragma once

#include "helpers/catalog.h"
#include "model/value.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espresso {

/// JSON Schemas (draft-07) of the user's files, for editors and validators. What Espresso accepts fits them; a wrong
/// key, a missing parameter or a value of the wrong kind does not. The same texts as of `espresso doc` explain them.

/// Of a stage file, with the helpers and components that there are.
Value stage_schema(const Catalog& catalog);
/// Of an inventory in YAML.
Value inventory_schema();
/// Of config/NAMESPACE.yaml and what lies over it: what is there has the kind that it has.
Value configuration_schema(std::string_view name, const Value& settings);

// The pieces that they are made of.

/// A mapping of these entries.
Map json_of(std::initializer_list<std::pair<std::string_view, Value>> entries);
Value json_words(const std::vector<std::string>& texts);
Value schema_reference(std::string_view definition);
/// The head of a schema, before its other keywords.
Map schema_document(std::string_view title, std::string_view description);

/// What a parameter takes; an expression may stand for each.
Map parameter_schema(const Parameter& parameter);
/// A call of a helper: its arguments by name, the main one alone, or none.
Map call_schema(const Helper& helper);

}  // namespace espresso

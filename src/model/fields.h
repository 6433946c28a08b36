#pragma once

#include "core/diagnostic.h"
#include "model/yaml.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

// What readers of our own YAML files share: parts of a mapping, each of the kind its key takes.

/// A text with its place.
struct Text {
  std::string text;
  Span span;
};

/// The place of a scalar's text itself, inside its quotes where that is possible.
Span text_span(const Node& scalar);

/// Tells the mistake and returns nothing when the node is no text. `takes` ends "'requires' takes …".
std::optional<Text> read_text(std::string_view key, const Node& node, std::string_view takes, Diagnostics& diagnostics);
/// A text, or a list of them.
std::vector<Text> read_texts(std::string_view key, const Node& node, std::string_view takes, Diagnostics& diagnostics);
/// true or false, as YAML 1.2 writes them.
bool read_boolean(std::string_view key, const Node& node, Diagnostics& diagnostics);

/// "'key' takes …, not …"
void wrong_kind(std::string_view key, const Node& node, std::string_view takes, Diagnostics& diagnostics);
/// "unknown key 'x'", with the nearest one.
void unknown_key(const Node& key, const std::vector<std::string>& known, Diagnostics& diagnostics);

}  // namespace espresso

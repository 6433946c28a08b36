#pragma once

#include "core/diagnostic.h"
#include "model/yaml.h"

#include <memory>

namespace espresso {

/// Reads one JSON text (RFC 8259) as parse_yaml reads YAML: every node knows its place. Much faster, and right where
/// JSON is no YAML ("\ud83d\ude00", tabs). A key written twice is a mistake. Throws Mistakes when the text is no JSON
/// at all.
Node parse_json_nodes(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

}  // namespace espresso

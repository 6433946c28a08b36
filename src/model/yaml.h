#pragma once

#include "core/diagnostic.h"
#include "model/value.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// A YAML document as it was written: every node knows its place. The only door to yaml-cpp.
struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  std::string text;      ///< of a scalar, unescaped
  bool quoted = false;   ///< '…', "…" or a block scalar: always a string
  std::string tag = {};  ///< "!secret" as written, else empty
  std::vector<Node> items;
  std::vector<Entry> entries;
  Span span;
  /// Where `text` starts in the source when it stands there unchanged on one line (plain or quoted without escapes),
  /// so that a place within the text is a place within the source; 0 otherwise.
  std::size_t text_column = 0;

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  const Node* find(std::string_view key) const;
  /// "null", "a string", "a list", …: for messages.
  std::string_view describe() const;
};

struct Node::Entry {
  Node key;
  Node value;
};

/// The tag of a scalar that is a secret: as it is written, and when its text is what it stands for (yaml_file.h).
constexpr std::string_view secret_tag = "!secret";

/// Reads one YAML document. Syntax errors and keys written twice are mistakes with their place (both places).
/// Anchors, aliases and `<<` merge keys work; depth and the number of nodes that aliases expand to are bounded.
/// Throws Mistakes when the text is no YAML at all; adds lesser mistakes to `diagnostics`.
Node parse_yaml(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

/// The node as a value: YAML 1.2 core schema types for plain scalars, except that digits with a leading zero
/// (0644, 007) stay strings, and yes/no/on/off are strings too. A secret is a
/// string. Other custom tags are mistakes.
Value value_of(const Node& node, Diagnostics& diagnostics);

/// Writes a value as YAML that parse_yaml reads back to the same value. Ends in a newline.
std::string render_yaml(const Value& value);

}  // namespace espresso

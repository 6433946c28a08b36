#include "model/fields.h"

#include <fmt/format.h>

namespace espresso {

Span text_span(const Node& scalar) {
  Span span = scalar.span;
  if (scalar.text_column == 0) return span;
  span.column = scalar.text_column;
  span.length = scalar.text.size();
  return span;
}

void wrong_kind(std::string_view key, const Node& node, std::string_view takes, Diagnostics& diagnostics) {
  const std::string what = node.is_scalar() ? fmt::format("'{}'", node.text) : std::string(node.describe());
  diagnostics.add(node.span, fmt::format("'{}' takes {}, not {}", key, takes, what));
}

void unknown_key(const Node& key, const std::vector<std::string>& known, Diagnostics& diagnostics) {
  diagnostics.add(key.span, fmt::format("unknown key '{}'", key.text), did_you_mean(key.text, known));
}

std::optional<Text> read_text(std::string_view key, const Node& node, std::string_view takes,
                              Diagnostics& diagnostics) {
  if (node.is_scalar() && !node.text.empty()) return Text{node.text, text_span(node)};
  wrong_kind(key, node, takes, diagnostics);
  return std::nullopt;
}

std::vector<Text> read_texts(std::string_view key, const Node& node, std::string_view takes, Diagnostics& diagnostics) {
  std::vector<Text> texts;
  const auto add = [&](const Node& item) {
    if (auto text = read_text(key, item, takes, diagnostics)) texts.push_back(std::move(*text));
  };
  if (node.is_list()) {
    for (const auto& item : node.items) add(item);
  } else {
    add(node);
  }
  return texts;
}

bool read_boolean(std::string_view key, const Node& node, Diagnostics& diagnostics) {
  const bool is_boolean = node.is_scalar() && !node.quoted && (node.text == "true" || node.text == "false");
  if (!is_boolean) wrong_kind(key, node, "true or false", diagnostics);
  return is_boolean && node.text == "true";
}

}  // namespace espresso

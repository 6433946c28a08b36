#include "model/expression.h"

#include "core/text.h"
#include "model/lua_computed.h"
#include "model/lua_parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

// To find the place of each means to look at all of the text.
constexpr std::size_t most_expressions = 2000;

// Where `text` of a scalar stands in the source.
Span place_of_text(const Node& node, std::size_t offset, std::size_t length) {
  if (node.text_column == 0) return place_in(node.text, node.span, offset, length);
  return {node.span.source, node.span.line, node.text_column + offset, length};
}

}  // namespace

Expression Expression::parse(std::string text, Span span, Diagnostics& diagnostics) {
  auto chunk = std::make_shared<LuaChunk>();
  chunk->text = std::move(text);
  chunk->span = std::move(span);
  try {
    translate_expression(*chunk);
  } catch (const SyntaxMistake& mistake) {
    diagnostics.add(chunk->place({.offset = mistake.offset, .length = mistake.length}), mistake.message, mistake.hint);
  }
  Expression expression;
  expression.compiled_ = std::move(chunk);
  return expression;
}

const std::string& Expression::text() const { return compiled_->text; }
const Span& Expression::span() const { return compiled_->span; }
bool Expression::mentions(std::string_view name) const { return compiled_->mentions_name(name); }
void Expression::collect(std::string_view name, Mentions& into) const { compiled_->collect(name, into); }

std::shared_ptr<const Computed::Data> Computed::parse_pieces(const std::string& text, const Span& span,
                                                             const Node* node, Diagnostics& diagnostics) {
  auto data = std::make_shared<Data>();
  data->span = span;
  data->text = text;
  const auto place = [&](std::size_t offset, std::size_t length) {
    return node ? place_of_text(*node, offset, length) : place_in(text, span, offset, length);
  };
  std::size_t at = 0, count = 0;
  for (std::size_t opening; (opening = text.find("{{", at)) != std::string::npos;) {
    if (++count > most_expressions) {
      diagnostics.add(place(opening, 2), fmt::format("more than {} expressions in one text", most_expressions),
                      "put the text into a file, as a template");
      return data;
    }
    if (opening > at) data->pieces.push_back({.literal = text.substr(at, opening - at)});
    Token token;
    try {
      Lexer lexer(text, opening + 2, Lexer::Closer::braces);
      do {
        token = lexer.next();
      } while (token.kind != Token::Kind::end);
    } catch (const SyntaxMistake& mistake) {
      if (text.find("}}", opening) == std::string::npos) {
        diagnostics.add(place(opening, 2), "this '{{' is never closed", "add '}}'");
      } else {
        diagnostics.add(place(mistake.offset, mistake.length), mistake.message, mistake.hint);
      }
      return data;
    }
    const std::string_view inside = std::string_view(text).substr(opening + 2, token.offset - opening - 2);
    const std::string_view expression = trim(inside);
    const auto offset = expression.empty() ? opening : static_cast<std::size_t>(expression.data() - text.data());
    if (expression.empty()) {
      diagnostics.add(place(opening, 2), "there is no expression between '{{' and '}}'");
    } else {
      data->pieces.push_back(
          {.expression = Expression::parse(std::string(expression), place(offset, expression.size()), diagnostics)});
    }
    at = token.offset + token.length;
  }
  if (at < text.size()) data->pieces.push_back({.literal = text.substr(at)});
  data->kind = Data::Kind::text;
  return data;
}

Computed::Computed() : data_(std::make_shared<Data>()) {}

Computed Computed::constant(Value value, Span span) {
  auto data = std::make_shared<Data>();
  data->span = std::move(span);
  data->text = value.is_list() || value.is_map() ? to_json(value)
               : value.is_item()                 ? value.as_item()->name
                                                 : value.to_text();
  data->value = std::move(value);
  return Computed(std::move(data));
}

Computed Computed::parse_text(std::string text, Span span, Diagnostics& diagnostics) {
  if (text.find("{{") == std::string::npos) return constant(std::move(text), std::move(span));
  return Computed(parse_pieces(text, span, nullptr, diagnostics));
}

Computed Computed::parse(const Node& node, Diagnostics& diagnostics) {
  if (node.is_scalar() && node.tag != secret_tag && node.text.find("{{") != std::string::npos) {
    return Computed(parse_pieces(node.text, node.span, &node, diagnostics));
  }
  if (!node.is_list() && !node.is_map()) return constant(value_of(node, diagnostics), node.span);
  auto data = std::make_shared<Data>();
  data->span = node.span;
  std::vector<std::string> words;
  for (const auto& item : node.items) {
    data->items.push_back(parse(item, diagnostics));
    words.push_back(data->items.back().text());
  }
  for (const auto& entry : node.entries) {
    data->entries.emplace_back(entry.key.text, parse(entry.value, diagnostics));
    words.push_back(entry.key.text + ": " + data->entries.back().second.text());
  }
  data->kind = node.is_list() ? Data::Kind::list : Data::Kind::map;
  data->text = (node.is_list() ? "[" : "{") + join(words, ", ") + (node.is_list() ? "]" : "}");
  Computed computed(std::move(data));
  if (!computed.is_constant()) return computed;
  return constant_of(computed);
}

// A list or mapping without any `{{ }}` is made once, not for each host.
Computed Computed::constant_of(const Computed& computed) {
  auto data = std::make_shared<Data>();
  data->span = computed.data_->span;
  data->text = computed.data_->text;
  if (computed.data_->kind == Data::Kind::list) {
    List list;
    for (const auto& item : computed.data_->items) list.push_back(item.data_->value);
    data->value = std::move(list);
  } else {
    Map map;
    for (const auto& [key, value] : computed.data_->entries) map.set(key, value.data_->value);
    data->value = std::move(map);
  }
  return Computed(std::move(data));
}

bool Computed::is_constant() const {
  const auto constant = [](const Computed& part) { return part.is_constant(); };
  switch (data_->kind) {
    case Data::Kind::constant:
      return true;
    case Data::Kind::text:
      return false;
    case Data::Kind::list:
      return std::all_of(data_->items.begin(), data_->items.end(), constant);
    case Data::Kind::map:
      break;
  }
  return std::all_of(data_->entries.begin(), data_->entries.end(),
                     [&](const auto& entry) { return constant(entry.second); });
}

bool Computed::mentions(std::string_view name) const {
  return std::any_of(data_->pieces.begin(), data_->pieces.end(),
                     [&](const auto& piece) { return piece.expression && piece.expression->mentions(name); }) ||
         std::any_of(data_->items.begin(), data_->items.end(), [&](const auto& item) { return item.mentions(name); }) ||
         std::any_of(data_->entries.begin(), data_->entries.end(),
                     [&](const auto& entry) { return entry.second.mentions(name); });
}

void Computed::collect(std::string_view name, Mentions& into) const {
  for (const auto& piece : data_->pieces) {
    if (piece.expression) piece.expression->collect(name, into);
  }
  for (const auto& item : data_->items) item.collect(name, into);
  for (const auto& entry : data_->entries) entry.second.collect(name, into);
}

const Span& Computed::span() const { return data_->span; }
std::string Computed::text() const { return data_->text; }

}  // namespace espresso

#include "helpers/typed_call.h"

#include "model/yaml.h"

#include <filesystem>
#include <utility>

namespace espresso {

namespace {

// As it would stand in a stage file: texts quoted, so that "644" stays a text.
Node node_of(const Value& value, const Span& span) {
  Node node;
  node.span = span;
  if (value.is_null()) return node;
  if (value.is_list()) {
    node.kind = Node::Kind::list;
    for (const auto& item : value.as_list()) node.items.push_back(node_of(item, span));
  } else if (value.is_map()) {
    node.kind = Node::Kind::map;
    for (const auto& [key, item] : value.as_map()) node.entries.push_back({node_of(key, span), node_of(item, span)});
  } else {
    node.kind = Node::Kind::scalar;
    node.text = value.to_text();
    node.quoted = value.is_string();
  }
  return node;
}

// The source is not at hand where the program runs: its place is told, its line is not shown.
Span span_of(const std::source_location& place) {
  const std::string file = std::filesystem::path(place.file_name()).filename().string();
  return {.source = std::make_shared<Source>(Source{file + ":" + std::to_string(place.line()), {}})};
}

}  // namespace

TypedCall::TypedCall(std::string helper, const std::source_location& place) : call_(std::make_shared<Call>()) {
  call_->helper = std::move(helper);
  call_->span = span_of(place);
}

void TypedCall::give_value(const char* parameter, const Value& value) {
  Computed computed = value.is_string() ? Computed::parse_text(value.as_string(), call_->span, diagnostics_)
                                        : Computed::parse(node_of(value, call_->span), diagnostics_);
  call_->arguments.push_back({.name = parameter, .name_span = call_->span, .value = std::move(computed)});
}

void TypedCall::give(const char* parameter, const std::string& text) {
  if (!text.empty()) give_value(parameter, text);
}

void TypedCall::give(const char* parameter, const std::vector<std::string>& texts) {
  if (!texts.empty()) give_list(parameter, texts);
}

void TypedCall::give_list(const char* parameter, const std::vector<std::string>& texts) {
  give_value(parameter, List(texts.begin(), texts.end()));
}

void TypedCall::give(const char* parameter, const std::map<std::string, std::string>& texts) {
  Map map;
  for (const auto& [key, text] : texts) map.set(key, text);
  if (!map.empty()) give_value(parameter, std::move(map));
}

void TypedCall::give(const char* parameter, const std::optional<std::string>& text) {
  if (text) give_value(parameter, *text);
}

void TypedCall::give(const char* parameter, const std::optional<bool>& value) {
  if (value) give_value(parameter, *value);
}

void TypedCall::give(const char* parameter, const std::optional<std::int64_t>& value) {
  if (value) give_value(parameter, *value);
}

void TypedCall::give(const char* parameter, const std::optional<std::chrono::seconds>& value) {
  if (value) give_value(parameter, static_cast<std::int64_t>(value->count()));
}

void TypedCall::add_to(Plan& plan, const CallOptions& options) {
  call_->name = options.name;
  if (!options.name.empty()) call_->title = Computed::parse_text(options.name, call_->span, diagnostics_);
  if (!options.when.empty()) call_->when = Expression::parse(options.when, call_->span, diagnostics_);
  if (!options.for_each.is_null())
    call_->for_each = Computed::parse(node_of(options.for_each, call_->span), diagnostics_);
  call_->register_as = options.register_as;
  if (!options.as.empty()) call_->as = Computed::parse_text(options.as, call_->span, diagnostics_);
  if (!options.delegate.empty()) call_->delegate = Computed::parse_text(options.delegate, call_->span, diagnostics_);
  call_->tags = options.tags;
  call_->ignore_errors = options.ignore_errors;
  call_->sensitive = options.sensitive;
  call_->timeout = options.timeout;
  if (options.retries || !options.until.empty()) {
    Retry& retry = call_->retry.emplace();
    retry.retries = options.retries;
    retry.delay = options.delay.value_or(retry.delay);
    if (!options.until.empty()) retry.until = Expression::parse(options.until, call_->span, diagnostics_);
  }
  diagnostics_.throw_if_any();
  plan.add(call_);
}

}  // namespace espresso

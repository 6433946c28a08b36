#include "model/call_file.h"

#include "core/text.h"
#include "model/fields.h"
#include "model/keys.h"
#include "model/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace espresso {

namespace {

bool is_identifier(std::string_view text) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), is_word);
}

// Names that expressions give another meaning: what every scope holds, and the words of Lua (5.4, 3.1).
bool is_reserved(std::string_view name) {
  static const std::vector<std::string_view> reserved = {
      "host", "facts", "config", "storage", "item",   "groups", "group", "params", "signal",   "failed_operation",
      "and",  "break", "do",     "else",    "elseif", "end",    "false", "for",    "function", "goto",
      "if",   "in",    "is",     "local",   "nil",    "not",    "or",    "repeat", "return",   "then",
      "true", "until", "while"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

std::optional<Expression> read_condition(std::string_view key, const Node& node, Diagnostics& diagnostics) {
  const auto text = read_text(key, node, "an expression", diagnostics);
  if (!text) return std::nullopt;
  if (trim(text->text).starts_with("{{")) {
    diagnostics.add(text->span, fmt::format("'{}' takes a bare expression", key), "leave out '{{' and '}}'");
    return std::nullopt;
  }
  return Expression::parse(text->text, text->span, diagnostics);
}

std::string read_register(const Node& node, Diagnostics& diagnostics) {
  constexpr std::string_view takes = "a name such as 'result'";
  const auto text = read_text("register", node, takes, diagnostics);
  if (!text) return {};
  if (!is_identifier(text->text)) {
    wrong_kind("register", node, takes, diagnostics);
    return {};
  }
  if (is_reserved(text->text)) {
    diagnostics.add(text->span, fmt::format("'{}' already means something in expressions", text->text),
                    "choose another name for the result");
    return {};
  }
  return text->text;
}

constexpr std::size_t most_retries = 1'000'000;

std::optional<std::size_t> read_retries(const Node& node, Diagnostics& diagnostics) {
  std::size_t number = 0;
  const char* end = node.text.data() + node.text.size();
  if (node.is_scalar() && !node.quoted && !node.text.empty()) {
    const auto [rest, error] = std::from_chars(node.text.data(), end, number);
    if (rest == end && error == std::errc() && number <= most_retries) return number;
  }
  wrong_kind("retries", node, fmt::format("a whole number from 0 to {}", most_retries), diagnostics);
  return std::nullopt;
}

std::chrono::milliseconds read_delay(const Node& node, Diagnostics& diagnostics) {
  const auto duration = node.is_scalar() ? parse_duration(node.text) : std::nullopt;
  if (!duration) wrong_kind("delay", node, "a duration such as 5s or 1m", diagnostics);
  return duration.value_or(Retry().delay);
}

bool is_of_retry(std::string_view key) { return key == "retries" || key == "delay" || key == "until"; }

void read_retry(Call& call, const Node::Entry& entry, Diagnostics& diagnostics) {
  if (!call.retry) call.retry.emplace();
  if (entry.key.text == "retries")
    call.retry->retries = read_retries(entry.value, diagnostics);
  else if (entry.key.text == "delay")
    call.retry->delay = read_delay(entry.value, diagnostics);
  else
    call.retry->until = read_condition("until", entry.value, diagnostics);
}

// Nothing is tried again for a delay alone.
void check_delay(const Node& item, Diagnostics& diagnostics) {
  const Node* delay = nullptr;
  for (const auto& [key, value] : item.entries) {
    if (key.text == "retries" || key.text == "until") return;
    if (key.text == "delay") delay = &key;
  }
  if (delay) diagnostics.add(delay->span, "'delay' is of use only where something is tried again", "add 'retries: 3'");
}

std::optional<Computed> read_user(const Node& node, Diagnostics& diagnostics) {
  constexpr std::string_view takes = "the name of a user";
  const auto text = read_text("as", node, takes, diagnostics);
  if (!text) return std::nullopt;
  if (is_user_name(text->text)) return Computed::parse(node, diagnostics);
  wrong_kind("as", node, takes, diagnostics);
  return std::nullopt;
}

void read_key(Call& call, const Node::Entry& entry, Diagnostics& diagnostics) {
  const auto& [key, value] = entry;
  if (key.text == "name") {
    if (auto text = read_text("name", value, "a text", diagnostics)) {
      call.name = std::move(text->text);
      call.title = Computed::parse(value, diagnostics);
    }
  } else if (key.text == "when") {
    call.when = read_condition("when", value, diagnostics);
  } else if (key.text == "for_each") {
    if (value.is_list() || value.is_scalar())
      call.for_each = Computed::parse(value, diagnostics);
    else
      wrong_kind("for_each", value, "a list", diagnostics);
  } else if (key.text == "register") {
    call.register_as = read_register(value, diagnostics);
  } else if (key.text == "signal") {
    call.signals = read_signals("signal", value, diagnostics);
  } else if (key.text == "tags") {
    call.tags = read_tags(value, diagnostics);
  } else if (key.text == "ignore_errors") {
    call.ignore_errors = read_boolean("ignore_errors", value, diagnostics);
  } else if (key.text == "as") {
    call.as = read_user(value, diagnostics);
  } else if (key.text == "delegate") {
    if (read_text("delegate", value, "the name of a host", diagnostics))
      call.delegate = Computed::parse(value, diagnostics);
  } else if (is_of_retry(key.text)) {
    read_retry(call, entry, diagnostics);
  } else if (key.text == "sensitive") {
    call.sensitive = read_boolean("sensitive", value, diagnostics);
  } else {
    call.timeout = read_timeout(value, diagnostics);
  }
}

std::vector<Argument> read_arguments(const Node& node, Diagnostics& diagnostics) {
  std::vector<Argument> arguments;
  if (node.is_null()) return arguments;
  if (!node.is_map()) return {{.name = {}, .name_span = node.span, .value = Computed::parse(node, diagnostics)}};
  for (const auto& [key, value] : node.entries) {
    arguments.push_back({.name = key.text, .name_span = key.span, .value = Computed::parse(value, diagnostics)});
  }
  return arguments;
}

}  // namespace

bool is_user_name(std::string_view text) {
  return !text.empty() && text.front() != ' ' &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
}

bool is_signal_name(std::string_view text) {
  const auto is_part = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_.-").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_part);
}

std::vector<SignalName> read_signals(std::string_view key, const Node& node, Diagnostics& diagnostics) {
  std::vector<SignalName> signals;
  for (auto& text : read_texts(key, node, "names of signals", diagnostics)) {
    if (is_signal_name(text.text))
      signals.push_back({.name = std::move(text.text), .span = std::move(text.span)});
    else
      diagnostics.add(text.span, fmt::format("'{}' cannot be the name of a signal", text.text),
                      "choose one of letters, digits, '_', '-' and '.'");
  }
  return signals;
}

std::optional<std::chrono::milliseconds> read_timeout(const Node& node, Diagnostics& diagnostics) {
  const auto duration = node.is_scalar() ? parse_duration(node.text) : std::nullopt;
  if (duration && duration->count() > 0) return duration;
  wrong_kind("timeout", node, "a duration such as 30s or 5m", diagnostics);
  return std::nullopt;
}

std::shared_ptr<const Call> read_call(const Node& item, Diagnostics& diagnostics) {
  static const std::vector<std::string> call_keys = names_of(operation_keys());
  auto call = std::make_shared<Call>();
  if (item.is_scalar() && !item.text.empty()) {
    call->helper = item.text;
    call->span = item.span;
    return call;
  }
  if (!item.is_map()) {
    diagnostics.add(item.span, fmt::format("an operation is a helper with its arguments, not {}", item.describe()));
    return nullptr;
  }
  const Node* helper = nullptr;
  bool has_unknown_key = false;
  for (const auto& entry : item.entries) {
    const std::string& key = entry.key.text;
    if (std::find(call_keys.begin(), call_keys.end(), key) != call_keys.end()) {
      read_key(*call, entry, diagnostics);
    } else if (key.find('.') == std::string::npos) {
      unknown_key(entry.key, call_keys, diagnostics);
      has_unknown_key = true;
    } else if (helper) {
      diagnostics.add({.span = entry.key.span,
                       .message = fmt::format("two helpers in one operation: '{}' and '{}'", helper->text, key),
                       .hint = "begin each operation with '- '",
                       .notes = {{helper->span, "the first one"}}});
    } else {
      helper = &entry.key;
      call->helper = key;
      call->span = entry.key.span;
      call->arguments = read_arguments(entry.value, diagnostics);
    }
  }
  check_delay(item, diagnostics);
  if (helper) return call;
  // An unknown key may well have been meant as the helper: one mistake, not two.
  if (!has_unknown_key) {
    diagnostics.add(item.span, "this operation names no helper",
                    "add one, such as 'fs.ensure_file: {path: /etc/motd}'");
  }
  return nullptr;
}

}  // namespace espresso

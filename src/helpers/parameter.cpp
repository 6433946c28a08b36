#include "helpers/parameter.h"

#include "core/secrets.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace espresso {

namespace {

struct TypeName {
  ParameterType type;
  std::string_view word;
  std::string_view takes;
};
constexpr std::array<TypeName, 15> type_names = {{
    {ParameterType::string, "string", "a text"},
    {ParameterType::path, "path", "an absolute path"},
    {ParameterType::mode, "mode", "permission bits such as 0644"},
    {ParameterType::integer, "integer", "a whole number"},
    {ParameterType::boolean, "boolean", "true or false"},
    {ParameterType::duration, "duration", "a duration such as 90s or 5m"},
    {ParameterType::size, "size", "a size such as 512 or 10M"},
    {ParameterType::list, "list", "a list of texts"},
    {ParameterType::map, "map", "a mapping of names to texts"},
    {ParameterType::content, "content", "text or the content of a storage"},
    {ParameterType::source, "source", "the name of something in a storage"},
    {ParameterType::template_, "template", "the name of a template in a storage"},
    {ParameterType::tree, "tree", "the name of a folder in a storage"},
    {ParameterType::destination, "destination", "the name of a file on the workstation"},
    {ParameterType::conditions, "conditions", "expressions that are true or false"},
}};

const TypeName& type_name(ParameterType type) {
  return *std::find_if(type_names.begin(), type_names.end(), [&](const auto& entry) { return entry.type == type; });
}

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_name_of_file(std::string_view text) {
  const std::string_view name = text.substr(text.rfind('/') + 1);
  return !name.empty() && name != "." && name != "..";
}

std::optional<std::string> permission_bits(const Value& value) {
  if (!value.is_string() && !value.is_integer()) return std::nullopt;
  std::string digits = value.to_text();
  const bool is_octal = digits.find_first_not_of("01234567") == std::string::npos;
  if (digits.empty() || digits.size() > 5 || !is_octal) return std::nullopt;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return digits.size() <= 4 ? std::optional(digits) : std::nullopt;
}

std::optional<std::string> whole_number(const Value& value) {
  if (value.is_integer()) return std::to_string(value.as_integer());
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.as_string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(number);
}

std::optional<std::string> truth(const Value& value) {
  const std::string text = value.is_bool() || value.is_string() ? value.to_text() : std::string();
  return text == "true" || text == "false" ? std::optional(text) : std::nullopt;
}

std::optional<std::string> seconds(const Value& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  const auto duration = parse_duration(value.to_text());
  if (!duration) return std::nullopt;
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(*duration).count());
}

std::optional<std::string> bytes(const Value& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  const auto size = parse_size(value.to_text());
  return size ? std::optional(std::to_string(*size)) : std::nullopt;
}

std::optional<std::string> scalar(ParameterType type, const Value& value) {
  switch (type) {
    case ParameterType::path:
      return value.is_string() && value.as_string().starts_with('/') ? std::optional(value.as_string()) : std::nullopt;
    case ParameterType::destination:
      return value.is_string() && is_name_of_file(value.as_string()) ? std::optional(value.as_string()) : std::nullopt;
    case ParameterType::mode:
      return permission_bits(value);
    case ParameterType::integer:
      return whole_number(value);
    case ParameterType::boolean:
      return truth(value);
    case ParameterType::duration:
      return seconds(value);
    case ParameterType::size:
      return bytes(value);
    default:
      return value.is_scalar() || value.is_item() ? std::optional(value.to_text()) : std::nullopt;
  }
}

// The elements of a list, KEY=VALUE of a mapping; nothing when one of them is no text.
std::optional<std::vector<std::string>> words_of(ParameterType type, const Value& value) {
  std::vector<std::string> words;
  const auto is_text = [](const Value& item) { return item.is_scalar() && !item.is_null(); };
  if (type == ParameterType::map) {
    if (!value.is_map()) return std::nullopt;
    for (const auto& [key, item] : value.as_map()) {
      if (!is_text(item) || key.empty() || key.find('=') != std::string::npos) return std::nullopt;
      words.push_back(key + "=" + item.to_text());
    }
    return words;
  }
  if (is_text(value)) return std::vector<std::string>{value.to_text()};
  if (!value.is_list()) return std::nullopt;
  for (const auto& item : value.as_list()) {
    if (!is_text(item)) return std::nullopt;
    words.push_back(item.to_text());
  }
  return words;
}

std::string told(const Value& value) {
  if (value.is_list()) return "a list";
  if (value.is_map()) return "a mapping";
  if (value.is_item()) return fmt::format("the content of '{}'", value.as_item()->name);
  return value.is_null() ? "null" : fmt::format("'{}'", clip(known_secrets().mask(value.to_text()), 80));
}

void wrong_type(const Parameter& parameter, const Value& value, const Span& span, Diagnostics& diagnostics) {
  std::string what = told(value);
  // Of a list that has an element of the wrong kind, the element is told.
  if (parameter.type == ParameterType::list && value.is_list()) {
    for (const auto& item : value.as_list()) {
      if (!item.is_scalar() || item.is_null()) what = told(item) + " in it";
    }
  } else if (parameter.type == ParameterType::map && value.is_map()) {
    for (const auto& [key, item] : value.as_map()) {
      if (!item.is_scalar() || item.is_null())
        what = fmt::format("{} as '{}'", told(item), key);
      else if (key.empty() || key.find('=') != std::string::npos)
        what = fmt::format("the name '{}'", key);
    }
  }
  diagnostics.add(span, fmt::format("'{}' takes {}, not {}", parameter.name, type_name(parameter.type).takes, what));
}

bool is_allowed(const Parameter& parameter, const std::string& text, const Span& span, Diagnostics& diagnostics) {
  if (parameter.one_of.empty() ||
      std::find(parameter.one_of.begin(), parameter.one_of.end(), text) != parameter.one_of.end()) {
    return true;
  }
  std::vector<std::string> quoted;
  for (const auto& value : parameter.one_of) quoted.push_back("'" + value + "'");
  diagnostics.add(span, fmt::format("'{}' takes one of {}, not '{}'", parameter.name, enumerate(quoted), text),
                  did_you_mean(text, parameter.one_of));
  return false;
}

}  // namespace

std::string_view word(ParameterType type) { return type_name(type).word; }

std::optional<ParameterType> parse_parameter_type(std::string_view word) {
  for (const auto& entry : type_names) {
    if (entry.word == word) return entry.type;
  }
  return std::nullopt;
}

std::vector<std::string> parameter_type_words() {
  std::vector<std::string> words;
  for (const auto& entry : type_names) words.emplace_back(entry.word);
  return words;
}

std::string_view taken_by(ParameterType type) { return type_name(type).takes; }

bool is_content(ParameterType type) {
  return type == ParameterType::content || type == ParameterType::source || type == ParameterType::template_ ||
         type == ParameterType::tree;
}

std::string quote_words(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + quote(word);
  return text;
}

std::optional<ShellValue> convert(const Parameter& parameter, const Value& value, const Span& span,
                                  Diagnostics& diagnostics) {
  const auto fail = [&] {
    wrong_type(parameter, value, span, diagnostics);
    return std::nullopt;
  };
  if (is_content(parameter.type)) {
    const bool is_name = value.is_string() && !value.as_string().empty();
    const bool fits = parameter.type == ParameterType::content ? value.is_scalar() : is_name;
    if (!fits && !value.is_item()) return fail();
    std::string name = value.is_item() ? value.as_item()->name : value.to_text();
    return ShellValue{.text = parameter.type == ParameterType::source ? name : std::string(), .title = name};
  }
  ShellValue converted;
  if (parameter.type == ParameterType::list || parameter.type == ParameterType::map) {
    auto words = words_of(parameter.type, value);
    if (!words) return fail();
    for (const auto& text : *words) {
      if (parameter.type == ParameterType::list && !is_allowed(parameter, text, span, diagnostics)) return std::nullopt;
    }
    converted = {.text = quote_words(*words), .title = join(*words, " "), .words = std::move(*words)};
  } else {
    const auto text = scalar(parameter.type, value);
    if (!text) return fail();
    if (!is_allowed(parameter, *text, span, diagnostics)) return std::nullopt;
    converted = {.text = *text, .title = *text};
  }
  if (holds_nul(converted.text)) {
    diagnostics.add(span, fmt::format("'{}' holds a NUL byte, which no shell can take", parameter.name));
    return std::nullopt;
  }
  return converted;
}

}  // namespace espresso

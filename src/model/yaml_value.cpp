#include "model/yaml.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace espresso {

namespace {

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view digits = "0123456789";

std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?   (YAML 1.2.2, 10.3.2)
bool has_shape_of_number(std::string_view text) {
  if (const std::size_t exponent = text.find_first_of("eE"); exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!all_of(power, digits)) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return all_of(text, digits);
  const std::string_view whole = text.substr(0, point), fraction = text.substr(point + 1);
  if (whole.empty()) return all_of(fraction, digits);
  return all_of(whole, digits) && (fraction.empty() || all_of(fraction, digits));
}

std::optional<Value> parse_number(std::string_view text) {
  if (text.starts_with("0o")) {
    if (auto number = parse_integer(text.substr(2), 8); number && *number >= 0) return Value(*number);
    return std::nullopt;
  }
  if (text.starts_with("0x")) {
    if (auto number = parse_integer(text.substr(2), 16); number && *number >= 0) return Value(*number);
    return std::nullopt;
  }
  const bool negative = text.starts_with('-');
  const std::string_view size = negative || text.starts_with('+') ? text.substr(1) : text;
  if (size == ".inf" || size == ".Inf" || size == ".INF")
    return Value(negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity());
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return Value(std::numeric_limits<double>::quiet_NaN());
  if (!has_shape_of_number(size)) return std::nullopt;
  // 0644 is a mode, 007 an identifier: reading them as numbers would lose what was written.
  if (size.size() > 1 && size[0] == '0' && digits.find(size[1]) != std::string_view::npos) return std::nullopt;
  const std::string_view signed_text = negative ? text : size;
  if (all_of(size, digits)) {
    if (auto number = parse_integer(signed_text, 10)) return Value(*number);
    return std::nullopt;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(signed_text.data(), signed_text.data() + signed_text.size(), number);
  if (error != std::errc() || end != signed_text.data() + signed_text.size()) return std::nullopt;
  return Value(number);
}

Value plain_value(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text.empty() ||
      (text[0] != '+' && text[0] != '-' && text[0] != '.' && digits.find(text[0]) == std::string_view::npos))
    return text;
  if (auto number = parse_number(text)) return std::move(*number);
  return text;
}

Value tagged_value(const Node& node, Value value, Diagnostics& diagnostics) {
  const std::string& tag = node.tag;
  if (tag == secret_tag && node.is_scalar() && node.quoted) return value;
  const bool fits = tag == "!!str"     ? value.is_string()
                    : tag == "!!seq"   ? value.is_list()
                    : tag == "!!map"   ? value.is_map()
                    : tag == "!!int"   ? value.is_integer()
                    : tag == "!!float" ? value.is_number()
                    : tag == "!!bool"  ? value.is_bool()
                    : tag == "!!null"  ? value.is_null()
                                       : false;
  if (fits) return value;
  const std::vector<std::string> known = {"!!str", "!!seq", "!!map", "!!int", "!!float", "!!bool", "!!null"};
  if (tag == secret_tag || tag == "!vault" || tag == "!vault-encrypted")
    diagnostics.add(node.span, fmt::format("'{}' stands for a secret in files of yours only", tag),
                    "write the text itself");
  else if (std::find(known.begin(), known.end(), tag) == known.end())
    diagnostics.add(node.span, fmt::format("unknown tag '{}'", tag),
                    "remove it, or quote the text if it belongs to it");
  else
    diagnostics.add(node.span, fmt::format("the tag '{}' does not fit this {}", tag, value.kind()), "remove the tag");
  return value;
}

// ---- writing

bool reads_back_plain(const std::string& text) {
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/0123456789.";
  constexpr std::string_view inner = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/0123456789.-+@%=~,;()*<> ";
  if (text.empty() || first.find(text[0]) == std::string_view::npos || text.back() == ' ') return false;
  if (text == "null" || text == "Null" || text == "NULL" || text.starts_with("...")) return false;
  // Other readers of YAML (1.1) take these for numbers and booleans.
  constexpr std::string_view misread[] = {"yes", "no", "on", "off", "y", "n", "Yes", "No", "On", "Off", "Y", "N"};
  if (all_of(text, digits) || std::find(std::begin(misread), std::end(misread), text) != std::end(misread))
    return false;
  // In brackets a comma would end the text; we write block style only, but people copy lines.
  if (text.find(',') != std::string::npos) return false;
  return all_of(text, inner) && plain_value(text).is_string();
}

std::string double_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (code < 0x20 || code == 0x7f) {
      quoted += fmt::format("\\x{:02x}", code);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

bool fits_block(const std::string& text) {
  if (text.find('\n') == std::string::npos || text.find_first_of(" \t\n") == 0 || text.ends_with("\n\n")) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\n') || code == 0x7f;
  });
}

std::string block_text(const std::string& text, std::size_t indent) {
  std::string block = text.ends_with('\n') ? "|" : "|-";
  std::string_view rest = text;
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  for (const auto& line : split(rest, '\n')) block += "\n" + (line.empty() ? "" : std::string(indent, ' ') + line);
  return block;
}

std::string scalar_text(const Value& value, std::size_t indent) {
  if (value.is_null()) return "null";
  if (value.is_string()) {
    const std::string& text = value.as_string();
    if (reads_back_plain(text)) return text;
    return fits_block(text) ? block_text(text, indent) : double_quoted(text);
  }
  if (value.is_number() && !value.is_integer()) {
    const double number = value.as_number();
    if (std::isnan(number)) return ".nan";
    if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
  }
  return value.to_text();
}

std::string key_text(const std::string& key) { return reads_back_plain(key) ? key : double_quoted(key); }

// Writes after what is on the line already ("key:" or "-"), and ends the line.
void write(std::string& out, const Value& value, std::size_t indent, bool in_list) {
  const std::string margin(indent, ' ');
  if (value.is_list() && !value.as_list().empty()) {
    bool first = in_list;
    if (!first) out += "\n";
    for (const auto& item : value.as_list()) {
      out += (first ? " " : margin) + "-";
      first = false;
      write(out, item, indent + 2, true);
    }
  } else if (value.is_map() && !value.as_map().empty()) {
    bool first = in_list;
    if (!first) out += "\n";
    for (const auto& [key, item] : value.as_map()) {
      out += (first ? " " : margin) + key_text(key) + ":";
      first = false;
      write(out, item, indent + 2, false);
    }
  } else if (value.is_list()) {
    out += " []\n";
  } else if (value.is_map()) {
    out += " {}\n";
  } else if (value.is_item()) {
    out += " {storage: " + double_quoted(value.as_item()->name) + "}\n";
  } else {
    out += " " + scalar_text(value, std::max<std::size_t>(indent, 2)) + "\n";
  }
}

}  // namespace

Value value_of(const Node& node, Diagnostics& diagnostics) {
  Value value;
  if (node.is_scalar()) {
    value = node.quoted || node.tag == "!!str" ? Value(node.text) : plain_value(node.text);
  } else if (node.is_list()) {
    List list;
    list.reserve(node.items.size());
    for (const auto& item : node.items) list.push_back(value_of(item, diagnostics));
    value = std::move(list);
  } else if (node.is_map()) {
    Map map;
    // parse_yaml has dropped repeated keys.
    for (const auto& entry : node.entries) map.append(entry.key.text, value_of(entry.value, diagnostics));
    value = std::move(map);
  }
  if (!node.tag.empty()) return tagged_value(node, std::move(value), diagnostics);
  return value;
}

std::string render_yaml(const Value& value) {
  std::string out;
  write(out, value, 0, false);
  // What follows no key begins its line: without the newline or the blank before it.
  return out.substr(1);
}

}  // namespace espresso

#include "model/yaml_syntax.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace espresso {

namespace {

struct Explanation {
  std::string_view said;  ///< how the parser's message begins
  std::string_view message;
  std::string_view hint = {};
};

constexpr std::array explanations = {
    Explanation{"end of map flow not found", "this '{' mapping does not end",
                "close it with '}'; separate its entries with ','"},
    Explanation{"end of sequence flow not found", "this '[' list does not end",
                "close it with ']'; separate its items with ','"},
    Explanation{"end of map not found", "this line does not fit the mapping it stands in",
                "write 'key: value' and indent it like the keys beside it"},
    Explanation{"end of sequence not found", "this line does not fit the list it stands in",
                "begin it with '- ' and indent it like the items beside it"},
    Explanation{"illegal tab when looking for indentation", "a tab is used as indentation", "indent with spaces"},
    Explanation{"illegal map value", "a second ':' in one value", "quote the text if the ':' belongs to it"},
    Explanation{"illegal map key", "a key cannot stand here", "write it on a line of its own"},
    Explanation{"illegal block entry", "a list item cannot start here", "write '- ' on a line of its own"},
    Explanation{"illegal flow end", "a bracket closes what was not opened",
                "remove it, or quote the text it belongs to"},
    Explanation{"illegal EOF in scalar", "the quoted text that starts here does not end", "close the quotes"},
    Explanation{"illegal document indicator in scalar", "a '---' or '...' stands within quoted text", "indent it"},
    Explanation{"unknown escape character", "unknown escape in double quotes",
                "write '\\\\' for a backslash, or use single quotes"},
    Explanation{"bad character found while scanning hex number", "this escape has too few hexadecimal digits",
                "write two after '\\x', four after '\\u', eight after '\\U'"},
    Explanation{"invalid unicode", "this escape is no character of Unicode",
                "write one up to \\U0010ffff, no surrogate"},
    Explanation{"the referenced anchor is not defined", "no anchor of this name stands before it",
                "define it with '&' before it is used"},
    Explanation{"unknown token", "no value can start with this character", "quote the text"},
    Explanation{"illegal character in scalar", "this character cannot stand in unquoted text", "quote the text"},
};

bool starts_value(std::string_view before) {
  before = trim(before);
  return before.empty() || std::string_view(":-,[{?").find(before.back()) != std::string_view::npos;
}

std::string in_quotes(std::string_view text) {
  if (text.find('"') == std::string_view::npos && text.find('\\') == std::string_view::npos)
    return fmt::format("\"{}\"", text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

// The parser counts on behind the end of the text, and tells of an escape where it has read on behind it.
Span place_of(const std::shared_ptr<const Source>& source, std::string_view message, std::size_t line,
              std::size_t column) {
  const std::string& text = source->text;
  std::size_t start = 0;
  for (std::size_t at = 1; at < line && start < text.size(); ++at)
    start = std::min(text.find('\n', start), text.size() - 1) + 1;
  std::size_t offset = std::min(start + column - 1, text.size());
  if (message.starts_with("bad character found while scanning hex number") || message.starts_with("invalid unicode"))
    offset = std::min(text.rfind('\\', offset), offset);
  return span_at(source, offset, 1);
}

}  // namespace

void check_characters(const std::shared_ptr<const Source>& source, std::size_t start) {
  const std::string& text = source->text;
  for (std::size_t at = start; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t' || c == '\r') continue;
    throw Mistakes(Diagnostic{.span = span_at(source, at, 1),
                              .message = fmt::format("control character 0x{:02x} in the text", c),
                              .hint = fmt::format("write it as \"\\x{:02x}\" in double quotes", c)});
  }
  if (is_valid_utf8(text)) return;
  std::size_t line = 1;
  while (is_valid_utf8(source->line(line))) ++line;
  const std::string_view broken = source->line(line);
  std::size_t column = 0;
  // The longest beginning that is valid ends where the broken character begins.
  for (std::size_t at = 1; at <= broken.size(); ++at)
    if (is_valid_utf8(broken.substr(0, at))) column = at;
  throw Mistakes(Diagnostic{
      .span = {source, line, column + 1, 1}, .message = "the text is not UTF-8", .hint = "save the file in UTF-8"});
}

std::string with_whole_characters(const std::string& text) {
  if (is_valid_utf8(text)) return text;
  std::string whole;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == 0x85 || byte == 0xA0) {
      (whole += '\xC2') += text[at++];
      continue;
    }
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    whole += text.substr(at, length);
    at += length;
  }
  return whole;
}

std::size_t end_of_quoted(std::string_view text) {
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

std::optional<Diagnostic> unquoted_expression(const std::shared_ptr<const Source>& source, const Span& span) {
  const std::string_view line = source->line(span.line);
  const std::size_t limit = span.column + span.length;
  for (std::size_t at = line.find("{{"); at != std::string_view::npos && at <= limit; at = line.find("{{", at + 1)) {
    if (!starts_value(line.substr(0, at))) continue;
    const std::string_view before = trim(line.substr(0, at));
    const bool in_flow = !before.empty() && std::string_view("[{,").find(before.back()) != std::string_view::npos;
    std::string_view value = trim(line.substr(at));
    const std::size_t end = value.find("}}");
    if (end == std::string_view::npos) continue;
    if (in_flow || before.find_first_of("[{") != std::string_view::npos) value = value.substr(0, end + 2);
    return Diagnostic{.span = {source, span.line, at + 1, value.size()},
                      .message = "text that starts with '{{' must be in quotes",
                      .hint = "quote it: " + in_quotes(value)};
  }
  return std::nullopt;
}

Diagnostic syntax_mistake(const std::shared_ptr<const Source>& source, std::string_view message, int line, int column) {
  if (line < 0 || column < 0) return {.span = {source}, .message = std::string(message)};
  const Span span = place_of(source, message, static_cast<std::size_t>(line) + 1, static_cast<std::size_t>(column) + 1);
  if (auto mistake = unquoted_expression(source, span)) return *mistake;
  const std::string_view text = source->line(span.line);
  const std::size_t tab = text.substr(0, text.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos)
    return {.span = {source, span.line, tab + 1, 1},
            .message = "a tab is used as indentation",
            .hint = "indent with spaces"};
  // The parser often stops at the line after.
  if (span.line > 1) {
    const std::string_view above = source->line(span.line - 1);
    if (auto mistake = unquoted_expression(source, {source, span.line - 1, above.size(), 1})) return *mistake;
  }
  for (const auto& known : explanations)
    if (message.starts_with(known.said))
      return {.span = span, .message = std::string(known.message), .hint = std::string(known.hint)};
  return {.span = span, .message = std::string(message)};
}

}  // namespace espresso

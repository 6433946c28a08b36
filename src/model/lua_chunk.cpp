#include "model/lua_chunk.h"

#include <algorithm>

namespace espresso {

namespace {

std::size_t offset_of(const Span& span) {
  const std::string& text = span.source->text;
  std::size_t offset = 0;
  for (std::size_t line = 1; line < span.line; ++line) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string::npos) return text.size();
    offset = end + 1;
  }
  return std::min(text.size(), offset + (span.column > 0 ? span.column - 1 : 0));
}

}  // namespace

Span place_in(std::string_view text, const Span& span, std::size_t offset, std::size_t length) {
  if (!span.source || span.line == 0) return span;
  offset = std::min(offset, text.size());
  const std::string_view whole = span.source->text;
  const std::size_t start = offset_of(span);
  for (const std::size_t quote : {0U, 1U}) {
    if (start + quote <= whole.size() && whole.substr(start + quote).starts_with(text)) {
      return span_at(span.source, start + quote + offset, length);
    }
  }
  const std::string_view before = text.substr(0, offset);
  const std::size_t break_before = before.rfind('\n');
  const std::size_t line_start = break_before == std::string_view::npos ? 0 : break_before + 1;
  const std::string_view line = text.substr(line_start, text.find('\n', line_start) - line_start);
  const std::size_t number = span.line + 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::string_view source_line = span.source->line(number);
  if (line.empty() || !source_line.ends_with(line)) return span;
  return {span.source, number, source_line.size() - line.size() + (offset - line_start) + 1, length};
}

bool LuaChunk::mentions_name(std::string_view name) const {
  return std::any_of(mentions.begin(), mentions.end(), [&](const Mention& mention) { return mention.name == name; });
}

void LuaChunk::collect(std::string_view name, Mentions& into) const {
  for (const auto& mention : mentions) {
    if (mention.name != name) continue;
    into.guarded = into.guarded || mention.optional;
    if (mention.key.empty())
      into.whole = true;
    else
      into.keys.insert(mention.key);
    if (!mention.part.empty())
      into.parts.push_back({.key = mention.key, .name = mention.part, .span = place(mention.part_mark)});
  }
}

LuaChunk::Mark LuaChunk::mark(int line) const {
  if (line < 1 || static_cast<std::size_t>(line) > marks.size()) return {.offset = 0, .length = text.size()};
  return marks[static_cast<std::size_t>(line) - 1];
}

}  // namespace espresso

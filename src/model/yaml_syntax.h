#pragma once

#include "core/diagnostic.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

// What makes a text no YAML, told so that its writer knows what to do. For yaml.cpp.

/// Throws Mistakes for broken UTF-8 and control characters, which YAML 1.2 (5.1) does not allow, from offset `start`.
void check_characters(const std::shared_ptr<const Source>& source, std::size_t start);

/// How many characters the quoted text at the beginning of `text` takes, quotes included; npos when it does not end.
std::size_t end_of_quoted(std::string_view text);

/// The mistake of `key: {{ x }}` without quotes, when `span`'s line has it at or before the span's end.
std::optional<Diagnostic> unquoted_expression(const std::shared_ptr<const Source>& source, const Span& span);

/// The parser's message in our words. Line and column count from 0; negative when the parser knows no place.
Diagnostic syntax_mistake(const std::shared_ptr<const Source>& source, std::string_view message, int line, int column);

/// A scalar as it was meant: the parser gives "\N" (U+0085) and "\_" (U+00A0) as one byte, which is no UTF-8.
std::string with_whole_characters(const std::string& text);

}  // namespace espresso

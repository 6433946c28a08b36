#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Without white space at both ends.
std::string_view trim(std::string_view text);

/// Number of insertions, deletions, replacements and swaps of neighbours between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word as one word of a POSIX shell, on one line: newlines become "$n_", which the runner defines.
/// The only place where remote shell text is quoted. `word` must not hold NUL (a shell variable cannot).
std::string quote(std::string_view word);
/// The same for a shell that is not our runner: newlines stay newlines inside the quotes.
std::string quote_for_any_shell(std::string_view word);

/// For a terminal: control characters, overrides of the writing direction and broken UTF-8 become visible escapes; tabs
/// stay.
std::string printable(std::string_view text);
/// The same for text of several lines: newlines stay too, "\r\n" becomes a newline.
std::string printable_lines(std::string_view text);

/// Shell glob of one name: `*`, `?`, `[abc]`, `[!abc]`, `[a-z]`.
bool matches_glob(std::string_view pattern, std::string_view name);
bool is_glob(std::string_view pattern);

/// `a1 a2 a3 b` to "a[1-3],b": names that differ in one number only are folded into ranges (padding kept).
std::string fold_names(std::vector<std::string> names);
/// "a", "a and b", "a, b and c".
std::string enumerate(const std::vector<std::string>& words);

/// "30s", "5m", "2h", "1d", "250ms", "90" (seconds), "1m30s". Nothing when it is none of these.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "0.35s", "12s", "3m 5s".
std::string render_duration(std::chrono::milliseconds duration);
/// "512", "64K", "10M", "1G" (powers of 1024; "KB", "KiB" alike). Nothing when it is none of these.
std::optional<std::uint64_t> parse_size(std::string_view text);

bool is_valid_utf8(std::string_view text);

/// Columns of a terminal that one line of text takes.
std::size_t display_width(std::string_view text);
/// One line of text in at most `width` columns, ending in "…" when it was longer.
std::string clip(std::string_view text, std::size_t width);

}  // namespace espresso

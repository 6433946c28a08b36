#include "core/diagnostic.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace espresso {

namespace {

// Programs write megabytes on one line: of a longer one than this many bytes, what is near the place is shown.
constexpr std::size_t longest_line = 400;

// Where the character begins that `at` lies in.
std::size_t character_at(std::string_view line, std::size_t at) {
  at = std::min(at, line.size());
  for (int back = 0; back < 3 && at > 0 && at < line.size() && (line[at] & 0xC0) == 0x80; ++back) --at;
  return at;
}

std::size_t start_of_excerpt(std::string_view line, std::size_t mark) {
  return line.size() > longest_line && mark > longest_line / 4 ? character_at(line, mark - longest_line / 4) : 0;
}

// Nobody reads more, and to tell each takes a look at its file.
constexpr std::size_t most_told = 1000;

// The source line and carets below it. Both are measured as they are shown: escapes are longer than what they stand
// for, and tabs keep their width so that the caret stands right.
std::string excerpt(const Span& span) {
  if (!span.source || span.line == 0) return {};
  if (span.source->text.empty() && span.line + span.column > 2) return {};  // it was forgotten: a secret
  const std::string_view whole = span.source->line(span.line);
  const std::size_t mark = std::min(span.column > 0 ? span.column - 1 : 0, whole.size());
  const std::size_t from = start_of_excerpt(whole, mark);
  const std::size_t to = whole.size() > longest_line ? character_at(whole, mark + longest_line / 2) : whole.size();
  const std::string_view line = whole.substr(from, to - from);
  const std::string number = std::to_string(span.line), before = from > 0 ? "…" : "",
                    after = to < whole.size() ? "…" : "";
  std::string indent(from > 0 ? 1 : 0, ' ');
  std::size_t column = 0;
  for (const auto& tabless : split(printable(line.substr(0, mark - from)), '\t')) {
    if (column++ > 0) indent += '\t';
    indent.append(display_width(tabless), ' ');
  }
  const std::size_t carets = display_width(printable(line.substr(mark - from, span.length)));
  return fmt::format("  {} | {}{}{}\n  {} | {}{}\n", number, before, printable(line), after,
                     std::string(number.size(), ' '), indent, std::string(std::max<std::size_t>(1, carets), '^'));
}

}  // namespace

std::string_view Source::line(std::size_t number) const {
  std::size_t start = 0;
  for (std::size_t at = 1; at < number; ++at) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string::npos) return {};
    start = end + 1;
  }
  const std::size_t end = text.find('\n', start);
  std::string_view line = std::string_view(text).substr(start, end == std::string::npos ? end : end - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::shared_ptr<const Source> load_source(const std::string& path) {
  auto fail = [&](int error) -> Mistakes {
    return Mistakes(Diagnostic{.span = {std::make_shared<Source>(Source{path, {}})},
                               .message = fmt::format("cannot read '{}': {}", path, std::strerror(error))});
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw fail(errno);
  if (S_ISDIR(status.st_mode)) throw fail(EISDIR);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw fail(errno);
  std::ostringstream text;
  text << file.rdbuf();
  return std::make_shared<Source>(Source{path, std::move(text).str()});
}

std::string Span::location() const {
  if (!source) return {};
  if (line == 0) return source->name;
  return fmt::format("{}:{}:{}", source->name, line, column);
}

Span span_at(std::shared_ptr<const Source> source, std::size_t offset, std::size_t length) {
  if (!source) return {};
  const std::string& text = source->text;
  offset = std::min(offset, text.size());
  const auto line =
      static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
  const std::size_t before = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  const std::size_t column = offset - (before == std::string::npos ? 0 : before + 1);
  return {std::move(source), line + 1, column + 1, length};
}

std::string render(const Diagnostic& diagnostic) {
  std::string text;
  const std::string where = printable(diagnostic.span.location());
  if (!where.empty()) text += where + ": ";
  text += "error: " + printable_lines(diagnostic.message) + "\n" + excerpt(diagnostic.span);
  for (const auto& note : diagnostic.notes) {
    const std::string place = printable(note.span.location());
    text += (place.empty() ? "" : place + ": ") + "note: " + printable_lines(note.message) + "\n" + excerpt(note.span);
  }
  if (!diagnostic.hint.empty()) text += "hint: " + printable_lines(diagnostic.hint) + "\n";
  return text;
}

Mistakes::Mistakes(std::vector<Diagnostic> diagnostics) : diagnostics_(std::move(diagnostics)) {
  for (const auto& diagnostic : diagnostics_) text_ += render(diagnostic);
}

Mistakes::Mistakes(Diagnostic diagnostic) : Mistakes(std::vector<Diagnostic>{std::move(diagnostic)}) {}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostics_.size() < most_told)
    diagnostics_.push_back(std::move(diagnostic));
  else if (diagnostics_.size() == most_told)
    diagnostics_.push_back({.span = {}, .message = fmt::format("there are more mistakes than these {}", most_told)});
}

void Diagnostics::add(Span span, std::string message, std::string hint) {
  add(Diagnostic{.span = std::move(span), .message = std::move(message), .hint = std::move(hint)});
}

void Diagnostics::add(const Mistakes& mistakes) {
  for (const auto& diagnostic : mistakes.diagnostics()) add(diagnostic);
}

void Diagnostics::throw_if_any() const {
  if (!diagnostics_.empty()) throw Mistakes(diagnostics_);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter >= best_distance) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < longer) best = &candidate, best_distance = distance;
  }
  return best ? fmt::format("did you mean '{}'?", *best) : std::string();
}

}  // namespace espresso

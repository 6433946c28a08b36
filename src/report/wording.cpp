#include "report/wording.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

// A line should hold what matters at one glance; the whole is in --format json.
constexpr std::size_t longest_value = 60;
constexpr std::size_t longest_names = 60;
constexpr std::size_t most_differences = 6;
constexpr std::size_t output_head = 10;
constexpr std::size_t output_tail = 30;

constexpr std::string_view indent = "    ";

std::string_view color_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "32";
    case Outcome::changed:
    case Outcome::would_change:
      return "33";
    case Outcome::failed:
    case Outcome::unreachable:
      return "1;31";
    case Outcome::skipped:
      return "36";
    case Outcome::unknown:
      return "35";
  }
  return "0";
}

std::string value(const std::string& text) { return text.empty() ? "''" : clip(printable(text), longest_value); }

std::string describe(const Difference& difference) {
  const std::string what = clip(printable(difference.what), longest_value);
  if (difference.from.empty() && difference.to.empty()) return what;
  return fmt::format("{} {} -> {}", what, value(difference.from), value(difference.to));
}

std::string describe(const std::vector<Difference>& differences) {
  std::vector<std::string> parts;
  for (const auto& difference : differences) {
    if (parts.size() == most_differences) {
      parts.push_back(fmt::format("{} more", differences.size() - most_differences));
      break;
    }
    parts.push_back(describe(difference));
  }
  return join(parts, ", ");
}

std::vector<std::string> lines_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text.empty() ? std::vector<std::string>() : split(text, '\n');
}

void append_line(std::string& text, std::string_view margin, std::string_view line) {
  if (!line.empty()) text.append(margin).append(line);
  text += '\n';
}

}  // namespace

std::string Wording::painted(std::string_view text, std::string_view color) const {
  return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
}

std::string Wording::label(Outcome outcome, std::string_view remark) const {
  return painted(remark.empty() ? std::string(word(outcome)) : fmt::format("{} ({})", word(outcome), remark),
                 color_of(outcome));
}

std::string Wording::label(const Result& result) const {
  if (result.outcome != Outcome::failed) return label(result.outcome);
  return label(result.outcome, result.ignored ? "ignored" : result.rescued ? "to be rescued" : "");
}

std::string Wording::sentence(std::string_view stage, const Result& result) const {
  std::string text = stage.empty() ? std::string() : printable(stage) + ": ";
  if (!result.note.empty()) return text + printable(result.note.substr(0, result.note.find('\n')));
  text += printable(result.title);
  const bool is_failure = result.outcome == Outcome::failed;
  if (!is_failure && !result.differences.empty())
    text += " (" + describe(result.differences) + ")";
  else if (!is_failure && result.sensitive)
    text += " (sensitive)";
  if (!result.message.empty())
    text += is_failure ? ": " + printable(result.message) : " (" + printable(result.message) + ")";
  if (result.tries > 1) text += fmt::format(" (tried {} times)", result.tries);
  return text;
}

std::string Wording::details(const Result& result) const {
  const bool ended_the_host = result.outcome == Outcome::failed && !result.ignored;
  std::string text;
  if (ended_the_host || options_.all_output) text += mistakes(result.mistakes);
  if (ended_the_host && result.mistakes.empty() && !result.location.empty())
    append_line(text, indent, "at " + printable(result.location));
  for (const auto& place : ended_the_host ? result.called_from : std::vector<std::string>()) {
    const bool is_told = text.find(printable(place) + ": ") != std::string::npos;  // by a note of a mistake
    if (!is_told) append_line(text, indent, "called at " + printable(place));
  }
  if (!result.note.empty()) {
    const auto lines = lines_of(printable_lines(result.note));
    for (std::size_t at = 1; at < lines.size(); ++at) append_line(text, indent, lines[at]);
  }
  if (options_.diff && !result.diff.empty()) text += diff_lines(result.diff);
  if (ended_the_host && result.exit_status)
    append_line(text, indent, fmt::format("exit status {}", *result.exit_status));
  if (ended_the_host || options_.all_output) {
    text += output_lines("stdout", result.output);
    text += output_lines("stderr", result.error_output);
  }
  return result.mistakes.empty() ? text + hint(result.hint) : text;  // each mistake has its own
}

std::string Wording::mistakes(const std::vector<LateMistake>& mistakes) const {
  std::string text;
  for (const auto& mistake : mistakes)
    for (const auto& line : lines_of(printable_lines(mistake.text))) append_line(text, indent, line);
  return text;
}

std::string Wording::hint(std::string_view text) const {
  return text.empty() ? std::string() : fmt::format("{}hint: {}\n", indent, printable(text));
}

std::string Wording::diff_lines(std::string_view diff) const {
  std::string text;
  for (const auto& line : lines_of(diff)) {
    const std::string shown = printable(line);
    if (line.starts_with("+++") || line.starts_with("---"))
      append_line(text, indent, painted(shown, "1"));
    else if (line.starts_with('+'))
      append_line(text, indent, painted(shown, "32"));
    else if (line.starts_with('-'))
      append_line(text, indent, painted(shown, "31"));
    else if (line.starts_with("@@"))
      append_line(text, indent, painted(shown, "36"));
    else
      append_line(text, indent, shown);
  }
  return text;
}

std::string Wording::output_lines(std::string_view name, std::string_view output) const {
  const auto lines = lines_of(printable_lines(output));
  if (lines.empty()) return {};
  std::string text = fmt::format("{}{}:\n", indent, name);
  const std::string margin = std::string(indent) + "  ";
  const bool is_cut = !options_.all_output && lines.size() > output_head + output_tail + 1;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (is_cut && at == output_head) {
      const std::size_t left_out = lines.size() - output_head - output_tail;
      append_line(text, margin, fmt::format("[{} lines left out]", left_out));
      at += left_out;
    }
    append_line(text, margin, lines[at]);
  }
  return text;
}

std::string host_names(const std::vector<std::string>& hosts) {
  const std::string names = printable(fold_names(hosts));
  if (display_width(names) <= longest_names) return names;
  return fmt::format("{} ({} hosts)", clip(names, longest_names), hosts.size());
}

}  // namespace espresso

#include "run/result.h"

#include "core/diff.h"
#include "core/error.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

// Diffs are for reading: larger files are told by size and hash.
constexpr std::uint64_t largest_diff = 64 * 1024;

Outcome outcome_of(const std::string& word_) {
  for (const Outcome outcome :
       {Outcome::ok, Outcome::changed, Outcome::failed, Outcome::skipped, Outcome::would_change, Outcome::unknown}) {
    if (word(outcome) == word_) return outcome;
  }
  return Outcome::failed;
}

std::string describe(const Difference& difference) {
  if (difference.from.empty() && difference.to.empty()) return difference.what;
  return fmt::format("{} is {}, not {}", difference.what, difference.from.empty() ? "empty" : difference.from,
                     difference.to.empty() ? "empty" : difference.to);
}

// The words of a tool that failed: its last line on stderr is nearly always the one that says why.
std::string last_line(const std::string& text) {
  const std::string_view trimmed = trim(text);
  const std::size_t start = trimmed.rfind('\n');
  return std::string(trim(start == std::string_view::npos ? trimmed : trimmed.substr(start + 1)));
}

std::string failure(const Answer& answer) {
  if (answer.word == "need") return "what is there changed while it was being sent; run again";
  if (!answer.reason.empty()) return answer.reason;
  if (!answer.after.empty()) {
    std::vector<std::string> left;
    for (const auto& difference : answer.after) left.push_back(describe(difference));
    return "applied, but " + join(left, "; ");
  }
  if (std::string line = last_line(answer.error_output.text()); !line.empty()) return line;
  return "it failed without a word";
}

std::string diff_of(const Operation& operation, const Answer& answer) {
  if (!answer.old_content) return {};
  const std::string& path = answer.old_path;
  try {
    std::string wanted;
    if (answer.new_content)
      wanted = *answer.new_content;
    else if (operation.inline_text)
      wanted = *operation.inline_text;
    else if (operation.content)
      wanted = operation.content->read(largest_diff);
    else
      return {};
    return unified_diff(*answer.old_content, wanted, path + " (before)", path + " (after)");
  } catch (const Error& error) {
    return fmt::format("{}\n", error.what());
  }
}

}  // namespace

namespace {

void locate(Result& result, const Call& call) {
  result.location = call.span.location();
  for (const auto& place : call.called_from) result.called_from.push_back(place.location());
}

}  // namespace

Result result_of(const Operation& operation, const Answer& answer, bool wants_diff) {
  const Call& call = *operation.call;
  Result result;
  result.helper = operation.helper->name;
  result.title = operation.title;
  locate(result, call);
  result.outcome = outcome_of(answer.word);
  result.exit_status = answer.exit_status;
  result.sensitive = call.sensitive;
  if (result.outcome == Outcome::failed) {
    result.message = call.sensitive ? "failed; its words are withheld since it is sensitive" : failure(answer);
    result.ignored = call.ignore_errors;
  } else if (result.outcome == Outcome::unknown) {
    result.message = answer.reason;
  }
  if (call.sensitive) return result;
  result.differences = answer.before;
  result.output = answer.output.text();
  result.error_output = answer.error_output.text();
  result.note = answer.note;
  result.values = answer.told.values();
  result.values_cut = answer.told.is_cut();
  if (wants_diff) result.diff = diff_of(operation, answer);
  return result;
}

Result result_without_answer(const Call& call, std::string title, Outcome outcome, std::string message) {
  Result result;
  result.helper = call.helper;
  result.title = title.empty() ? call.helper : std::move(title);
  locate(result, call);
  result.outcome = outcome;
  result.message = std::move(message);
  result.sensitive = call.sensitive;
  return result;
}

namespace {

// The line of one that is sensitive may hold what it must not tell.
LateMistake told(Diagnostic diagnostic, bool sensitive) {
  const auto withhold = [](Span& span) {
    if (span.source) span.source = std::make_shared<Source>(Source{span.source->name, {}});
  };
  if (sensitive) {
    withhold(diagnostic.span);
    for (auto& note : diagnostic.notes) withhold(note.span);
  }
  return {.location = diagnostic.span.location(),
          .message = diagnostic.message,
          .hint = diagnostic.hint,
          .text = render(diagnostic)};
}

}  // namespace

Result result_of_mistakes(const Call& call, std::string title, const std::vector<Diagnostic>& mistakes) {
  Result result = result_without_answer(call, std::move(title), Outcome::failed, mistakes.front().message);
  for (const auto& mistake : mistakes) result.mistakes.push_back(told(mistake, call.sensitive));
  if (const std::size_t more = mistakes.size() - 1; more > 0)
    result.message += fmt::format(" (and {} more mistake{})", more, more == 1 ? "" : "s");
  const LateMistake& first = result.mistakes.front();
  result.hint = first.hint;
  if (first.location.empty()) return result;
  result.called_from.insert(result.called_from.begin(), result.location);
  result.location = first.location;
  return result;
}

namespace {

Map registered(const Result& result) {
  Map map;
  map.set("outcome", std::string(word(result.outcome)));
  map.set("changed", result.outcome == Outcome::changed || result.outcome == Outcome::would_change);
  map.set("failed", result.outcome == Outcome::failed);
  map.set("skipped", result.outcome == Outcome::skipped);
  if (result.exit_status) map.set("rc", static_cast<std::int64_t>(*result.exit_status));
  // As shells do it, the last newline is not part of the value.
  std::string_view text = result.output;
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string_view errors = result.error_output;
  while (errors.ends_with('\n')) errors.remove_suffix(1);
  map.set("stdout", text);
  map.set("stderr", errors);
  List lines;
  if (!text.empty()) {
    for (auto& line : split(text, '\n')) lines.emplace_back(std::move(line));
  }
  map.set("lines", std::move(lines));
  // What every result has is not the helper's to tell.
  for (const auto& [name, value] : result.values) {
    if (!map.contains(name)) map.set(name, value);
  }
  if (result.values_cut) map.set("cut", true);
  if (result.tries > 0) map.set("tries", static_cast<std::int64_t>(result.tries));
  return map;
}

}  // namespace

Value registered_value(const std::vector<Result>& results, bool is_loop) {
  if (!is_loop && results.size() == 1) return registered(results.front());
  Map map;
  List list;
  Outcome outcome = Outcome::skipped;
  for (const auto& result : results) {
    outcome = stronger(outcome, result.outcome);
    list.emplace_back(registered(result));
  }
  map.set("outcome", std::string(word(outcome)));
  map.set("changed", outcome == Outcome::changed || outcome == Outcome::would_change);
  map.set("failed", outcome == Outcome::failed);
  map.set("skipped", outcome == Outcome::skipped);
  map.set("results", std::move(list));
  return map;
}

Outcome stronger(Outcome a, Outcome b) {
  constexpr std::array order = {Outcome::skipped, Outcome::ok,     Outcome::changed,    Outcome::would_change,
                                Outcome::unknown, Outcome::failed, Outcome::unreachable};
  const auto rank = [&](Outcome outcome) { return std::find(order.begin(), order.end(), outcome); };
  return rank(a) < rank(b) ? b : a;
}

}  // namespace espresso

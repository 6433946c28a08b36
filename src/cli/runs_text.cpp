#include "cli/runs_text.h"

#include "cli/run_selection.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace espresso {

namespace {

using Kind = Event::Kind;

constexpr std::array from_bad_to_good = {Outcome::unreachable,  Outcome::failed, Outcome::unknown, Outcome::changed,
                                         Outcome::would_change, Outcome::ok,     Outcome::skipped};

std::string command(const std::vector<std::string>& words) {
  std::string text = "espresso";
  for (const auto& word : words) {
    const bool is_plain = !word.empty() && word.find_first_not_of(
                                               "abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@%+") == std::string::npos;
    text += " " + (is_plain ? word : quote_for_any_shell(word));
  }
  return printable(text);
}

std::string hosts(const RunSummary& run) {
  std::vector<std::string> parts;
  std::size_t ended = 0;
  for (const Outcome outcome : from_bad_to_good) {
    const auto count = run.counts.find(outcome);
    if (count == run.counts.end()) continue;
    parts.push_back(fmt::format("{} {}", word(outcome), count->second));
    ended += count->second;
  }
  if (run.hosts > ended) parts.insert(parts.begin(), fmt::format("unfinished {}", run.hosts - ended));
  return parts.empty() ? "no host" : join(parts, ", ");
}

std::string duration(const RunSummary& run) {
  const bool is_known = run.state == RunRecord::State::finished || run.state == RunRecord::State::interrupted;
  return is_known ? render_duration(run.duration) : "";
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = display_width(text);
  return text + std::string(used < width ? width - used : 0, ' ');
}

// The operations of each host, and how it ended.
class HostTexts {
 public:
  HostTexts(const RunRecord& run, const Wording& wording) : wording_(wording) {
    for (const auto& event : run.events) {
      if (event.kind == Kind::operation_finished && event.result)
        operations_[event.host] += operation(event.stage, *event.result);
      if (event.kind == Kind::stage_finished && !event.message.empty())
        operations_[event.host] += fmt::format("  {}  {}: {}\n", wording_.label(event.outcome), printable(event.stage),
                                               printable(event.message));
      if (event.kind == Kind::host_finished) ends_[event.host] = end(event);
    }
  }

  std::string text(const RecordedHost& host) const {
    const auto end = ends_.find(host.name), operations = operations_.find(host.name);
    const std::string where = host.at.empty() ? "" : fmt::format("  in stage '{}'", printable(host.at));
    return fmt::format("{}  {}{}", printable(host.name), end == ends_.end() ? "unfinished" + where + "\n" : end->second,
                       operations == operations_.end() ? "" : operations->second);
  }

 private:
  std::string operation(const std::string& stage, const Result& result) const {
    return fmt::format("  {}  {}  {}\n{}", wording_.label(result), wording_.sentence(stage, result),
                       render_duration(result.duration), wording_.details(result));
  }

  std::string end(const Event& event) const {
    return fmt::format("{}  {}{}\n{}", wording_.label(event.outcome), render_duration(event.duration),
                       event.message.empty() ? "" : "  " + printable(event.message), wording_.hint(event.hint));
  }

  const Wording& wording_;
  std::map<std::string, std::string> operations_, ends_;
};

}  // namespace

std::string_view word_of(const RunSummary& run) {
  switch (run.state) {
    case RunRecord::State::interrupted:
      return "interrupted";
    case RunRecord::State::running:
      return "running";
    case RunRecord::State::killed:
      return "killed";
    case RunRecord::State::finished:
      break;
  }
  for (const Outcome outcome : from_bad_to_good) {
    if (run.counts.contains(outcome)) return word(outcome);
  }
  return "ok";
}

std::string runs_text(const std::vector<RunSummary>& runs, const std::string& here) {
  std::array<std::size_t, 3> widths{};
  for (const auto& run : runs)
    widths = {std::max(widths[0], word_of(run).size()), std::max(widths[1], duration(run).size()),
              std::max(widths[2], hosts(run).size())};
  std::string text;
  for (const auto& run : runs) {
    const std::string place = run.header.folder == here ? "" : fmt::format("  (in {})", printable(run.header.folder));
    text +=
        fmt::format("{}  {}  {}  {}  {}{}\n", printable(run.header.id), padded(std::string(word_of(run)), widths[0]),
                    padded(duration(run), widths[1]), padded(hosts(run), widths[2]), command(run.header.words), place);
  }
  return text;
}

std::string run_text(const RunRecord& run, const RunSummary& summary, const Wording& wording,
                     const std::function<bool(const std::string& host)>& wanted) {
  const std::string took = duration(summary);
  std::string text = fmt::format("{}  {}  {}{}{}\n{}\n  in {}, by {}, at {}, with {}\n", printable(run.header.id),
                                 word_of(summary), hosts(summary), took.empty() ? "" : "  " + took,
                                 summary.check ? "  nothing was changed (check mode)" : "", command(run.header.words),
                                 printable(run.header.folder), printable(run.header.user), printable(run.header.time),
                                 printable(run.header.program));
  if (!run.header.resumes.empty()) text += fmt::format("  goes on with {}\n", printable(run.header.resumes));
  for (const auto& event : run.events) {
    if (event.kind == Kind::notice || event.kind == Kind::taken_back)
      text += fmt::format("note: {}\n{}", printable(event.message), wording.hint(event.hint));
  }
  const HostTexts texts(run, wording);
  for (const auto& host : hosts_of(run)) {
    if (wanted(host.name)) text += "\n" + texts.text(host);
  }
  return text;
}

}  // namespace espresso

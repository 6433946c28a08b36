#include "report/summary.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

using namespace std::chrono_literals;

// Quicker ones are not worth a line.
constexpr auto slow_from = 100ms;
constexpr std::size_t most_slow = 3;

constexpr std::array order = {Outcome::ok,      Outcome::changed, Outcome::would_change, Outcome::unknown,
                              Outcome::skipped, Outcome::failed,  Outcome::unreachable};

std::string plural(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = display_width(text);
  return text + std::string(used < width ? width - used : 0, ' ');
}

}  // namespace

void Summary::operation_finished(const Event& event) {
  const Result& result = *event.result;
  if (result.outcome == Outcome::failed && !result.ignored && !result.rescued)
    failures_[event.host] = wording_.sentence(event.stage, result);
  if (result.duration < slow_from) return;
  const std::string title = (event.stage.empty() ? "" : event.stage + ": ") + result.title;
  const auto [slow, is_new] = slow_.try_emplace(title, Slow{title, event.host, result.duration});
  if (!is_new && slow->second.duration < result.duration) slow->second = {title, event.host, result.duration};
}

void Summary::host_finished(const Event& event) {
  std::string reason = printable(event.message);
  if (const auto failure = failures_.find(event.host); reason.empty() && failure != failures_.end())
    reason = failure->second;
  ends_.push_back({event.host, event.outcome, event.counts, event.rescued, reason});
}

// "ok 4  changed 2"
std::string Summary::words(const HostEnd& end) const {
  std::vector<std::string> parts;
  for (const Outcome outcome : order) {
    const auto count = end.counts.find(outcome);
    const bool is_counted = count != end.counts.end() && count->second > 0;
    if (is_counted)
      parts.push_back(fmt::format("{} {}", wording_.label(outcome), count->second));
    else if (outcome == end.outcome && (outcome == Outcome::failed || outcome == Outcome::unreachable))
      parts.push_back(wording_.label(outcome));
  }
  if (end.rescued > 0) parts.push_back(fmt::format("rescued {}", end.rescued));
  if (parts.empty()) parts.push_back(end.reason.empty() ? "nothing to do" : "nothing done");
  return join(parts, "  ");
}

std::string Summary::slowest() const {
  std::vector<Slow> slow;
  for (const auto& [title, entry] : slow_) slow.push_back(entry);
  std::stable_sort(slow.begin(), slow.end(), [](const Slow& a, const Slow& b) { return a.duration > b.duration; });
  if (slow.size() > most_slow) slow.resize(most_slow);
  std::string text;
  for (const auto& entry : slow) {
    text += fmt::format("{}  {}  {}  {}\n", text.empty() ? "slowest" : "       ", render_duration(entry.duration),
                        printable(entry.host), printable(entry.title));
  }
  return text;
}

std::string Summary::text(const Event& run_finished) const {
  struct Line {
    std::vector<std::string> hosts;
    std::string words, reason;
  };
  std::vector<Line> lines;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const auto& end : ends_) {
    const std::string counts = words(end);
    const auto [at, is_new] = known.try_emplace({counts, end.reason}, lines.size());
    if (is_new) lines.push_back({{}, counts, end.reason});
    lines[at->second].hosts.push_back(end.host);
  }
  std::size_t width = 0;
  for (const auto& line : lines) width = std::max(width, display_width(host_names(line.hosts)));
  std::string text;
  for (const auto& line : lines) {
    text += fmt::format("{}  {}{}\n", padded(host_names(line.hosts), width), line.words,
                        line.reason.empty() ? "" : "  " + line.reason);
  }
  text += slowest();
  text += fmt::format("{}{} in {}{}\n", run_finished.interrupted ? "interrupted: " : "", plural(ends_.size(), "host"),
                      render_duration(run_finished.duration),
                      run_finished.check ? ", nothing was changed (check mode)" : "");
  return text;
}

}  // namespace espresso

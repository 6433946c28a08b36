#include "report/live_block.h"

#include "core/text.h"
#include "report/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace espresso {

namespace {

// A burst of this many events is followed exactly, so that the block is right when nothing happens for long after it;
// beyond that, this many a second.
constexpr double burst = 40;
constexpr double redraws_a_second = 25;
constexpr std::size_t most_groups = 5;
constexpr std::size_t narrowest = 20;

}  // namespace

// A character in the last column makes some terminals wrap.
LiveBlock::LiveBlock(std::size_t width, std::function<Time()> now)
    : width_(std::max(width, narrowest) - 1), now_(std::move(now)), redraws_(burst), last_(now_()) {}

std::string LiveBlock::update(const Event& event, const std::string& lines) {
  note(event);
  if (is_over_ || event.kind == Event::Kind::question) return erase() + lines;
  const bool is_allowed = may_redraw();
  if (!is_allowed && lines.empty()) return {};
  const std::string text = erase() + lines;
  return text + draw(is_allowed);
}

void LiveBlock::note(const Event& event) {
  switch (event.kind) {
    case Event::Kind::run_started:
      total_ = event.hosts.size();
      break;
    case Event::Kind::host_connecting:
      running_[event.host] = {"", "connecting"};
      break;
    case Event::Kind::host_connected:
      running_[event.host] = {"", "connected"};
      break;
    case Event::Kind::operation_started:
      running_[event.host] = {event.stage, event.title};
      break;
    case Event::Kind::host_finished:
      running_.erase(event.host);
      ++done_;
      failed_ += event.outcome == Outcome::failed || event.outcome == Outcome::unreachable;
      break;
    case Event::Kind::run_finished:
      is_over_ = true;
      break;
    default:
      break;
  }
}

bool LiveBlock::may_redraw() {
  const Time now = now_();
  redraws_ = std::min(burst, redraws_ + std::chrono::duration<double>(now - last_).count() * redraws_a_second);
  last_ = now;
  if (redraws_ < 1) return false;
  redraws_ -= 1;
  return true;
}

std::string LiveBlock::draw(bool with_groups) {
  std::vector<std::string> lines{
      fmt::format("{} of {} hosts done, {} running", done_, std::max(total_, done_), running_.size())};
  if (failed_ > 0) lines.back() += fmt::format(", {} failed", failed_);
  if (with_groups) {
    for (auto& line : groups()) lines.push_back(std::move(line));
  }
  std::string text;
  for (auto& line : lines) {
    std::replace(line.begin(), line.end(), '\t', ' ');
    text += clip(line, width_) + "\n";
  }
  drawn_lines_ = lines.size();
  return text;
}

std::vector<std::string> LiveBlock::groups() const {
  using Group = std::pair<std::pair<std::string, std::string>, std::vector<std::string>>;
  std::map<Group::first_type, Group::second_type> hosts_by_work;
  for (const auto& [host, work] : running_) hosts_by_work[work].push_back(host);
  std::vector<Group> groups(hosts_by_work.begin(), hosts_by_work.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.second.size() > b.second.size(); });
  std::vector<std::string> lines;
  for (const auto& [work, hosts] : groups) {
    if (lines.size() + 1 == most_groups && groups.size() > most_groups) {
      lines.push_back(fmt::format("and {} more groups", groups.size() - lines.size()));
      break;
    }
    const auto& [stage, title] = work;
    lines.push_back(host_names(hosts) + (stage.empty() ? "" : "  " + printable(stage)) + "  " + printable(title));
  }
  return lines;
}

std::string LiveBlock::erase() {
  const std::size_t lines = std::exchange(drawn_lines_, 0);
  return lines == 0 ? std::string() : fmt::format("\x1b[{}A\x1b[J", lines);  // up to its first line, clear to the end
}

}  // namespace espresso

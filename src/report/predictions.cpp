#include "report/predictions.h"

#include "core/text.h"
#include "report/wording.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

bool operator==(const Difference& a, const Difference& b) {
  return a.what == b.what && a.from == b.from && a.to == b.to;
}

bool is_same_operation(const Predictions::Operation& a, const Predictions::Operation& b) {
  return a.stage == b.stage && a.result->helper == b.result->helper && a.result->title == b.result->title;
}

bool would_do_the_same(const Result& a, const Result& b) {
  return a.outcome == b.outcome && a.diff == b.diff &&
         std::equal(a.differences.begin(), a.differences.end(), b.differences.begin(), b.differences.end(),
                    [](const Difference& one, const Difference& other) { return one == other; });
}

std::string told(const Predictions::Operation& operation, const Result& result) {
  return Wording({}).sentence(operation.stage, result);
}

std::string name(const Predictions::Operation& operation) {
  return told(operation, {.title = operation.result->title});
}

std::string drift_of(const Predictions::Operation& planned, const Predictions::Operation& now) {
  const Outcome was = planned.result->outcome, is = now.result->outcome;
  if (was != is) return fmt::format("{} is {} now, planned was {}", name(now), word(is), word(was));
  const std::string before = told(planned, *planned.result), after = told(now, *now.result);
  if (before != after) return fmt::format("{} now, planned was {}", after, before);
  return fmt::format("{} would change other lines than planned", name(now));
}

}  // namespace

void Predictions::note(const Event& event) {
  if (event.kind == Event::Kind::operation_finished && event.result)
    hosts_[event.host].operations.push_back({event.stage, event.result});
  if (event.kind == Event::Kind::host_finished) hosts_[event.host].end = event;
}

bool Predictions::is_complete(const std::string& host) const {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || !found->second.end) return false;
  const Outcome outcome = found->second.end->outcome;
  return outcome != Outcome::failed && outcome != Outcome::unreachable && found->second.end->message.empty();
}

std::optional<std::string> Predictions::drift(const std::string& host, const Predictions& now) const {
  const auto& planned = hosts_.at(host).operations;
  const auto& found = now.hosts_.at(host).operations;
  for (std::size_t i = 0; i < std::min(planned.size(), found.size()); ++i) {
    if (!is_same_operation(planned[i], found[i]))
      return fmt::format("{} comes now, planned was {}", name(found[i]), name(planned[i]));
    if (!would_do_the_same(*planned[i].result, *found[i].result)) return drift_of(planned[i], found[i]);
  }
  if (found.size() > planned.size()) return fmt::format("{} was not planned", name(found[planned.size()]));
  if (planned.size() > found.size())
    return fmt::format("{} was planned, and does not come", name(planned[found.size()]));
  return std::nullopt;
}

}  // namespace espresso

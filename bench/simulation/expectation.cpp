#include "expectation.h"

#include <fmt/format.h>

namespace espresso::simulation {

namespace {

// One mistake of the engine may be told of by each host.
constexpr std::size_t most_complaints = 20;

}  // namespace

Expectation::Expectation(const Shape& shape, const StageTerms& terms, std::vector<SimulatedHost>& hosts)
    : shape_(shape), terms_(terms), hosts_(hosts), told_(hosts.size()), sizes_(batch_sizes(terms, hosts.size())) {
  if (sizes_.empty()) sizes_ = {hosts.size()};
  ended_.resize(sizes_.size(), 0);
  for (std::size_t batch = 0; batch < sizes_.size(); ++batch) batch_of_.insert(batch_of_.end(), sizes_[batch], batch);
}

std::string Expectation::name_of(std::size_t host) { return fmt::format("h{:06}", host); }
std::size_t Expectation::number_of(const std::string& name) { return std::stoul(name.substr(1)); }

void Expectation::complain(std::string text) {
  if (complaints_.size() < most_complaints) complaints_.push_back(std::move(text));
}

void Expectation::on(const Event& event) {
  if (event.host.empty()) return;
  const std::size_t host = number_of(event.host);
  Told& told = told_[host];
  if (event.kind == Event::Kind::operation_finished) {
    if (event.index != told.operations)
      complain(fmt::format("{}: operation {} was told where {} was to come", event.host, event.index, told.operations));
    ++told.operations;
    if (event.result->outcome == Outcome::failed) ends_batch(host);
  } else if (event.kind == Event::Kind::stage_finished) {
    const bool is_last = event.stage == (listens(hosts_[host].fate) ? "reload" : "deploy");
    if (is_last) ends_batch(host);
  } else if (event.kind == Event::Kind::host_finished) {
    ++told.ends;
    ++ends_[event.outcome];
  }
}

void Expectation::begins_operation(const SimulatedHost& host) {
  ++operations_;
  if (host.operations != shape_.before) return;
  const std::size_t number = number_of(host.name);
  const std::size_t batch = batch_of_[number];
  if (batch > 0 && ended_[batch - 1] < sizes_[batch - 1])
    complain(fmt::format("{} of batch {} begins, and of the one before {} of {} are through", host.name, batch,
                         ended_[batch - 1], sizes_[batch - 1]));
  most_at_once_ = std::max(most_at_once_, ++at_once_);
}

void Expectation::ends_batch(std::size_t host) {
  if (std::exchange(told_[host].has_ended_batch, true)) return;
  if (hosts_[host].operations > shape_.before) --at_once_;
  ++ended_[batch_of_[host]];
}

bool Expectation::is_failure(const Fate& fate) const { return fate.is_unreachable || fate.fails_at != Fate::never; }

// How many batches come to their turn before too many hosts have failed.
std::size_t Expectation::reached_batches() const {
  std::size_t failures = 0, host = 0;
  for (std::size_t batch = 0; batch < sizes_.size(); ++batch) {
    for (const std::size_t end = host + sizes_[batch]; host < end; ++host)
      failures += is_failure(hosts_[host].fate) ? 1 : 0;
    if (terms_.max_failures && failures > terms_.max_failures->of(hosts_.size())) return batch + 1;
  }
  return sizes_.size();
}

Expectation::End Expectation::expected_end(const Fate& fate, bool is_reached) const {
  // Without a stage before it, who does not come to his turn is never looked for.
  if (!is_reached && shape_.before == 0) return {.outcome = Outcome::skipped, .operations = 0};
  if (fate.is_unreachable) return {.outcome = Outcome::unreachable, .operations = 0};
  const std::size_t end = is_reached ? shape_.before + shape_.deploy + (listens(fate) ? 1 : 0) : shape_.before;
  if (fate.fails_at < end) return {.outcome = Outcome::failed, .operations = fate.fails_at + 1};
  return {.outcome = fate.changes < end ? Outcome::changed : Outcome::ok, .operations = end};
}

std::vector<std::string> Expectation::complaints(const std::map<std::string, Outcome>& hosts) {
  const std::size_t reached = reached_batches();
  if (hosts.size() != hosts_.size()) complain(fmt::format("{} hosts have ended, of {}", hosts.size(), hosts_.size()));
  for (std::size_t number = 0; number < hosts_.size(); ++number) {
    const SimulatedHost& host = hosts_[number];
    const End expected = expected_end(host.fate, batch_of_[number] < reached);
    const auto outcome = hosts.at(host.name);
    if (outcome != expected.outcome)
      complain(fmt::format("{} ended {}, not {}", host.name, word(outcome), word(expected.outcome)));
    if (host.operations != expected.operations || told_[number].operations != expected.operations)
      complain(fmt::format("{} has carried out {} operations and told of {}, where {} were to come", host.name,
                           host.operations, told_[number].operations, expected.operations));
    if (told_[number].ends != 1)
      complain(fmt::format("{} was told to have ended {} times", host.name, told_[number].ends));
    if (!host.not_understood.empty())
      complain(fmt::format("{} was told '{}', which it does not know", host.name, host.not_understood));
    if (host.begun > 1) complain(fmt::format("{} was begun {} times", host.name, host.begun));
    if (host.begun > 0 && !host.said_goodbye) complain(fmt::format("{} was not told that all is told", host.name));
  }
  if (most_at_once_ > *std::max_element(sizes_.begin(), sizes_.end()))
    complain(fmt::format("{} hosts were in a batch at the same time", most_at_once_));
  return complaints_;
}

}  // namespace espresso::simulation

#include "run/stage_gate.h"

#include "core/text.h"

#include <fmt/format.h>

namespace espresso {

void StageGate::expect(std::size_t host) {
  if (places_.emplace(host, Place{}).second) order_.push_back(host);
}

void StageGate::expect_part(std::size_t host) { ++places_.at(host).parts; }

// Which host is in which batch can be told once all are known.
void StageGate::open() {
  if (!batches_.empty()) return;
  std::size_t position = 0;
  for (const std::size_t size : batch_sizes(terms_, order_.size())) {
    for (const std::size_t end = position + size; position < end; ++position)
      places_.at(order_[position]).batch = batches_.size();
    batches_.push_back({.end = position, .under_way = size});
  }
}

Ruling StageGate::wait(Place& place) {
  place.waits = true;
  return {.kind = Ruling::Kind::wait};
}

Ruling StageGate::may_begin(std::size_t host) {
  open();
  Place& place = places_.at(host);
  if (place.has_begun) return {};
  if (!place.has_arrived) {
    place.has_arrived = true;
    gather();
  }
  if (is_held_by_barrier()) return wait(place);
  if (terms_.run_once) return may_run_once(host, place);
  if (place.batch > open_batch_) return why_closed_.empty() ? wait(place) : closed();
  if (terms_.rolling.empty() && !why_closed_.empty()) return closed();
  if (terms_.throttle > 0 && in_it_ == terms_.throttle) {
    if (!place.is_queued) queue_.push_back(host);
    place.is_queued = true;
    return wait(place);
  }
  take_turn(place);
  return {};
}

void StageGate::take_turn(Place& place) {
  place.has_begun = true;
  ++in_it_;
}

// The turn goes to the one who has waited longest, before it asks again: nobody else can come between.
void StageGate::leave_turn() {
  --in_it_;
  while (!queue_.empty() && in_it_ < terms_.throttle) {
    const std::size_t host = queue_.front();
    queue_.pop_front();
    Place& place = places_.at(host);
    if (place.has_ended || (terms_.rolling.empty() && !why_closed_.empty())) continue;
    take_turn(place);
    wake(host, place);
  }
}

Ruling StageGate::may_run_once(std::size_t host, Place& place) {
  if (is_done_ && has_failed_)
    return {.kind = Ruling::Kind::no, .why = fmt::format("runs once, and did not succeed on {}", failed_for_all_on())};
  if (is_done_)
    return {.kind = Ruling::Kind::done, .why = fmt::format("ran once, on {}", hosts_.name_of(order_[elected_]))};
  if (order_[elected_] != host) return wait(place);
  take_turn(place);
  return {};
}

void StageGate::finish(std::size_t host, StageEnd end) {
  open();
  Place& place = places_.at(host);
  if (place.has_ended) return;
  place.has_ended = true;
  if (!place.has_arrived) gather();
  if (terms_.run_once) return end_run_once(host, place, end);
  settle_part(host, place, end);
  if (place.has_begun) leave_turn();
}

void StageGate::finish_part(std::size_t host, StageEnd end) {
  open();
  settle_part(host, places_.at(host), end);
}

// One more has got to it, or never will.
void StageGate::gather() {
  ++gathered_;
  if (terms_.barrier && gathered_ == order_.size()) wake_all(0, order_.size());
}

// Where the first of its hosts is lost before it has begun, the next one does it.
void StageGate::end_run_once(std::size_t host, const Place& place, StageEnd end) {
  if (is_done_ || order_[elected_] != host) return;
  if (place.has_begun) {
    is_done_ = true;
    has_failed_ = end != StageEnd::through;
    wake_all(0, order_.size());
    return;
  }
  while (elected_ + 1 < order_.size() && places_.at(order_[elected_]).has_ended) ++elected_;
  Place& next = places_.at(order_[elected_]);
  if (!next.has_ended) wake(order_[elected_], next);
}

void StageGate::settle_part(std::size_t host, Place& place, StageEnd end) {
  if (place.parts == 0) return;
  if (end == StageEnd::failed) count_failure(host, place);
  if (end == StageEnd::through && --place.parts > 0) return;
  place.parts = 0;
  --batches_[place.batch].under_way;
  next_batches();
}

// A host counts once its batch has begun: one that is down and whose turn is far away stops nobody yet.
void StageGate::count_failure(std::size_t host, Place& place) {
  if (place.has_failed) return;
  place.has_failed = true;
  if (place.batch > open_batch_) {
    ++batches_[place.batch].failed_before;
    return;
  }
  failed_.push_back(host);
  if (terms_.rolling.empty() && has_too_many_failures()) close();
}

void StageGate::next_batches() {
  while (why_closed_.empty() && batches_[open_batch_].under_way == 0 && open_batch_ + 1 < batches_.size()) {
    if (has_too_many_failures()) return close();
    const std::size_t first = batches_[open_batch_].end;
    ++open_batch_;
    for (std::size_t i = first; batches_[open_batch_].failed_before > 0 && i < batches_[open_batch_].end; ++i)
      if (places_.at(order_[i]).has_failed) failed_.push_back(order_[i]);
    wake_all(first, batches_[open_batch_].end);
  }
}

bool StageGate::has_too_many_failures() const {
  return terms_.max_failures && failed_.size() > terms_.max_failures->of(order_.size());
}

void StageGate::close() {
  if (!why_closed_.empty()) return;
  std::vector<std::string> names;
  for (const std::size_t host : failed_) names.push_back(hosts_.name_of(host));
  why_closed_ = fmt::format("failed on {}, more than 'max_failures: {}' allows", fold_names(std::move(names)),
                            terms_.max_failures->text());
  wake_all(0, order_.size());
}

void StageGate::wake(std::size_t host, Place& place) {
  if (!place.waits) return;
  place.waits = false;
  hosts_.wake(host);
}

void StageGate::wake_all(std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) wake(order_[i], places_.at(order_[i]));
}

}  // namespace espresso

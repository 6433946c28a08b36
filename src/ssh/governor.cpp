#include "ssh/governor.h"

#include "core/error.h"

#include <algorithm>

namespace espresso {

/// Stands in a queue; leaves it also when its coroutine is destroyed while it waits.
struct Governor::Ticket {
  Queue& queue;
  Queue::iterator bell;
  Ticket(Queue& line, asio::any_io_executor executor)
      : queue(line), bell(line.emplace(line.end(), std::move(executor))) {}
  Ticket(const Ticket&) = delete;
  ~Ticket() { queue.erase(bell); }
  bool is_first() const { return bell == queue.begin(); }
};

namespace {

void wake_first(std::list<Bell>& queue) {
  if (!queue.empty()) queue.front().ring();
}

}  // namespace

awaitable<Governor::Place> Governor::enter(std::string gate, unsigned most, std::shared_ptr<Abandonment> abandonment) {
  const auto self = shared_from_this();
  const auto executor = co_await asio::this_coro::executor;
  const auto queue_up = [&](Queue& queue, const std::function<bool()>& is_free) -> awaitable<void> {
    if (!is_free() || !queue.empty()) {
      const Ticket ticket(queue, executor);
      const auto wake = [bell = ticket.bell] { bell->ring(); };
      const Abandonment::Waker waker(abandonment, executor, wake);
      while (!abandonment->is_set() && (!is_free() || !ticket.is_first())) co_await ticket.bell->wait();
    }
    if (abandonment->is_set()) throw Unreachable("not begun: interrupted");
  };

  // A gate stays in the map while somebody queues at it or is inside.
  Gate& own = gates_[gate];
  if (own.most < most) own.width = own.most = most;
  const std::function<bool()> is_open = [&own] { return own.is_open(); };
  co_await queue_up(own.queue, is_open);
  ++own.inside;
  Place place(self, std::move(gate));
  // Several may come free together: the next in the queue looks for itself.
  if (own.is_open()) wake_first(own.queue);

  const std::function<bool()> has_room = [this] { return free_ > 0; };
  co_await queue_up(queue_, has_room);
  --free_;
  place.is_counted_ = true;
  if (free_ > 0) wake_first(queue_);
  co_return place;
}

Governor::Place::~Place() {
  if (!governor_) return;
  step_aside();
  governor_->leave_gate(gate_);
}

void Governor::Place::step_aside() {
  if (!governor_ || !is_counted_) return;
  is_counted_ = false;
  if (++governor_->free_ > 0) wake_first(governor_->queue_);
}

void Governor::Place::come_back() {
  if (!governor_ || is_counted_) return;
  is_counted_ = true;
  --governor_->free_;
  governor_->patience_ = std::min(2 * governor_->patience_, longest_patience);
}

void Governor::Place::succeeded() {
  Gate& gate = governor_->gates_[gate_];
  gate.width = std::min(gate.most, gate.width + 1 / gate.width);
}

void Governor::Place::was_dropped() {
  Gate& gate = governor_->gates_[gate_];
  gate.width = std::max(1.0, gate.width / 2);
}

void Governor::leave_gate(const std::string& name) {
  const auto found = gates_.find(name);
  Gate& gate = found->second;
  --gate.inside;
  if (gate.inside == 0 && gate.queue.empty() && gate.width >= gate.most) {
    gates_.erase(found);
  } else if (gate.is_open()) {
    wake_first(gate.queue);
  }
}

double Governor::width(const std::string& gate) const {
  const auto found = gates_.find(gate);
  return found == gates_.end() ? 0 : found->second.width;
}

}  // namespace espresso

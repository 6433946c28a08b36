#include "ssh/governor.h"

#include "core/error.h"

namespace espresso {

awaitable<Governor::Place> Governor::enter(std::shared_ptr<Governor> governor,
                                           std::shared_ptr<Abandonment> abandonment) {
  if (governor->free_ == 0 || !governor->queue_.empty()) {
    // Leaves the queue also when this coroutine is destroyed while it waits.
    struct Ticket {
      std::list<Bell>& queue;
      std::list<Bell>::iterator bell;
      Ticket(std::list<Bell>& line, asio::any_io_executor executor)
          : queue(line), bell(line.emplace(line.end(), std::move(executor))) {}
      Ticket(const Ticket&) = delete;
      ~Ticket() { queue.erase(bell); }
    };
    const Ticket ticket(governor->queue_, co_await asio::this_coro::executor);
    const auto wake = [bell = ticket.bell] { bell->ring(); };
    const Abandonment::Waker waker(abandonment, wake);
    while (!abandonment->is_set() && (governor->free_ == 0 || ticket.bell != governor->queue_.begin())) {
      co_await ticket.bell->wait();
    }
  }
  if (abandonment->is_set()) throw Unreachable("not begun: interrupted");
  --governor->free_;
  // Places may have come free together: the next in the queue looks for itself.
  if (governor->free_ > 0 && !governor->queue_.empty()) governor->queue_.front().ring();
  co_return Place(governor);
}

void Governor::give_back() {
  ++free_;
  if (!queue_.empty()) queue_.front().ring();
}

}  // namespace espresso

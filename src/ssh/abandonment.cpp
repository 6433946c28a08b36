#include "ssh/abandonment.h"

namespace espresso {

void Abandonment::set() {
  const std::lock_guard lock(mutex_);
  set_ = true;
  for (const auto& waker : wakers_) call(waker);
}

void Abandonment::call(const Waker::Entry& waker) {
  // By the time it runs, nobody may wait any more.
  asio::post(waker.executor, [weak = std::weak_ptr(waker.wake)] {
    if (const auto wake = weak.lock()) (*wake)();
  });
}

Abandonment::Waker::Waker(std::shared_ptr<Abandonment> abandonment, asio::any_io_executor executor,
                          std::function<void()> wake)
    : abandonment_(std::move(abandonment)) {
  Entry entry{.executor = std::move(executor), .wake = std::make_shared<std::function<void()>>(std::move(wake))};
  const std::lock_guard lock(abandonment_->mutex_);
  place_ = abandonment_->wakers_.insert(abandonment_->wakers_.end(), std::move(entry));
  if (abandonment_->set_) call(*place_);
}

Abandonment::Waker::~Waker() {
  const std::lock_guard lock(abandonment_->mutex_);
  abandonment_->wakers_.erase(place_);
}

}  // namespace espresso

#include "ssh/abandonment.h"

namespace espresso {

void Abandonment::set() {
  set_ = true;
  for (const auto& wake : wakers_) wake();
}

Abandonment::Waker::Waker(std::shared_ptr<Abandonment> abandonment, std::function<void()> wake)
    : abandonment_(std::move(abandonment)),
      place_(abandonment_->wakers_.insert(abandonment_->wakers_.end(), std::move(wake))) {}

Abandonment::Waker::~Waker() { abandonment_->wakers_.erase(place_); }

}  // namespace espresso

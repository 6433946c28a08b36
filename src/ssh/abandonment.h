#pragma once

#include "core/async.h"

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace espresso {

/// Ends everything that waits, at once, from outside: each who waits leaves word how it is woken. For any thread.
class Abandonment {
 public:
  bool is_set() const { return set_; }
  void set();

  /// While this lives, `wake` is called on `executor` when the abandonment is set, or has been; it lives and dies there
  /// too.
  class Waker {
   public:
    Waker(std::shared_ptr<Abandonment> abandonment, asio::any_io_executor executor, std::function<void()> wake);
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

   private:
    struct Entry {
      asio::any_io_executor executor;
      std::shared_ptr<std::function<void()>> wake;
    };
    friend class Abandonment;
    std::shared_ptr<Abandonment> abandonment_;
    std::list<Entry>::iterator place_;
  };

 private:
  static void call(const Waker::Entry& waker);

  std::atomic<bool> set_ = false;
  std::mutex mutex_;
  std::list<Waker::Entry> wakers_;
};

}  // namespace espresso

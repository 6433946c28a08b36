#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

namespace espresso {

/// Ends everything that waits, at once, from outside: each who waits leaves word how it is woken.
class Abandonment {
 public:
  bool is_set() const { return set_; }
  void set();

  /// While this lives, `wake` is called when the abandonment is set.
  class Waker {
   public:
    Waker(std::shared_ptr<Abandonment> abandonment, std::function<void()> wake);
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

   private:
    std::shared_ptr<Abandonment> abandonment_;
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  bool set_ = false;
  std::list<std::function<void()>> wakers_;
};

}  // namespace espresso

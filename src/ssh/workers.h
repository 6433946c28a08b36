#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace espresso {

/// The threads on which sessions live, each with an io_context of its own: a session stays on one of them, so it needs
/// no locks. The caller's own is one of them; another begins when it gets its first session.
class Workers {
 public:
  /// 0: as many as there are cores for this process.
  Workers(asio::any_io_executor own, unsigned threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Where the next session is to live: each in turn. For one thread at a time.
  asio::any_io_executor next();
  const asio::any_io_executor& own() const { return own_; }
  /// Ends the threads. What still waits on them is destroyed with this object.
  void stop();

 private:
  struct Worker {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
    std::thread thread;
  };
  asio::any_io_executor own_;
  std::vector<std::unique_ptr<Worker>> workers_;  // the others
  std::size_t next_ = 0;
  bool stopped_ = false;
};

}  // namespace espresso

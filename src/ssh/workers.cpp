#include "ssh/workers.h"

#include <csignal>
#include <sched.h>

namespace espresso {
namespace {

unsigned cores_of_this_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

/// The main thread's alone are SIGINT and the like.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &former_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t former_{};
};

}  // namespace

Workers::Workers(asio::any_io_executor own, unsigned threads) : own_(std::move(own)) {
  const unsigned count = threads == 0 ? cores_of_this_process() : threads;
  for (unsigned i = 1; i < count; ++i) workers_.push_back(std::make_unique<Worker>());
}

Workers::~Workers() { stop(); }

asio::any_io_executor Workers::next() {
  const auto turn = next_++ % (workers_.size() + 1);
  if (turn == 0) return own_;
  Worker& worker = *workers_[turn - 1];
  if (!worker.thread.joinable() && !stopped_) {
    const SignalsBlocked signals_blocked;
    worker.thread = std::thread([&io = worker.io] { io.run(); });
  }
  return worker.io.get_executor();
}

void Workers::stop() {
  stopped_ = true;
  for (const auto& worker : workers_) worker->io.stop();
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

}  // namespace espresso

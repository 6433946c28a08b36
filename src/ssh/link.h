#pragma once

#include "core/async.h"
#include "core/descriptor.h"
#include "ssh/wire.h"

#include <asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace espresso {

/// Drives one libssh session from one executor. While the handshake lasts, call() repeats libssh's functions when the
/// socket is ready; after start_serving() one ssh_event is the only reader, and what it reads reaches channels by
/// callbacks. (Loops of "readable, then read this stream" lose wake-ups: any call of libssh may read for another
/// stream.)
class Link : public std::enable_shared_from_this<Link> {
 public:
  /// `socket`: of TCP, or one end of a pair whose other end leads to the server. `arrivals` counts how often something
  /// came during the handshake, for whoever watches from another thread.
  Link(asio::any_io_executor executor, Descriptor socket, std::shared_ptr<std::atomic<unsigned>> arrivals);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  ssh_session session() const { return wire_->session(); }
  /// For a thread of the pool; nobody else may touch the session meanwhile.
  std::shared_ptr<Wire> wire() const { return wire_; }
  asio::any_io_executor executor() const { return executor_; }

  /// The first ssh_connect(), after which the socket is made non-blocking again (libssh clears that).
  awaitable<std::optional<int>> connect(Deadline deadline);
  /// Repeats `function` until it answers something else than `again`. Nothing when the deadline passed.
  /// Throws Unreachable when the session is lost.
  template <typename Function>
  awaitable<std::optional<int>> call(Function function, int again, Deadline deadline) {
    while (true) {
      if (lost()) throw_lost();
      const int answer = function();
      called();
      if (answer != again) co_return answer;
      if (broken()) fail(error());
      if (lost()) throw_lost();
      if (!co_await progress(deadline)) co_return std::nullopt;
    }
  }
  /// `alive_interval`: how long the server may be silent until it is asked for a sign of life; 0: for ever. Asked
  /// `alive_count` times in vain, the session is lost.
  void start_serving(std::chrono::seconds alive_interval, unsigned alive_count);
  /// What may have closed the connection instead of the host: "the jump host 'b'".
  void lead_through(std::string what) { through_ = std::move(what); }

  /// Until something may have happened; false when the deadline passed.
  awaitable<bool> progress(Deadline deadline);
  /// After any call of libssh: it may have queued output, and have read packets for whoever else waits.
  void called();
  bool write_pending() const { return !closed_ && (ssh_get_status(session()) & SSH_WRITE_PENDING) != 0; }

  /// libssh's number for the channel that is opened next: each has its own, counted up.
  unsigned next_channel() { return ++last_channel_; }

  /// Rung when the session is lost, while this lives. Channels have bells of their own: with a thousand channels on one
  /// session, waking all for what one of them received would be quadratic.
  class Listener {
   public:
    Listener(std::shared_ptr<Link> link, Bell& bell);
    ~Listener() { link_->listeners_.erase(place_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    std::shared_ptr<Link> link_;
    std::list<Bell*>::iterator place_;
  };

  /// A channel has more unread data than it should: the socket rests until it is released again.
  void hold() { ++held_; }
  void release();

  /// What the server said first, as far as it came in one piece; empty while it is silent.
  const std::string& greeting() const { return greeting_; }
  /// Whoever waits during the handshake is woken and finds the session lost.
  void abandon() { fail("interrupted"); }

  bool lost() const { return !reason_.empty(); }
  /// libssh has given the session up: the server has hung up, or sent what makes no sense.
  bool broken() const;
  /// libssh's channels are gone.
  bool closed() const { return closed_; }
  [[noreturn]] void throw_lost() const;
  /// libssh's words for what just failed.
  std::string error() const;

  awaitable<void> close(Deadline deadline);

 private:
  void serve();
  void watch_life();
  void arm_read();
  void arm_write(bool always = false);
  void make_non_blocking();
  void ready();
  void take_notice();
  void fail(std::string reason);

  asio::any_io_executor executor_;
  asio::posix::stream_descriptor socket_;
  std::shared_ptr<Wire> wire_;
  Bell bell_;
  std::list<Bell*> listeners_;
  std::string reason_;
  std::string greeting_;
  std::string through_;
  std::shared_ptr<std::atomic<unsigned>> arrivals_;
  unsigned held_ = 0;
  asio::steady_timer alive_timer_;
  std::chrono::seconds alive_interval_{0};
  unsigned alive_count_ = 0;
  unsigned unanswered_ = 0;
  bool heard_ = false;
  unsigned last_channel_ = 42;
  bool serving_ = false;
  bool closed_ = false;
  bool read_armed_ = false;
  bool write_armed_ = false;
};

}  // namespace espresso

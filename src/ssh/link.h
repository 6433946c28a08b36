#pragma once

#include "core/async.h"
#include "ssh/wire.h"

#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>

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
  Link(asio::any_io_executor executor, asio::ip::tcp::socket socket);
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
  void start_serving();

  /// Until something may have happened; false when the deadline passed.
  awaitable<bool> progress(Deadline deadline);
  /// After any call of libssh: it may have queued output, and have read packets for whoever else waits.
  void called();
  bool write_pending() const { return !closed_ && (ssh_get_status(session()) & SSH_WRITE_PENDING) != 0; }

  /// A channel has more unread data than it should: the socket rests until it is released again.
  void hold() { ++held_; }
  void release();

  /// What the server said first, as far as it came in one piece; empty while it is silent.
  const std::string& greeting() const { return greeting_; }
  /// How often something came during the handshake.
  unsigned arrivals() const { return arrivals_; }
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
  std::string reason_;
  std::string greeting_;
  unsigned arrivals_ = 0;
  unsigned held_ = 0;
  bool serving_ = false;
  bool closed_ = false;
  bool read_armed_ = false;
  bool write_armed_ = false;
};

}  // namespace espresso

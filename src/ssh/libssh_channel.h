#pragma once

#include "ssh/link.h"
#include "ssh/session.h"

#include <libssh/callbacks.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace espresso {

/// The server did not open a channel to another address.
class NotForwarded : public Error {
 public:
  /// RFC 4254, 5.1
  enum class Reason { prohibited = 1, connect_failed = 2, unknown_type = 3, shortage = 4, other = 0 };
  NotForwarded(Reason reason, const std::string& words) : Error(words), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

/// A command on a libssh session. Unread output is bounded: above 1 MB the whole session's socket rests until it is
/// read (TCP then slows the host down), so at most that and one window of libssh are held. Other channels wait
/// meanwhile.
class LibsshChannel final : public Channel {
 public:
  explicit LibsshChannel(std::shared_ptr<Link> link);
  ~LibsshChannel() override;
  LibsshChannel(const LibsshChannel&) = delete;
  LibsshChannel& operator=(const LibsshChannel&) = delete;

  /// Starts a command.
  awaitable<void> start(std::string command, Deadline deadline);
  /// A connection from the server to this address (RFC 4254, 7.2, direct-tcpip). Throws NotForwarded.
  awaitable<void> start_forward(std::string address, std::uint16_t port, Deadline deadline);
  /// Ends it from here: read() gives `closed`.
  void close();
  awaitable<void> write(std::string_view data, Deadline deadline) override;
  awaitable<void> send_eof() override;
  awaitable<std::optional<ChannelEvent>> read(Deadline deadline) override;

 private:
  void open();
  void set_callbacks();
  void received(ChannelEvent::Kind kind, std::string_view data);
  /// The next event that needs no waiting.
  std::optional<ChannelEvent> take();
  /// Ends a call of libssh that failed: Unreachable when the session went with it.
  [[noreturn]] void throw_failed(const std::string& what) const;
  [[noreturn]] void throw_refused() const;

  std::shared_ptr<Link> link_;
  Bell bell_;
  Link::Listener listener_{link_, bell_};
  ssh_channel channel_ = nullptr;
  unsigned number_ = 0;
  ssh_channel_callbacks_struct callbacks_{};
  std::deque<ChannelEvent> unread_;
  std::size_t unread_bytes_ = 0;
  bool holding_ = false;
  bool closed_ = false;
  std::optional<int> exit_status_;
  std::string exit_signal_;
};

}  // namespace espresso

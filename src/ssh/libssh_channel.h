#pragma once

#include "ssh/link.h"
#include "ssh/session.h"

#include <libssh/callbacks.h>

#include <deque>
#include <memory>
#include <string>

namespace espresso {

/// A command on a libssh session. Unread output is bounded: above 1 MB the whole session's socket rests until it is
/// read (TCP then slows the host down), so at most that and one window of libssh are held. Other channels wait
/// meanwhile.
class LibsshChannel final : public Channel {
 public:
  explicit LibsshChannel(std::shared_ptr<Link> link);
  ~LibsshChannel() override;
  LibsshChannel(const LibsshChannel&) = delete;
  LibsshChannel& operator=(const LibsshChannel&) = delete;

  awaitable<void> start(std::string command, Deadline deadline);
  awaitable<void> write(std::string_view data, Deadline deadline) override;
  awaitable<void> send_eof() override;
  awaitable<std::optional<ChannelEvent>> read(Deadline deadline) override;

 private:
  void set_callbacks();
  void received(ChannelEvent::Kind kind, std::string_view data);
  /// The next event that needs no waiting.
  std::optional<ChannelEvent> take();
  /// Ends a call of libssh that failed: Unreachable when the session went with it.
  [[noreturn]] void throw_failed(const std::string& what) const;

  std::shared_ptr<Link> link_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  std::deque<ChannelEvent> unread_;
  std::size_t unread_bytes_ = 0;
  bool holding_ = false;
  bool closed_ = false;
  std::optional<int> exit_status_;
  std::string exit_signal_;
};

}  // namespace espresso

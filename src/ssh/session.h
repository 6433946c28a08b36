#pragma once

#include "core/async.h"
#include "core/error.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// A piece of what a remote command wrote, or how it ended.
struct ChannelEvent {
  enum class Kind { output, error_output, closed };
  Kind kind = Kind::output;
  std::string data = {};                ///< of output and error_output
  std::optional<int> exit_status = {};  ///< of closed, when the server told one
  std::string exit_signal = {};         ///< of closed: "KILL" without SIG, when it was killed
};

/// One command on a session: its standard streams. One coroutine may write while another reads.
class Channel {
 public:
  virtual ~Channel() = default;
  /// Hands all of `data` to the connection; waits while the window is full, so memory stays bounded.
  /// Throws Unreachable when the session is lost, Error when the command has ended or the deadline passes.
  virtual awaitable<void> write(std::string_view data, Deadline deadline = no_deadline) = 0;
  /// No more input for the command.
  virtual awaitable<void> send_eof() = 0;
  /// The next piece, in the order of arrival per stream; `closed` last (again at every further call).
  /// Nothing when the deadline passed. Throws Unreachable when the session is lost.
  virtual awaitable<std::optional<ChannelEvent>> read(Deadline deadline = no_deadline) = 0;
};

/// One authenticated connection to a host. Lives on one executor.
class Session {
 public:
  virtual ~Session() = default;
  /// Starts a command through the user's login shell (RFC 4254, 6.5). One channel carries one command.
  virtual awaitable<std::unique_ptr<Channel>> exec(std::string command, Deadline deadline = no_deadline) = 0;
  /// Says goodbye within the deadline; never throws.
  virtual awaitable<void> close(Deadline deadline) = 0;
};

/// `sh` on this machine instead of a session (`connection: local`). Commands run through `shell -c`.
std::unique_ptr<Session> open_local_session(asio::any_io_executor executor, std::string shell = "/bin/sh");

}  // namespace espresso

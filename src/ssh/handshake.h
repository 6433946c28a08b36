#pragma once

#include "core/async.h"
#include "core/descriptor.h"
#include "ssh/abandonment.h"
#include "ssh/authentication.h"
#include "ssh/connect.h"
#include "ssh/host_key.h"
#include "ssh/libssh_session.h"

#include <asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <memory>

namespace espresso {

/// The connection was cut before there was a session: worth another attempt.
class Cut : public Unreachable {
 public:
  using Unreachable::Unreachable;
};

/// What the handshakes of a run share, on whatever thread each of them is.
struct Handshakes {
  asio::thread_pool& pool;
  std::shared_ptr<Abandonment> abandonment;
  HostKeys& host_keys;
};

/// One handshake: where, with what, and until when.
struct Handshake {
  Endpoint endpoint;
  Credentials credentials;
  /// The socket to the server, or to what leads there; made on the session's own executor.
  std::function<awaitable<Descriptor>()> connect;
  std::shared_ptr<void> way = {};  ///< kept as long as the session (see LibsshSession)
  std::shared_ptr<std::atomic<unsigned>> arrivals = std::make_shared<std::atomic<unsigned>>(0);
  Deadline deadline = no_deadline;
};

/// Exchanges keys, verifies the host key before anything secret is sent, authenticates: on the executor it runs on,
/// where the session then lives. Throws Cut; Unreachable when another attempt would end the same.
awaitable<std::shared_ptr<LibsshSession>> shake_hands(std::shared_ptr<Handshakes> shared,
                                                      std::shared_ptr<Handshake> handshake);

}  // namespace espresso

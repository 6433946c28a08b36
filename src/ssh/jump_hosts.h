#pragma once

#include "core/async.h"
#include "core/descriptor.h"
#include "ssh/abandonment.h"
#include "ssh/connect.h"
#include "ssh/libssh_session.h"

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace espresso {

/// A session and the executor it lives on.
struct Placed {
  asio::any_io_executor place;
  std::shared_ptr<LibsshSession> session;
};

/// The sessions to jump hosts: one carries all hosts behind it, and when its server takes no more, another. For one
/// executor.
class JumpHosts {
 public:
  using Open = std::function<awaitable<Placed>(Endpoint)>;
  explicit JumpHosts(Open open) : open_(std::move(open)) {}

  /// Until there is a session to the jump host; all who need it wait for the same one.
  /// Throws Unreachable: "the jump host 'b' is unreachable: …".
  awaitable<void> prepare(std::shared_ptr<const Endpoint> jump, std::shared_ptr<Abandonment> abandonment);

  /// A connection from the jump host to this address. Throws Unreachable: "the jump host 'b' cannot connect to …".
  awaitable<Descriptor> dial(std::shared_ptr<const Endpoint> jump, std::string address, std::uint16_t port,
                             Deadline deadline, std::shared_ptr<Abandonment> abandonment);

  /// Ends the sessions, once nobody dials any more: until then they keep their executors at work.
  awaitable<void> close(Deadline deadline);

  /// How many sessions there are to it; for tests.
  std::size_t sessions(const Endpoint& jump) const;

 private:
  /// A session and what it carries; released by the tunnels, on their own thread.
  struct Carrier {
    Placed placed;
    std::atomic<unsigned> carries = 0;
    unsigned most = 0;  ///< what it takes, as far as known
  };
  struct Load;
  struct JumpHost {
    explicit JumpHost(asio::any_io_executor executor) : bell(std::move(executor)) {}
    std::list<std::shared_ptr<Carrier>> carriers;
    Bell bell;
    bool is_opening = false;
    unsigned failures = 0;
    std::exception_ptr failure;
  };
  awaitable<std::shared_ptr<Carrier>> carrier_of(std::shared_ptr<const Endpoint> jump,
                                                 std::shared_ptr<Abandonment> abandonment);

  Open open_;
  std::map<std::string, std::shared_ptr<JumpHost>> hosts_;
};

/// What tells endpoints apart: two with the same text are reached by the same session.
std::string identity_of(const Endpoint& endpoint);

}  // namespace espresso

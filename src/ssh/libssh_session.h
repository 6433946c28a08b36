#pragma once

#include "core/descriptor.h"
#include "ssh/link.h"
#include "ssh/session.h"

#include <cstdint>
#include <memory>
#include <string>

namespace espresso {

/// A session over a link that is authenticated and serves.
class LibsshSession final : public Session {
 public:
  /// `way`: what the link's socket leads through, and which ends with the session (the process of a ProxyCommand).
  LibsshSession(std::shared_ptr<Link> link, std::shared_ptr<void> way) : link_(std::move(link)), way_(std::move(way)) {}
  awaitable<std::unique_ptr<Channel>> exec(std::string command, Deadline deadline) override;
  awaitable<void> close(Deadline deadline) override { return link_->close(deadline); }

  /// A connection from the server to this address, as one end of a pair of sockets: it ends when either side ends it,
  /// and `way` is let go then. Throws NotForwarded, or Unreachable when the session is lost.
  awaitable<Descriptor> forward(std::string address, std::uint16_t port, std::shared_ptr<void> way, Deadline deadline);

 private:
  std::shared_ptr<Link> link_;
  std::shared_ptr<void> way_;
};

}  // namespace espresso

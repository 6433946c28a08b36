#pragma once

#include "ssh/link.h"
#include "ssh/session.h"

namespace espresso {

/// A session over a link that is authenticated and serves.
class LibsshSession final : public Session {
 public:
  explicit LibsshSession(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  awaitable<std::unique_ptr<Channel>> exec(std::string command, Deadline deadline) override;
  awaitable<void> close(Deadline deadline) override { return link_->close(deadline); }

 private:
  std::shared_ptr<Link> link_;
};

}  // namespace espresso

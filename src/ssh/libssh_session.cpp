#include "ssh/libssh_session.h"

#include "ssh/libssh_channel.h"

namespace espresso {

awaitable<std::unique_ptr<Channel>> LibsshSession::exec(std::string command, Deadline deadline) {
  auto channel = std::make_unique<LibsshChannel>(link_);
  co_await channel->start(std::move(command), deadline);
  co_return channel;
}

}  // namespace espresso

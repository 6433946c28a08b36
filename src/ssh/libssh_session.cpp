#include "ssh/libssh_session.h"

#include "ssh/libssh_channel.h"

#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace espresso {
namespace {

constexpr std::size_t piece_size = 1 << 15;

/// A channel to somewhere behind the server, and our end of the pair of sockets.
struct Tunnel {
  Tunnel(std::shared_ptr<Link> link, std::shared_ptr<void> with)
      : way(std::move(with)), channel(link), socket(link->executor()) {}
  std::shared_ptr<void> way;
  LibsshChannel channel;
  asio::local::stream_protocol::socket socket;

  void end() {
    asio::error_code ignored;
    socket.close(ignored);
    channel.close();
  }
};

awaitable<void> carry_in(std::shared_ptr<Tunnel> tunnel) {
  while (true) {
    const auto event = co_await tunnel->channel.read(no_deadline);
    if (event->kind == ChannelEvent::Kind::closed) break;
    if (event->kind != ChannelEvent::Kind::output) continue;
    const auto [error, size] = co_await asio::async_write(tunnel->socket, asio::buffer(event->data), as_result);
    if (error) break;
  }
}

awaitable<void> carry_out(std::shared_ptr<Tunnel> tunnel) {
  std::string piece;
  while (true) {
    // A thousand idle tunnels hold no buffers.
    const auto [waiting] = co_await tunnel->socket.async_wait(asio::socket_base::wait_read, as_result);
    if (waiting) break;
    piece.resize(piece_size);
    const auto [error, size] = co_await tunnel->socket.async_read_some(asio::buffer(piece), as_result);
    if (error) break;
    co_await tunnel->channel.write({piece.data(), size}, no_deadline);
    piece = {};
  }
}

}  // namespace

awaitable<std::unique_ptr<Channel>> LibsshSession::exec(std::string command, Deadline deadline) {
  auto channel = std::make_unique<LibsshChannel>(link_);
  co_await channel->start(std::move(command), deadline);
  co_return channel;
}

awaitable<Descriptor> LibsshSession::forward(std::string address, std::uint16_t port, std::shared_ptr<void> way,
                                             Deadline deadline) {
  const auto tunnel = std::make_shared<Tunnel>(link_, std::move(way));
  co_await tunnel->channel.start_forward(std::move(address), port, deadline);
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    throw Unreachable(std::string("no pair of sockets for the way through the jump host: ") + std::strerror(errno),
                      "raise the limit with ulimit -n, or take fewer hosts at once with --forks");
  tunnel->socket.assign(asio::local::stream_protocol(), ends[0]);
  Descriptor theirs(ends[1]);
  // Whichever way ends first ends the other: neither side says "no more" without meaning all of it.
  const auto ended = [tunnel](std::exception_ptr) { tunnel->end(); };
  spawn(link_->executor(), carry_in(tunnel), ended);
  spawn(link_->executor(), carry_out(tunnel), ended);
  co_return theirs;
}

}  // namespace espresso

#include "faulty_path.h"

#include <asio/write.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <span>
#include <vector>

#include <sys/socket.h>

namespace espresso::testing {

using asio::ip::tcp;

bool PacketCounter::ends_packet(unsigned char byte) {
  constexpr std::size_t header_size = 4, type_at = 5, tag_size = 16;
  constexpr unsigned char new_keys = 21;
  ++at_;
  if (packets_ == 0) return byte == '\n';
  if (at_ <= header_size) {
    length_ = at_ == 1 ? byte : length_ << 8 | byte;
    return false;
  }
  if (at_ == type_at + 1 && !is_encrypted_) is_last_in_clear_ = byte == new_keys;
  return at_ == header_size + length_ + (is_encrypted_ ? tag_size : 0);
}

std::size_t PacketCounter::take(std::string_view data, std::size_t most) {
  std::size_t taken = 0;
  while (taken < data.size() && packets_ < most) {
    if (!ends_packet(static_cast<unsigned char>(data[taken++]))) continue;
    ++packets_;
    at_ = 0;
    is_encrypted_ = is_encrypted_ || is_last_in_clear_;
  }
  return taken;
}

struct FaultyPath::State {
  State(asio::io_context& io, std::uint16_t to, const Script& with)
      : executor(io.get_executor()),
        acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        server(to),
        script(with),
        healed(io.get_executor()) {}

  struct Connection {
    explicit Connection(const asio::any_io_executor& io) : ends{tcp::socket(io), tcp::socket(io)} {}
    std::array<tcp::socket, 2> ends;  ///< the client's, the server's
    void close() {
      asio::error_code ignored;
      for (auto& end : ends) end.close(ignored);
    }
  };

  static awaitable<void> forward(std::shared_ptr<State> state, std::shared_ptr<Connection> connection,
                                 std::size_t from);
  static awaitable<void> serve(std::shared_ptr<State> state, std::shared_ptr<Connection> connection);
  awaitable<void> go_wrong(std::shared_ptr<Connection> connection);

  asio::any_io_executor executor;
  tcp::acceptor acceptor;
  std::uint16_t server;
  Script script;
  Bell healed;
  bool is_healed = false;
  Traffic traffic;
  std::list<std::weak_ptr<Connection>> connections;
};

awaitable<void> FaultyPath::State::go_wrong(std::shared_ptr<Connection> connection) {
  ++traffic.faults;
  if (script.fault == Fault::stall) {
    while (!is_healed) co_await healed.wait();
  } else if (script.fault != Fault::garble) {
    if (script.fault == Fault::reset) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(connection->ends[0].native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    connection->close();
  }
}

awaitable<void> FaultyPath::State::forward(std::shared_ptr<State> state, std::shared_ptr<Connection> connection,
                                           std::size_t from) {
  const auto& script = state->script;
  const bool is_watched = script.fault != Fault::none && (from == 1) == script.from_server;
  PacketCounter counter;
  std::size_t bytes = 0;
  bool is_behind = !is_watched;
  const auto is_reached = [&] {
    return !is_behind && (counter.packets() >= script.after_packets || bytes >= script.after_bytes);
  };
  std::vector<char> buffer(1 << 16);
  while (true) {
    if (is_reached() && script.fault != Fault::garble) {
      co_await state->go_wrong(connection);
      is_behind = true;
    }
    const auto [error, size] = co_await connection->ends[from].async_read_some(asio::buffer(buffer), as_result);
    if (error) break;
    for (std::span<char> data(buffer.data(), size); !data.empty();) {
      if (is_reached()) {
        if (script.fault == Fault::garble) data[0] = static_cast<char>(data[0] ^ 1);
        co_await state->go_wrong(connection);
        is_behind = true;
      }
      std::size_t most = data.size();
      if (!is_behind) most = std::min(most, script.after_bytes - bytes);
      most = counter.take({data.data(), most}, is_behind ? SIZE_MAX : script.after_packets);
      bytes += most;
      state->traffic.packets[from] = counter.packets();
      state->traffic.bytes[from] = bytes;
      const auto written =
          co_await asio::async_write(connection->ends[1 - from], asio::buffer(data.data(), most), as_result);
      if (std::get<0>(written)) break;
      data = data.subspan(most);
    }
  }
  connection->close();
}

awaitable<void> FaultyPath::State::serve(std::shared_ptr<State> state, std::shared_ptr<Connection> connection) {
  const tcp::endpoint to(asio::ip::address_v4::loopback(), state->server);
  const auto [error] = co_await connection->ends[1].async_connect(to, as_result);
  if (error) {
    connection->close();
  } else {
    spawn(state->executor, forward(state, connection, 0), {});
    co_await forward(state, connection, 1);
  }
}

awaitable<void> FaultyPath::accept(std::shared_ptr<State> state) {
  while (true) {
    auto connection = std::make_shared<State::Connection>(state->executor);
    const auto [error] = co_await state->acceptor.async_accept(connection->ends[0], as_result);
    if (error) break;
    ++state->traffic.connections;
    state->connections.push_back(connection);
    spawn(state->executor, State::serve(state, connection), {});
  }
}

FaultyPath::FaultyPath(asio::io_context& io, std::uint16_t server, const Script& script)
    : state_(std::make_shared<State>(io, server, script)) {
  spawn(io.get_executor(), accept(state_), {});
}

FaultyPath::~FaultyPath() {
  asio::error_code ignored;
  state_->acceptor.close(ignored);
  for (const auto& weak : state_->connections) {
    if (const auto connection = weak.lock()) connection->close();
  }
}

std::uint16_t FaultyPath::port() const { return state_->acceptor.local_endpoint().port(); }

const FaultyPath::Traffic& FaultyPath::traffic() const { return state_->traffic; }

void FaultyPath::heal() {
  state_->is_healed = true;
  state_->healed.ring();
}

}  // namespace espresso::testing

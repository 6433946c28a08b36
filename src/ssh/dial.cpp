#include "ssh/dial.h"

#include "ssh/out_of_descriptors.h"

#include <asio/ip/tcp.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <ifaddrs.h>
#include <net/if.h>

namespace espresso {
namespace {

using asio::ip::tcp;

constexpr auto head_start = std::chrono::milliseconds(250);

std::string in_words(const asio::error_code& error) {
  if (error == asio::error::connection_refused) return "connection refused";
  if (error == asio::error::host_unreachable) return "no route to host";
  if (error == asio::error::network_unreachable) return "network is unreachable";
  if (error == asio::error::connection_reset) return "connection reset";
  if (error == asio::error::operation_aborted || error == asio::error::timed_out) return "no answer";
  return error.message();
}

bool is_anywhere(const Departure& from) { return from.address.empty() && from.interface.empty(); }

asio::ip::address address_of(const Departure& from, bool is_v6, asio::error_code& error) {
  if (!from.address.empty()) return asio::ip::make_address(from.address, error);
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) error = {errno, asio::system_category()};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const auto* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr || entry->ifa_name != from.interface || (entry->ifa_flags & IFF_UP) == 0) continue;
    if (!is_v6 && entry->ifa_addr->sa_family == AF_INET) {
      sockaddr_in found{};
      std::memcpy(&found, entry->ifa_addr, sizeof found);
      return asio::ip::address_v4(ntohl(found.sin_addr.s_addr));
    }
    if (is_v6 && entry->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 found{};
      std::memcpy(&found, entry->ifa_addr, sizeof found);
      asio::ip::address_v6::bytes_type bytes{};
      std::memcpy(bytes.data(), &found.sin6_addr, bytes.size());
      return asio::ip::address_v6(bytes, found.sin6_scope_id);
    }
  }
  if (!error) error = asio::error_code(EADDRNOTAVAIL, asio::system_category());
  return {};
}

/// Connections under way to the addresses of one host; the first that is there has won.
struct Race : std::enable_shared_from_this<Race> {
  explicit Race(asio::any_io_executor io) : executor(io), bell(std::move(io)) {}

  void begin(const tcp::endpoint& address, const Departure& from) {
    auto socket = std::make_shared<tcp::socket>(executor);
    asio::error_code error;
    if (!is_anywhere(from)) {
      const auto own = address_of(from, address.address().is_v6(), error);
      if (!error) socket->open(address.protocol(), error);
      if (!error) socket->bind({own, 0}, error);
    }
    if (error) {
      unbound = error;
      return;
    }
    sockets.push_back(socket);
    ++under_way;
    socket->async_connect(address, [self = shared_from_this(), socket](asio::error_code failure) {
      --self->under_way;
      if (failure) self->last = failure;
      if (!failure && !self->winner) self->winner = socket;
      self->bell.ring();
    });
  }

  void end() {
    asio::error_code ignored;
    for (const auto& socket : sockets) {
      if (socket != winner) socket->close(ignored);
    }
  }

  asio::any_io_executor executor;
  Bell bell;
  std::vector<std::shared_ptr<tcp::socket>> sockets;
  std::shared_ptr<tcp::socket> winner;
  asio::error_code last = asio::error::host_unreachable;
  asio::error_code unbound;  ///< there is no connecting from where it was to come from
  unsigned under_way = 0;
};

[[noreturn]] void throw_failed(const asio::error_code& error, const std::string& name, std::uint16_t port) {
  if (error == asio::error::no_descriptors) throw OutOfDescriptors();
  throw NotConnected(in_words(error), "check that an SSH server listens at " + name + " port " + std::to_string(port));
}

}  // namespace

awaitable<Descriptor> dial(std::string name, Addresses addresses, std::uint16_t port, Departure from, Deadline deadline,
                           std::shared_ptr<Abandonment> abandonment) {
  const auto executor = co_await asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor);
  const auto give_up = [race] { race->bell.ring(); };
  const Abandonment::Waker waker(abandonment, executor, give_up);
  std::size_t begun = 0;
  bool in_time = true;
  while (!race->winner && !abandonment->is_set() && in_time && (race->under_way > 0 || begun < addresses.size())) {
    Deadline pause = deadline;
    if (begun < addresses.size()) {
      race->begin({addresses[begun++], port}, from);
      pause = std::min(deadline, Clock::now() + head_start);
    }
    const auto left = race->under_way;
    if (left == 0) continue;
    const bool rung = co_await race->bell.wait(pause);
    in_time = rung || pause < deadline;
  }
  race->end();
  if (race->sockets.empty() && race->unbound) {
    if (race->unbound == asio::error::no_descriptors) throw OutOfDescriptors();
    throw Unreachable(
        "cannot connect from '" + (from.address.empty() ? from.interface : from.address) + "' to " +
            addresses.front().to_string() + ": " + race->unbound.message(),
        "let BindAddress be one of this machine's addresses, or BindInterface have one, of the same family");
  }
  if (!race->winner) {
    const bool ended = race->under_way > 0;
    throw_failed(ended ? asio::error_code(asio::error::timed_out) : race->last, name, port);
  }
  asio::error_code error;
  const int number = race->winner->release(error);
  if (error) throw_failed(error, name, port);
  co_return Descriptor(number);
}

}  // namespace espresso

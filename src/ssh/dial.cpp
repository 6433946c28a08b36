#include "ssh/dial.h"

#include "core/error.h"

#include <asio/ip/address.hpp>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <netdb.h>

namespace espresso {
namespace {

using Addresses = std::vector<asio::ip::tcp::endpoint>;

Addresses resolve(const std::string& name, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (const int failure = ::getaddrinfo(name.c_str(), nullptr, &hints, &list); failure != 0) {
    throw Unreachable("the name '" + name + "' cannot be resolved: " + ::gai_strerror(failure),
                      "check the host's address");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Addresses result;
  for (const auto* entry = list; entry; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    endpoint.port(port);
    result.push_back(endpoint);
  }
  return result;
}

struct Lookup {
  explicit Lookup(asio::any_io_executor executor) : bell(std::move(executor)) {}
  Bell bell;
  Addresses addresses;
  std::exception_ptr failure;
  bool done = false;
};

awaitable<void> look_up(asio::thread_pool& pool, std::shared_ptr<Lookup> lookup, std::string name, std::uint16_t port) {
  auto work = [name = std::move(name), port] { return resolve(name, port); };
  lookup->addresses = co_await on_pool(pool, work);
}

/// The resolver has timeouts of its own, longer than ours: it is left behind when the deadline comes.
awaitable<Addresses> addresses_of(asio::thread_pool& pool, std::string name, std::uint16_t port, Deadline deadline,
                                  std::shared_ptr<Abandonment> abandonment) {
  asio::error_code not_numeric;
  const auto numeric = asio::ip::make_address(name, not_numeric);
  if (!not_numeric) co_return Addresses{{numeric, port}};
  const auto executor = co_await asio::this_coro::executor;
  auto lookup = std::make_shared<Lookup>(executor);
  spawn(executor, look_up(pool, lookup, name, port), [lookup](std::exception_ptr failure) {
    lookup->failure = failure;
    lookup->done = true;
    lookup->bell.ring();
  });
  const auto wake = [lookup] { lookup->bell.ring(); };
  const Abandonment::Waker waker(abandonment, wake);
  while (!lookup->done) {
    const bool in_time = co_await lookup->bell.wait(deadline);
    if (!in_time || abandonment->is_set()) throw Unreachable("no answer from the resolver for '" + name + "'");
  }
  if (lookup->failure) std::rethrow_exception(lookup->failure);
  co_return std::move(lookup->addresses);
}

std::string in_words(const asio::error_code& error) {
  if (error == asio::error::connection_refused) return "connection refused";
  if (error == asio::error::host_unreachable) return "no route to host";
  if (error == asio::error::network_unreachable) return "network is unreachable";
  if (error == asio::error::connection_reset) return "connection reset";
  if (error == asio::error::operation_aborted || error == asio::error::timed_out) return "no answer";
  return error.message();
}

}  // namespace

awaitable<asio::ip::tcp::socket> dial(asio::thread_pool& pool, std::string address, std::uint16_t port,
                                      Deadline deadline, std::shared_ptr<Abandonment> abandonment) {
  const auto executor = co_await asio::this_coro::executor;
  const auto addresses = co_await addresses_of(pool, address, port, deadline, abandonment);
  asio::error_code last = asio::error::host_unreachable;
  for (std::size_t i = 0; i < addresses.size() && !abandonment->is_set(); ++i) {
    // Shared with the timer's handler, which may be queued already when this coroutine is gone.
    auto socket = std::make_shared<asio::ip::tcp::socket>(executor);
    // An address that swallows packets must not use up the time of those behind it.
    const auto now = Clock::now();
    const auto left = static_cast<Clock::rep>(addresses.size() - i);
    asio::steady_timer timer(executor, now + (deadline - now) / left);
    timer.async_wait([socket](asio::error_code cancelled) {
      asio::error_code ignored;
      if (!cancelled) socket->cancel(ignored);
    });
    const auto give_up = [socket] {
      asio::error_code ignored;
      socket->cancel(ignored);
    };
    const Abandonment::Waker waker(abandonment, give_up);
    const auto [error] = co_await socket->async_connect(addresses[i], as_result);
    timer.cancel();
    if (!error) co_return std::move(*socket);
    last = error;
  }
  throw Unreachable(in_words(last), "check that an SSH server listens at " + address + " port " + std::to_string(port));
}

}  // namespace espresso

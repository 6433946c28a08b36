#include "ssh/resolver.h"

#include "core/error.h"
#include "ssh/out_of_descriptors.h"

#include <cerrno>
#include <cstring>

#include <netdb.h>
#include <netinet/in.h>

namespace espresso {
namespace {

int number_of(AddressFamily family) {
  if (family == AddressFamily::inet) return AF_INET;
  return family == AddressFamily::inet6 ? AF_INET6 : AF_UNSPEC;
}

}  // namespace

Addresses Resolver::look_up_name(const std::string& name, AddressFamily family) {
  addrinfo hints{};
  hints.ai_family = number_of(family);
  hints.ai_socktype = SOCK_STREAM;
  // Loopback addresses do not count as configured; whoever chooses a family may have them in mind.
  hints.ai_flags = family == AddressFamily::any ? AI_ADDRCONFIG : 0;
  addrinfo* list = nullptr;
  if (const int failure = ::getaddrinfo(name.c_str(), nullptr, &hints, &list); failure != 0) {
    if (failure == EAI_SYSTEM && errno == EMFILE) throw OutOfDescriptors();
    throw Unreachable("the name '" + name + "' cannot be resolved: " + ::gai_strerror(failure),
                      "check the host's address");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Addresses result;
  for (const auto* entry = list; entry; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET) {
      sockaddr_in address{};
      std::memcpy(&address, entry->ai_addr, sizeof address);
      result.emplace_back(asio::ip::address_v4(ntohl(address.sin_addr.s_addr)));
    } else if (entry->ai_family == AF_INET6) {
      sockaddr_in6 address{};
      std::memcpy(&address, entry->ai_addr, sizeof address);
      asio::ip::address_v6::bytes_type bytes{};
      std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
      result.emplace_back(asio::ip::address_v6(bytes, address.sin6_scope_id));
    }
  }
  return result;
}

struct Resolver::Answer {
  explicit Answer(asio::any_io_executor executor) : bell(std::move(executor)) {}
  Bell bell;
  Addresses addresses;
  std::exception_ptr failure;
  bool done = false;
};

namespace {

awaitable<void> look_up(asio::thread_pool& pool, Resolver::Lookup lookup, std::string name, AddressFamily family,
                        Addresses& result) {
  auto work = [lookup = std::move(lookup), name = std::move(name), family] { return lookup(name, family); };
  result = co_await on_pool(pool, work);
}

}  // namespace

std::shared_ptr<Resolver::Answer> Resolver::ask(const std::string& name, AddressFamily family,
                                                asio::any_io_executor executor) {
  auto& answer = answers_[{name, family}];
  // What failed may be right by the next attempt.
  if (answer && !(answer->done && answer->failure)) return answer;
  answer = std::make_shared<Answer>(executor);
  spawn(executor, look_up(pool_, lookup_, name, family, answer->addresses),
        [answer = answer](std::exception_ptr failure) {
          answer->failure = failure;
          answer->done = true;
          answer->bell.ring();
        });
  return answer;
}

awaitable<Addresses> Resolver::addresses(std::string name, AddressFamily family, Deadline deadline,
                                         std::shared_ptr<Abandonment> abandonment) {
  asio::error_code not_numeric;
  const auto numeric = asio::ip::make_address(name, not_numeric);
  if (!not_numeric) {
    const bool is_wanted = family == AddressFamily::any || (family == AddressFamily::inet6) == numeric.is_v6();
    if (!is_wanted)
      throw Unreachable(
          "'" + name + "' is no " + (numeric.is_v6() ? "IPv4" : "IPv6") + " address, but AddressFamily asks for one",
          "let AddressFamily be any");
    co_return Addresses{numeric};
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto answer = ask(name, family, executor);
  const auto wake = [answer] { answer->bell.ring(); };
  const Abandonment::Waker waker(abandonment, executor, wake);
  while (!answer->done) {
    const bool in_time = co_await answer->bell.wait(deadline);
    if (!in_time || abandonment->is_set()) throw Unreachable("no answer from the resolver for '" + name + "'");
  }
  if (answer->failure) std::rethrow_exception(answer->failure);
  co_return answer->addresses;
}

}  // namespace espresso

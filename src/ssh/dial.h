#pragma once

#include "core/async.h"
#include "ssh/abandonment.h"

#include <asio/ip/tcp.hpp>
#include <asio/thread_pool.hpp>

#include <cstdint>
#include <string>

namespace espresso {

/// A TCP connection to the first address of the name that answers. Names are resolved on the pool.
/// Throws Unreachable: "connection refused", …; "no answer" when the deadline passed or it was abandoned.
awaitable<asio::ip::tcp::socket> dial(asio::thread_pool& pool, std::string address, std::uint16_t port,
                                      Deadline deadline, std::shared_ptr<Abandonment> abandonment);

}  // namespace espresso

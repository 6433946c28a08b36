#pragma once

#include "core/async.h"
#include "ssh/abandonment.h"
#include "ssh/config.h"

#include <asio/ip/address.hpp>
#include <asio/thread_pool.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace espresso {

using Addresses = std::vector<asio::ip::address>;

/// Addresses of names, in getaddrinfo(3)'s order: each name is asked for once, however many hosts have it, on the pool.
/// For one executor.
class Resolver {
 public:
  /// Throws Unreachable: "the name 'x' cannot be resolved: …".
  using Lookup = std::function<Addresses(const std::string& name, AddressFamily family)>;
  explicit Resolver(asio::thread_pool& pool, Lookup lookup = look_up_name) : pool_(pool), lookup_(std::move(lookup)) {}

  /// Also throws Unreachable when the deadline passes: the resolver has timeouts of its own, longer than ours, and is
  /// left behind.
  awaitable<Addresses> addresses(std::string name, AddressFamily family, Deadline deadline,
                                 std::shared_ptr<Abandonment> abandonment);

  /// Asks the system.
  static Addresses look_up_name(const std::string& name, AddressFamily family);

 private:
  struct Answer;
  std::shared_ptr<Answer> ask(const std::string& name, AddressFamily family, asio::any_io_executor executor);

  asio::thread_pool& pool_;
  Lookup lookup_;
  std::map<std::pair<std::string, AddressFamily>, std::shared_ptr<Answer>> answers_;
};

}  // namespace espresso

#pragma once

#include "ssh/agent.h"
#include "ssh/identity.h"
#include "ssh/link.h"

#include <asio/thread_pool.hpp>

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// What one login may be tried with.
struct Credentials {
  std::string user;
  std::vector<std::shared_ptr<const Identity>> identities = {};
  std::shared_ptr<Agent> agent = {};  ///< none: not asked
  std::string password = {};
};

/// Keys of files, then of the agent, then keyboard-interactive, then the password. Returns false when the deadline
/// passed. Throws Unreachable with what was tried and what the server accepts.
awaitable<bool> authenticate(std::shared_ptr<Link> link, asio::thread_pool& pool, Credentials credentials,
                             Deadline deadline);

}  // namespace espresso

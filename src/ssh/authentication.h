#pragma once

#include "ssh/agent.h"
#include "ssh/key_order.h"
#include "ssh/link.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// What one login may be tried with.
struct Credentials {
  std::string user;
  Keys keys = {};
  std::shared_ptr<Agent> agent = {};  ///< none: not asked
  std::string password = {};
  /// Names of methods as in PreferredAuthentications of ssh_config(5), the ones that are switched off left out.
  std::vector<std::string> methods = {};
  std::string public_key_algorithms = {};  ///< a list for libssh; empty: all
  std::vector<std::string> notes = {};     ///< what could not be used, for messages: "the key 'a' cannot be read: …"
};

/// The methods in their order, each as long as the server names it; goes on with what remains when the server wants
/// more than one. Returns false when the deadline passed. Throws Unreachable with what was tried, what the server
/// accepts and what to do.
awaitable<bool> authenticate(std::shared_ptr<Link> link, Credentials credentials, Deadline deadline);

}  // namespace espresso

#pragma once

#include "core/async.h"
#include "core/descriptor.h"
#include "core/error.h"
#include "ssh/abandonment.h"
#include "ssh/resolver.h"

#include <cstdint>
#include <memory>
#include <string>

namespace espresso {

/// Nobody takes the connection; another attempt may do better.
class NotConnected : public Unreachable {
 public:
  using Unreachable::Unreachable;
};

/// What of this machine a connection comes from (ssh_config(5)); both empty: whatever leads there.
struct Departure {
  std::string address = {};    ///< BindAddress
  std::string interface = {};  ///< BindInterface: its first address; where there is an address, that holds
};

/// A TCP connection to the first of the addresses of `name` that answers. One that swallows packets does not hold up
/// those behind it: the next is tried beside it after a quarter of a second (RFC 8305, 5). Throws NotConnected:
/// "connection refused", …; "no answer" when the deadline passed or it was abandoned.
awaitable<Descriptor> dial(std::string name, Addresses addresses, std::uint16_t port, Departure from, Deadline deadline,
                           std::shared_ptr<Abandonment> abandonment);

}  // namespace espresso

#include "model/inventory_host_name.h"

#include "core/text.h"
#include "model/inventory.h"
#include "model/inventory_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace espresso {

std::optional<NamedHosts> parse_host_names(std::string_view word, const Span& span, Diagnostics& diagnostics) {
  const Address address = parse_address(word);
  if (!address.user.empty()) {
    diagnostics.add(span, fmt::format("'{}' names a user, but a host's name stands here", word),
                    fmt::format("write '{}', and the user as its variable 'ansible_user'", address.host));
    return std::nullopt;
  }
  if (address.host.empty()) {
    diagnostics.add(span, fmt::format("'{}' names no host", word));
    return std::nullopt;
  }
  NamedHosts named;
  if (address.port) {
    named.port = parse_port(*address.port);
    if (!named.port) {
      diagnostics.add(span, fmt::format("'{}' is no port", *address.port), "write a number from 1 to 65535");
      return std::nullopt;
    }
  }
  if (address.is_literal) {
    named.names.emplace_back(address.host);
    return named;
  }
  try {
    named.names = expand_range(address.host);
  } catch (const std::invalid_argument& error) {
    diagnostics.add(span, error.what());
    return std::nullopt;
  }
  if (named.names.front().find_first_of("[]") != std::string::npos) {
    diagnostics.add(span, fmt::format("the brackets in '{}' hold no range", word),
                    "write ranges as [1:5], [01:20] or [a:f]");
    return std::nullopt;
  }
  return named;
}

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// The hosts that one word of an inventory names: "web[1:3]", "db1:2222", "[2001:db8::1]:22".
struct NamedHosts {
  std::vector<std::string> names;
  std::optional<std::int64_t> port;
};

/// Nothing, with the mistakes told at `span`, when the word makes no sense.
std::optional<NamedHosts> parse_host_names(std::string_view word, const Span& span, Diagnostics& diagnostics);

}  // namespace espresso

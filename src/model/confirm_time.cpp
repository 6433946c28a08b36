#include "model/confirm_time.h"

#include "core/text.h"
#include "model/fields.h"

namespace espresso {

namespace {

using namespace std::chrono_literals;

// The host looks once a second.
constexpr std::chrono::milliseconds shortest = 1s;
// Whoever is locked out for longer has found another way in by then.
constexpr std::chrono::milliseconds longest = 1h;

}  // namespace

std::optional<std::chrono::milliseconds> read_confirm_time(const Node& node, Diagnostics& diagnostics) {
  const auto duration = node.is_scalar() ? parse_duration(node.text) : std::nullopt;
  if (duration && *duration >= shortest && *duration <= longest) return duration;
  wrong_kind("confirm", node, "a duration from 1s to 1h, such as 30s", diagnostics);
  return std::nullopt;
}

}  // namespace espresso

#include "run/event.h"

namespace espresso {

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::changed:
      return "changed";
    case Outcome::failed:
      return "failed";
    case Outcome::skipped:
      return "skipped";
    case Outcome::unreachable:
      return "unreachable";
    case Outcome::would_change:
      return "would-change";
    case Outcome::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<Outcome> parse_outcome(std::string_view text) {
  for (const Outcome outcome : {Outcome::ok, Outcome::changed, Outcome::failed, Outcome::skipped, Outcome::unreachable,
                                Outcome::would_change, Outcome::unknown}) {
    if (word(outcome) == text) return outcome;
  }
  return std::nullopt;
}

}  // namespace espresso

#pragma once

#include "run/event.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// The event as a line of JSON, its newline included; json_reporter.h tells the keys.
std::string event_line(const Event& event, std::chrono::system_clock::time_point time);

/// The event that such a line tells. Nothing when the line is none, or of a kind that is not known here.
std::optional<Event> parse_event(std::string_view line);

/// "run_started", "operation_finished", …
std::string_view name_of(Event::Kind kind);

/// RFC 3339 in UTC, with milliseconds.
std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace espresso

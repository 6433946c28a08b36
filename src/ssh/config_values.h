#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace espresso {

/// sshd_config(5), TIME FORMATS: "90", "10m", "1h30m"; at most 2^31-1 seconds. Nothing when it is none of these.
std::optional<std::chrono::seconds> parse_ssh_time(std::string_view text);
/// 0 to 2^31-1, in decimal.
std::optional<unsigned> parse_ssh_number(std::string_view text);
/// 1 to 65535, or the name of a service (services(5)).
std::optional<std::uint16_t> parse_ssh_port(std::string_view text);
/// "512", "1G", "1.5M" (powers of 1024; K, M, G, T, P, E in either case).
std::optional<std::uint64_t> parse_ssh_size(std::string_view text);

}  // namespace espresso

#pragma once

#include <string>
#include <string_view>

namespace espresso {

/// A unified diff (POSIX diff -u) with three lines of context. Empty when both are equal.
/// Binary content (NUL or broken UTF-8) is told as sizes and hashes instead.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name);

}  // namespace espresso

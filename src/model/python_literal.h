#pragma once

#include "model/value.h"

#include <optional>
#include <string_view>

namespace espresso {

/// The value that Python's ast.literal_eval makes of a text: numbers, strings, True, False, None, and lists, tuples (as
/// lists) and dicts of these. Nothing where it is none of them, or holds what no Value can: sets, complex and larger
/// numbers. (Python 3.11 reference, 2.4 "Literals" and 6.2 "Atoms".)
std::optional<Value> parse_python_literal(std::string_view text);

}  // namespace espresso

#pragma once

#include "model/value.h"

#include <string>

namespace espresso {

/// "a list", "an integer", "null": for messages.
std::string described(const Value& value);

}  // namespace espresso

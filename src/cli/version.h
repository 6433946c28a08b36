#pragma once

#include <string>

namespace espresso {

/// "espresso 0.1.0", a line.
std::string version_text();

}  // namespace espresso

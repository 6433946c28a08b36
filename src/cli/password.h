#pragma once

#include <string>

namespace espresso {

/// Asks on the terminal, without echo. Throws Mistakes when there is no terminal.
std::string ask_password(const std::string& prompt);

}  // namespace espresso

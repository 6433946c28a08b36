#pragma once

#include <string>

namespace espresso {

/// The user broke a question off.
struct Interrupted {};

/// Asks on the terminal, without echo. Throws Mistakes when there is no terminal or nothing was typed, Interrupted when
/// a signal came; the terminal is left as it was.
std::string ask_password(const std::string& prompt);

}  // namespace espresso

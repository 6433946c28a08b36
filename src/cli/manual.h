#pragma once

#include <string>

namespace CLI {
class App;
}

namespace espresso {

/// The manual page espresso(1), for man(7): commands, options, exit statuses and variables of the environment.
std::string manual(const CLI::App& program);

}  // namespace espresso

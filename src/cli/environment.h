#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace espresso {

/// The variables of the environment that mean something to the program, and what. Those of its options come first.
std::vector<std::pair<std::string, std::string>> environment_list(const CLI::App& program);

}  // namespace espresso

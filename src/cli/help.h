#pragma once

#include <cstddef>
#include <string>

namespace CLI {
class App;
}

namespace espresso {

struct Command;

/// What `espresso --help` prints, lines no longer than `width`.
std::string program_help(const CLI::App& program, std::size_t width);

/// What `espresso COMMAND --help` prints: the command's words, and those options of the program that are of use to it.
std::string command_help(const CLI::App& program, const Command& command, std::size_t width);

}  // namespace espresso

#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace espresso {

struct Command;

/// Each command with its words, "espresso run STAGE…", and what it does.
std::vector<std::pair<std::string, std::string>> command_list(const CLI::App& program);

/// "-f, --forks N"
std::string option_names(const CLI::Option& option);

/// What `espresso --help` prints, lines no longer than `width`.
std::string program_help(const CLI::App& program, std::size_t width);

/// What `espresso COMMAND --help` prints: the command's words, and those options of the program that are of use to it.
std::string command_help(const CLI::App& program, const Command& command, std::size_t width);

}  // namespace espresso

#pragma once

#include "cli/settings.h"

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace espresso {

/// The options that all commands share, each with ESPRESSO_<FLAG> in the environment.
void add_options(CLI::App& app, Settings& settings);

/// The only values that some of them take, by their long names.
const std::map<std::string, std::vector<std::string>>& option_choices();

/// Whether an option says how to connect, or how to go about it once connected.
bool is_for_connecting(const CLI::Option& option);

/// Those options that may be given several times, one value a line of their ESPRESSO_<FLAG>, where the command line
/// gave none; and the password that is only there, which is wiped. To be called when `app` has parsed it.
void read_environment(Settings& settings);

}  // namespace espresso

#pragma once

#include "cli/settings.h"

namespace CLI {
class App;
}

namespace espresso {

/// The options that all commands share, each with ESPRESSO_<FLAG> in the environment.
void add_options(CLI::App& app, Settings& settings);

/// Those options that may be given several times, one value a line of their ESPRESSO_<FLAG>, where the command line
/// gave none; and the password that is only there, which is wiped. To be called when `app` has parsed it.
void read_environment(Settings& settings);

}  // namespace espresso

#pragma once

#include "cli/settings.h"

namespace CLI {
class App;
}

namespace espresso {

/// The options that all commands share, each with ESPRESSO_<FLAG> in the environment.
void add_options(CLI::App& app, Settings& settings);

}  // namespace espresso

#include "cli/command.h"
#include "cli/version.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace espresso {

std::string version_text() { return "espresso 0.1.0\n"; }

Command add_version(CLI::App& program) {
  CLI::App* app = program.add_subcommand("version", "Print the version");
  return {.app = app,
          .carry_out =
              [](const Context& context) {
                context.output.out << version_text();
                return ExitStatus::ok;
              },
          .connects = false,
          .formats = {"text"}};
}

}  // namespace espresso

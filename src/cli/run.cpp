#include "cli/command.h"

#include <CLI/CLI.hpp>

namespace espresso {

namespace {

Command add_stage_command(CLI::App& program, const std::string& name, const std::string& doc, bool check) {
  const auto targets = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand(name, doc);
  app->add_option("stages", *targets, "Stages to carry out, after all they require")->required()->type_name("STAGE");
  return {.app = app,
          .carry_out = [targets, check](const Context& context) { return run_stages(context, *targets, check); }};
}

}  // namespace

Command add_run(CLI::App& program) { return add_stage_command(program, "run", "Carry out stages on hosts", false); }

Command add_check(CLI::App& program) {
  return add_stage_command(program, "check", "Tell what running stages would change (run --check)", true);
}

}  // namespace espresso

#include "cli/command.h"

#include <CLI/CLI.hpp>

namespace espresso {

namespace {

Command add_stage_command(CLI::App& program, const std::string& name, const std::string& doc, const char* examples,
                          bool check) {
  const auto targets = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand(name, doc);
  app->footer(examples);
  app->add_option("stages", *targets, "Stages to carry out, after all they require")->required()->type_name("STAGE");
  return {.app = app,
          .carry_out = [targets, check](const Context& context) { return run_stages(context, *targets, check); },
          .takes_stages = true};
}

}  // namespace

Command add_run(CLI::App& program) {
  return add_stage_command(program, "run", "Carry out stages on hosts, after all they require",
                           "espresso run main                            # on all hosts\n"
                           "espresso run main --hosts 'web:!web2' -C -D  # what would change there\n"
                           "espresso run main -e version=1.2 -f 10       # with a variable, on ten hosts at a time",
                           false);
}

Command add_check(CLI::App& program) {
  return add_stage_command(program, "check", "Tell what running stages would change (run --check)",
                           "espresso check main --diff               # with the lines of files that differ\n"
                           "espresso check main --detailed-exitcode  # ends with 3 when there is something to do",
                           true);
}

}  // namespace espresso

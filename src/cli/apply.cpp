#include "cli/command.h"
#include "cli/repeat.h"
#include "core/error.h"
#include "report/journal_folder.h"

#include <CLI/CLI.hpp>

namespace espresso {

namespace {

[[noreturn]] void refuse(std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

std::shared_ptr<const RunRecord> load(const std::string& file) {
  try {
    return std::make_shared<const RunRecord>(read_run(file, RunHeader::Kind::plan));
  } catch (const Error& error) {
    refuse(error.what(), error.hint());
  }
}

ExitStatus carry_out_plan(const Context& context, const std::string& file) {
  if (context.settings.continued) refuse("what applied a plan cannot be resumed", "plan again, from where it stopped");
  const auto plan = load(file);
  return repeat(context, {.command = "apply", .word = file, .of = plan->header}, [&](Settings& settings) {
    settings.plan = plan;
    settings.words = context.settings.words;  // for the journal
  });
}

}  // namespace

Command add_apply(CLI::App& program) {
  const auto file = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand("apply", "Carry out a plan on the hosts that are still as it says");
  app->footer(
      "espresso plan main --hosts web --out main.plan  # checks, shows and writes what would change\n"
      "espresso apply main.plan                        # does just that");
  app->add_option("plan", *file,
                  "A file of 'espresso plan --out'. Its hosts are checked once more; one that would change otherwise "
                  "than planned fails, untouched")
      ->required()
      ->type_name("FILE");
  return {.app = app,
          .carry_out = [file](const Context& context) { return carry_out_plan(context, *file); },
          .takes_stages = true};
}

}  // namespace espresso

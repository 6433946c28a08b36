#include "cli/command.h"
#include "cli/output_reporter.h"
#include "core/text.h"
#include "model/call_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

const std::vector<std::string> views = {"list", "drop"};

struct SignalsWords {
  std::string what = "list";
  std::vector<std::string> names;
  bool all = false;
};

[[noreturn]] void refuse(std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

void check(const SignalsWords& words) {
  if (std::find(views.begin(), views.end(), words.what) == views.end()) {
    const std::string hint = did_you_mean(words.what, views);
    refuse(fmt::format("'signals' takes {}, not '{}'", join(views, " or "), words.what),
           hint.empty() ? "see espresso signals --help" : hint);
  }
  for (const auto& name : words.names) {
    if (!is_signal_name(name))
      refuse(fmt::format("'{}' cannot be the name of a signal", name),
             "see 'espresso signals list' for those there are");
  }
  if (words.all && words.what != "drop") refuse("'--all' is for 'signals drop'", "leave it out");
  if (words.all && !words.names.empty()) refuse("'--all' and names do not go together", "leave out one of them");
  if (words.what == "drop" && words.names.empty() && !words.all)
    refuse("'signals drop' needs the name of a signal, or --all", "see 'espresso signals list' for those there are");
}

ExitStatus settle(const Context& context, const SignalsWords& words) {
  check(words);
  Settings settings = context.settings;
  settings.no_journal = true;  // nothing of it can be resumed
  const Context own{.settings = settings, .own_stages = context.own_stages, .output = context.output};
  const auto project = load_project(settings, {.stages = StageNeeds::what_is_right}, context.own_stages);
  // Who listens is told by the stage files.
  project->kept.throw_if_any();
  project->order = {{.stage = make_ad_hoc_stage("signals", nullptr)}};
  project->holds_hosts = words.what == "drop";
  const auto reporter = settings.format == "text" ? make_output_reporter(context.output.out) : make_reporter(own);
  PlannedRuns runs(own, *project);
  const RunResult result = runs.carry_out(*reporter, [&](RunOptions& options) {
    options.left_signals = LeftSignals{.names = words.names, .drops = words.what == "drop"};
  });
  return exit_status_of(result, settings.detailed_exitcode && settings.check);
}

}  // namespace

Command add_signals(CLI::App& program) {
  const auto words = std::make_shared<SignalsWords>();
  CLI::App* app = program.add_subcommand("signals", "Tell or drop signals that hosts keep until they are delivered");
  app->footer(
      "espresso signals                              # what was raised and not delivered, and who will hear it\n"
      "espresso signals drop nginx-config --hosts web1\n"
      "espresso signals drop --all -C                # what would be forgotten");
  app->add_option("what", words->what, "list (the default), or drop: forget them, so that nobody will hear them")
      ->type_name("WHAT");
  app->add_option("signals", words->names, "Only signals of these names")->type_name("SIGNAL");
  app->add_flag("--all", words->all, "With drop: all of them");
  return {
      .app = app, .carry_out = [words](const Context& context) { return settle(context, *words); }, .choices = views};
}

}  // namespace espresso

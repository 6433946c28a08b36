#include "cli/command.h"
#include "cli/output_reporter.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace espresso {

namespace {

struct FactWords {
  std::vector<std::string> hosts;
  std::vector<std::string> only;
};

Mentions wanted_facts(const std::vector<std::string>& only, const FactCatalog& catalog) {
  if (only.empty()) return {.whole = true};
  Mentions wanted;
  Diagnostics diagnostics;
  for (const auto& words : only) {
    for (const auto& name : split(words, ',')) {
      if (!catalog.telling(name)) {
        const std::string hint = did_you_mean(name, catalog.keys());
        diagnostics.add({}, fmt::format("there is no fact '{}'", name),
                        hint.empty() ? "espresso doc facts tells all there are" : hint);
      }
      wanted.keys.insert(name);
    }
  }
  diagnostics.throw_if_any();
  return wanted;
}

ExitStatus tell_facts(const Context& context, const FactWords& words) {
  Settings settings = context.settings;
  settings.no_journal = true;  // a look at hosts, and much to keep
  settings.hosts.insert(settings.hosts.end(), words.hosts.begin(), words.hosts.end());
  const Context own{.settings = settings, .own_stages = context.own_stages, .output = context.output};
  const auto project = load_project(settings, {.stages = StageNeeds::helpers}, {});
  const Mentions wanted = wanted_facts(words.only, project->workspace.facts);
  project->order = {{.stage = make_ad_hoc_stage("facts", nullptr)}};
  const auto reporter = settings.format == "text" ? make_output_reporter(context.output.out) : make_reporter(own);
  return carry_out(own, *project, *reporter, false, wanted);
}

}  // namespace

Command add_facts(CLI::App& program) {
  const auto words = std::make_shared<FactWords>();
  CLI::App* app = program.add_subcommand("facts", "Tell what hosts say of themselves: facts, as expressions see them");
  app->footer("espresso facts web1 --only os,memory\nespresso facts --format json");
  app->add_option("hosts", words->hosts, "Patterns of hosts, as --hosts takes them; by default all")->type_name("HOST");
  app->add_option("--only", words->only, "Only these facts, such as os,memory; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->take_all();
  return {.app = app, .carry_out = [words](const Context& context) { return tell_facts(context, *words); }};
}

}  // namespace espresso

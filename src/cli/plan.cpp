#include "cli/command.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <map>

namespace espresso {

namespace {

// The operations of one call as far as they are known without the host.
std::string describe(const std::shared_ptr<const Call>& call, const Binding& binding) {
  const std::string title = call->name.empty() ? call->helper : call->name;
  if (binding.skipped) return fmt::format("    {} (skipped: {})\n", title, binding.skip_reason);
  if (binding.deferred) return fmt::format("    {} (depends on {})\n", title, binding.deferred->reason);
  std::string text;
  for (const auto& operation : binding.operations) text += fmt::format("    {}\n", operation->title);
  return text;
}

std::string describe(const HostPlan& plan, const Scope& shared, Binder& binder) {
  Scope scope = host_scope(shared, *plan.host);
  std::string text;
  for (const auto& stage : plan.stages) {
    text += fmt::format("  {}\n", stage.stage->name());
    for (const auto& call : stage.calls) {
      text += describe(call, binder.bind(call, scope));
      if (!call->register_as.empty()) scope.defer(call->register_as, "the result of '" + call->helper + "'");
    }
  }
  return text;
}

ExitStatus plan_stages(const Context& context, const std::vector<std::string>& targets) {
  const auto project = load_project(context.settings, {.targets = targets, .command = "espresso plan"}, context.own_stages);
  Evaluator evaluator;
  Binder binder(project->workspace.catalog, evaluator);
  const auto plans = plan_hosts(project->workspace, project->order, project->selected, binder);
  Diagnostics diagnostics;
  check_connections(plans, run_options(context.settings, diagnostics).connection, diagnostics);
  diagnostics.throw_if_any();

  std::vector<std::string> names;
  for (const auto& stage : project->order) names.push_back(stage->name());
  context.output.out << "stages: " << join(names, ", ") << "\n";
  const Scope shared = workspace_scope(project->workspace);
  std::vector<std::pair<std::string, std::vector<std::string>>> folded;  // the text, and the hosts it stands for
  std::map<std::string, std::size_t> known;
  for (const auto& plan : plans) {
    const std::string text = describe(plan, shared, binder);
    const auto [place, is_new] = known.emplace(text, folded.size());
    if (is_new) folded.push_back({text, {}});
    folded[place->second].second.push_back(plan.host->name);
  }
  for (const auto& [text, hosts] : folded) context.output.out << "\n" << fold_names(hosts) << "\n" << printable_lines(text);
  return ExitStatus::ok;
}

}  // namespace

Command add_plan(CLI::App& program) {
  const auto targets = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand("plan", "Show the order of stages and the operations of each host; connects nowhere");
  app->add_option("stages", *targets, "Stages to plan, after all they require")->required()->type_name("STAGE");
  return {.app = app, .carry_out = [targets](const Context& context) { return plan_stages(context, *targets); }};
}

}  // namespace espresso

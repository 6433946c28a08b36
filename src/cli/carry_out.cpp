#include "cli/command.h"
#include "cli/password.h"
#include "report/json_reporter.h"
#include "report/text_reporter.h"

#include <cstdlib>
#include <string_view>

namespace espresso {

namespace {

class AdHocStage : public Stage {
 public:
  AdHocStage(std::string name, std::shared_ptr<const Call> call) : name_(std::move(name)), call_(std::move(call)) {}
  std::string name() const override { return name_; }
  std::string doc() const override { return "One call, made of the words of the command line."; }
  void run(Plan& plan) const override { plan.add(call_); }

 private:
  std::string name_;
  std::shared_ptr<const Call> call_;
};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::shared_ptr<const Stage> make_ad_hoc_stage(std::string name, std::shared_ptr<const Call> call) {
  return std::make_shared<AdHocStage>(std::move(name), std::move(call));
}

bool wants_color(const Settings& settings, bool is_terminal) {
  if (settings.color != "auto") return settings.color == "always";
  if (!environment("NO_COLOR").empty()) return false;
  const std::string_view forced = environment("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  return is_terminal && environment("TERM") != "dumb";
}

std::unique_ptr<Reporter> make_reporter(const Context& context) {
  const Settings& settings = context.settings;
  Output& output = context.output;
  if (settings.format == "json") return make_json_reporter(output.out);
  TextOptions options;
  options.is_terminal = output.is_terminal && environment("TERM") != "dumb";
  options.color = wants_color(settings, output.is_terminal);
  options.width = output.width;
  options.verbosity = settings.verbosity;
  options.diff = settings.diff;
  options.quiet = settings.quiet;
  return make_text_reporter(output.out, options);
}

ExitStatus carry_out(const Context& context, Project& project, Reporter& reporter, bool check) {
  Diagnostics diagnostics;
  RunOptions options = run_options(context.settings, diagnostics);
  options.check = options.check || check;
  Evaluator evaluator;
  Binder binder(project.workspace.catalog, evaluator);
  std::vector<HostPlan> plans;
  try {
    plans = plan_hosts(project.workspace, project.order, project.selected, binder);
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
  check_connections(plans, options.connection, diagnostics);
  diagnostics.throw_if_any();
  if (context.settings.ask_password) options.connection.password = ask_password("password: ");
  const RunResult result = run_hosts(project.workspace, std::move(plans), binder, options, reporter);
  return exit_status_of(result, context.settings.detailed_exitcode && options.check);
}

ExitStatus run_stages(const Context& context, const std::vector<std::string>& targets, bool check) {
  const auto project = load_project(context.settings, {.targets = targets, .command = "espresso run"}, context.own_stages);
  const auto reporter = make_reporter(context);
  return carry_out(context, *project, *reporter, check);
}

}  // namespace espresso

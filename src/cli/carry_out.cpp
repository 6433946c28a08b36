#include "cli/command.h"
#include "cli/connections.h"
#include "cli/host_key_question.h"
#include "cli/password.h"
#include "cli/run_journal.h"
#include "cli/run_selection.h"
#include "cli/stage_question.h"
#include "core/account.h"
#include "core/hash.h"
#include "core/secrets.h"
#include "core/text.h"
#include "report/json_reporter.h"
#include "report/masking_reporter.h"
#include "report/text_reporter.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace espresso {

namespace {

class AdHocStage : public Stage {
 public:
  AdHocStage(std::string name, std::shared_ptr<const Call> call) : name_(std::move(name)), call_(std::move(call)) {}
  std::string name() const override { return name_; }
  std::string doc() const override { return "Made of the words of the command line."; }
  void run(Plan& plan) const override {
    if (call_) plan.add(call_);
  }

 private:
  std::string name_;
  std::shared_ptr<const Call> call_;
};

// The selected hosts are none of those that the stages are for.
Diagnostic nothing_to_do(const Project& project) {
  std::vector<std::string> hosts;
  for (const auto& host : project.selected) hosts.push_back(host->name);
  Diagnostic diagnostic{.span = {},
                        .message = fmt::format("there is nothing to do on {}", fold_names(std::move(hosts)))};
  for (const auto& [stage, only_on_signal] : project.order) {
    if (!stage->hosts().empty())
      diagnostic.notes.push_back(
          {stage->hosts_span(), fmt::format("stage '{}' runs on '{}' only", stage->name(), stage->hosts())});
  }
  diagnostic.hint = "select other hosts, or other stages";
  if (project.choice.tags.is_given())
    diagnostic.hint = "all is left out by --tags, --skip-tags or its host pattern: choose others";
  return diagnostic;
}

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

namespace {

// Hosts keep it in a line.
constexpr std::size_t longest_reason = 200;

std::string reason_of(const Settings& settings) {
  std::string reason = settings.reason;
  if (reason.empty()) reason = "espresso " + join(settings.words, " ");
  reason = printable(known_secrets().mask(reason));
  if (reason.size() <= longest_reason) return reason;
  std::size_t end = longest_reason;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) --end;  // between two characters
  return reason.substr(0, end) + "…";
}

// Who runs it, from where, what for; names a run when nobody has named it.
Tenure make_tenure(Tenure tenure, const Settings& settings) {
  tenure.reason = reason_of(settings);
  const std::time_t now = std::time(nullptr);
  tenure.since = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
  if (tenure.run.empty()) tenure.run = fmt::format("{:%Y%m%dT%H%M%SZ}-{}", fmt::gmtime(now), random_hex(2));
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string& user = own_account().name;
  tenure.by = fmt::format("{}@{}", user.empty() ? std::to_string(getuid()) : user, host.data());
  return tenure;
}

}  // namespace

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

PreparedRun prepare_run(const Context& context, const Project& project, Binder& binder) {
  Diagnostics diagnostics;
  PreparedRun run;
  run.options = run_options(context.settings, diagnostics);
  run.options.connection.find_host = [&inventory = project.workspace.inventory](std::string_view name) {
    return inventory.find_host(name);
  };
  try {
    run.plans = plan_hosts(project.workspace, project.order, project.selected, binder, project.choice);
    if (context.settings.continued) leave_out_finished(*context.settings.continued, project, binder, run.plans);
    if (run.plans.empty()) diagnostics.add(nothing_to_do(project));
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
  // What is unlocked for the check is unlocked for the run.
  run.options.connector.identities = make_identities();
  run.options.connector.ask_passphrase = ask_passphrase;
  check_connections(run.plans, run.options, diagnostics);
  diagnostics.throw_if_any();
  return run;
}

PlannedRuns::PlannedRuns(const Context& context, Project& project)
    // Asked first: whoever has typed it can leave.
    : context_(context),
      project_(project),
      login_(login_password(context.settings)),
      become_(become_password(context.settings)),
      binder_(project.workspace.catalog, evaluator_),
      prepared_(prepare_run(context, project, binder_)),
      step_terminal_(context.settings.step ? open_terminal() : nullptr) {
  if (context.settings.step && !step_terminal_)
    throw Mistakes(Diagnostic{.span = {},
                              .message = "'--step' asks before each stage, and there is no terminal to ask on",
                              .hint = "choose with --tags and --start-at instead"});
  if (login_) prepared_.options.connection.password = login_;
  if (become_) prepared_.options.connection.become_password = become_;
}

RunResult PlannedRuns::carry_out(Reporter& reporter, const std::function<void(RunOptions&)>& adjust) {
  RunOptions options = prepared_.options;
  adjust(options);
  return run(reporter, std::move(options), std::move(step_terminal_));
}

RunResult PlannedRuns::predict(Reporter& reporter) {
  RunOptions options = prepared_.options;
  options.check = options.diff = true;
  return run(reporter, std::move(options), nullptr);
}

RunResult PlannedRuns::run(Reporter& reporter, RunOptions options, std::unique_ptr<Terminal> step_terminal) {
  if (project_.holds_hosts && !options.check) options.tenure = make_tenure(options.tenure, context_.settings);
  std::vector<HostPlan> plans = std::move(prepared_.plans);
  prepared_.plans.clear();
  if (plans.empty())
    plans = plan_hosts(project_.workspace, project_.order, project_.selected, binder_, project_.choice);
  MaskingReporter masking(reporter, known_secrets());
  PausableReporter pausable(masking);
  options.connector.host_key_judge = make_host_key_question(pausable, open_terminal());
  if (step_terminal) {
    options.stage_question = make_stage_question(pausable, std::move(step_terminal));
    for (const auto& turn : project_.order) options.stage_order.push_back(turn.stage->name());
  }
  return run_hosts(project_.workspace, std::move(plans), binder_, options, pausable);
}

ExitStatus carry_out(const Context& context, Project& project, Reporter& reporter, bool check, const Mentions& facts) {
  PlannedRuns runs(context, project);
  const auto journal = context.settings.no_journal ? nullptr : make_run_journal(context.settings, project, reporter);
  const bool is_check = check || context.settings.check;
  const RunResult result = runs.carry_out(journal ? *journal : reporter, [&](RunOptions& options) {
    options.check = is_check;
    options.facts = facts;
  });
  return exit_status_of(result, context.settings.detailed_exitcode && is_check);
}

ExitStatus run_stages(const Context& context, const std::vector<std::string>& targets, bool check) {
  const auto project =
      load_project(context.settings, {.targets = targets, .command = "espresso run"}, context.own_stages);
  project->holds_hosts = true;
  const auto reporter = make_reporter(context);
  return carry_out(context, *project, *reporter, check);
}

}  // namespace espresso

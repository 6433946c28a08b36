#pragma once

#include "cli/exit_status.h"
#include "cli/project.h"
#include "cli/settings.h"
#include "cli/terminal.h"

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace espresso {

/// Where output goes, and what is known of it.
struct Output {
  std::ostream& out;
  std::ostream& err;
  bool is_terminal = false;  ///< of `out`
  std::size_t width = 80;
};

/// What a command works with.
struct Context {
  const Settings& settings;
  const std::vector<std::shared_ptr<const Stage>>& own_stages;
  Output& output;
};

/// One command of the program: how its words are read, and what it does.
struct Command {
  CLI::App* app;
  std::function<ExitStatus(const Context&)> carry_out;
  bool connects = true;  ///< whether options of connections and of how to go about it are of use to it
  std::vector<std::string> formats = {"text", "json"};  ///< that it can answer in
  bool opens_secrets = true;                            ///< whether it needs to know what secrets say
  std::vector<std::string> choices = {};                ///< what its first word may be, where that is a fixed set
  bool takes_stages = false;                            ///< whether words that choose of stages are of use to it
};

Command add_run(CLI::App& program);
Command add_check(CLI::App& program);
Command add_plan(CLI::App& program);
Command add_apply(CLI::App& program);
Command add_graph(CLI::App& program);
Command add_exec(CLI::App& program);
Command add_do(CLI::App& program);
Command add_facts(CLI::App& program);
Command add_signals(CLI::App& program);
Command add_runs(CLI::App& program);
Command add_resume(CLI::App& program);
Command add_inventory(CLI::App& program);
Command add_config(CLI::App& program);
Command add_doc(CLI::App& program);
Command add_init(CLI::App& program);
Command add_schema(CLI::App& program);
Command add_secret(CLI::App& program);
Command add_completion(CLI::App& program);
Command add_version(CLI::App& program);

/// What `espresso doc` explains beside stages, components and helpers: names, and what each is.
std::vector<std::pair<std::string, std::string>> doc_topics();

/// `espresso run STAGES`, also for the ancestor's form `--run=STAGE`.
ExitStatus run_stages(const Context& context, const std::vector<std::string>& targets, bool check);

/// What will be carried out, and how.
struct PreparedRun {
  std::vector<HostPlan> plans;
  RunOptions options;
};

/// Plans a project's order of stages. All mistakes are told that can be found without connecting: the same for whoever
/// only looks and whoever goes on.
PreparedRun prepare_run(const Context& context, const Project& project, Binder& binder);

/// A project's stages on its selected hosts, to be carried out once or several times: what has to be asked is asked
/// once, when this is made.
class PlannedRuns {
 public:
  /// Both must outlive it. Throws Mistakes.
  PlannedRuns(const Context& context, Project& project);
  /// On the hosts that the project selects by now; `adjust` says how. What `reporter` is told is masked.
  RunResult carry_out(Reporter& reporter, const std::function<void(RunOptions&)>& adjust);
  /// Checks what would change, with diffs. Nobody is asked before a stage.
  RunResult predict(Reporter& reporter);

 private:
  RunResult run(Reporter& reporter, RunOptions options, std::unique_ptr<Terminal> step_terminal);

  const Context& context_;
  Project& project_;
  std::optional<std::string> login_, become_;
  Evaluator evaluator_;
  Binder binder_;
  PreparedRun prepared_;
  std::unique_ptr<Terminal> step_terminal_;  ///< null: nobody is asked before stages
};

/// Prepares a project's run, carries it out and reports to `reporter`, also the facts asked for.
ExitStatus carry_out(const Context& context, Project& project, Reporter& reporter, bool check,
                     const Mentions& facts = {});

/// Reads words as those of another call of the program, and carries them out. Passwords of the environment are known,
/// and `adjust` has the last word on the settings.
ExitStatus call_again(const Context& context, std::vector<std::string> words,
                      const std::function<void(Settings&)>& adjust);

/// The reporter that --format asks for.
std::unique_ptr<Reporter> make_reporter(const Context& context);

/// Whether text is coloured: --color, NO_COLOR, CLICOLOR_FORCE, TERM.
bool wants_color(const Settings& settings, bool is_terminal);

/// A stage of one call, or null for none, for commands that make one of their words.
std::shared_ptr<const Stage> make_ad_hoc_stage(std::string name, std::shared_ptr<const Call> call);

}  // namespace espresso

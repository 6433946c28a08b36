#include "cli/command.h"
#include "cli/repeat.h"
#include "cli/run_journal.h"
#include "cli/run_selection.h"
#include "core/error.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace espresso {

namespace {

[[noreturn]] void refuse(std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

RunRecord load(const std::string& id) {
  try {
    return load_run(runs_folder(), id);
  } catch (const Error& error) {
    refuse(error.what(), error.hint());
  }
}

std::shared_ptr<const Continued> left_of(const RunRecord& run) {
  auto left = std::make_shared<Continued>();
  left->id = run.header.id;
  left->stage_files = run.header.stage_files;
  for (auto& host : hosts_of(run)) {
    left->finished_somewhere.insert(host.finished.begin(), host.finished.end());
    if (host.is_through) continue;
    left->hosts.insert(host.name);
    left->finished[host.name] = std::move(host.finished);
  }
  return left;
}

ExitStatus resume(const Context& context, const std::string& word) {
  const RunRecord run = load(find_run(word, "espresso resume"));
  const std::string& id = run.header.id;
  if (run.state == RunRecord::State::running)
    refuse(fmt::format("run {} is not over yet", id), "wait for it, or interrupt it");
  auto left = left_of(run);
  if (left->hosts.empty()) {
    context.output.out << fmt::format("nothing is left of run {}: all hosts are through\n", id);
    return ExitStatus::ok;
  }
  if (run.header.masked)
    refuse(fmt::format("a secret stood in the words of run {}, which its journal does not hold", id),
           "give the words again, with --rerun unfinished");
  return repeat(context, {.command = "resume", .word = word, .of = run.header},
                [&](Settings& settings) { settings.continued = left; });
}

}  // namespace

Command add_resume(CLI::App& program) {
  const auto id = std::make_shared<std::string>("last");
  CLI::App* app = program.add_subcommand("resume", "Go on with a run: on those of its hosts that are not through");
  app->footer(
      "espresso resume                  # with the latest from this folder\n"
      "espresso resume 20260131-0930 -K  # with this one; its options count, and those given here besides");
  app->add_option("id", *id,
                  "The run, by its ID or the beginning of that; last (the default): the latest from here. Stages that "
                  "hosts are through with are left out, unless their files have changed")
      ->type_name("RUN");
  return {.app = app, .carry_out = [id](const Context& context) { return resume(context, *id); }, .takes_stages = true};
}

}  // namespace espresso

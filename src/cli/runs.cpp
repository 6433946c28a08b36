#include "cli/command.h"
#include "cli/run_journal.h"
#include "cli/run_selection.h"
#include "cli/runs_text.h"
#include "core/error.h"
#include "core/text.h"
#include "report/event_json.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

namespace espresso {

namespace {

const std::vector<std::string> views = {"list", "show", "prune"};

struct RunsWords {
  std::string what = "list";
  std::string id = "last";
  std::vector<std::string> hosts;
};

[[noreturn]] void refuse(std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

bool is_wanted(const std::vector<std::string>& patterns, const std::string& host) {
  if (patterns.empty() || host.empty()) return true;
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return matches_glob(pattern, host); });
}

Value as_value(const RunSummary& run) {
  Map hosts;
  for (const auto& [outcome, count] : run.counts)
    hosts.set(std::string(word(outcome)), static_cast<std::int64_t>(count));
  Map entry;
  entry.set("id", run.header.id);
  entry.set("ended", word_of(run));
  entry.set("time", run.header.time);
  entry.set("duration", static_cast<double>(run.duration.count()) / 1000.0);
  entry.set("check", run.check);
  entry.set("words", List(run.header.words.begin(), run.header.words.end()));
  entry.set("folder", run.header.folder);
  entry.set("user", run.header.user);
  if (!run.header.resumes.empty()) entry.set("resumes", run.header.resumes);
  entry.set("hosts", static_cast<std::int64_t>(run.hosts));
  entry.set("ends", std::move(hosts));
  return entry;
}

ExitStatus list(const Context& context) {
  std::vector<RunSummary> runs;
  const auto folder = runs_folder();
  for (const auto& id : journal_ids(folder)) {
    try {
      runs.push_back(summarize_run(folder, id));
    } catch (const Error& error) {
      // One that is broken, or was removed meanwhile, hides none of the others.
      context.output.err << "warning: " << printable(error.what()) << "\n";
    }
  }
  if (context.settings.format == "json") {
    List list;
    for (const auto& run : runs) list.push_back(as_value(run));
    context.output.out << to_json(std::move(list), 2) << "\n";
  } else {
    context.output.out << runs_text(runs, std::filesystem::current_path().string());
  }
  return ExitStatus::ok;
}

// As it was written, but for a line that its program did not live to end.
void print_lines(const std::string& id, const std::vector<std::string>& hosts, std::ostream& out) {
  std::ifstream file(runs_folder() / (id + ".jsonl"), std::ios::binary);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    const auto event = parse_event(line);
    if (!event || is_wanted(hosts, event->host)) out << line << "\n";
  }
}

ExitStatus show(const Context& context, const RunsWords& words) {
  const std::string id = find_run(words.id, "espresso runs show");
  try {
    const RunRecord run = load_run(runs_folder(), id);
    const auto hosts = hosts_of(run);
    for (const auto& pattern : words.hosts) {
      if (std::none_of(hosts.begin(), hosts.end(), [&](const auto& host) { return matches_glob(pattern, host.name); }))
        refuse(fmt::format("run {} has no host '{}'", id, pattern), "name some of its hosts, or globs");
    }
    if (context.settings.format == "json") {
      print_lines(id, words.hosts, context.output.out);
    } else {
      const Wording wording({.color = wants_color(context.settings, context.output.is_terminal),
                             .diff = true,
                             .all_output = context.settings.verbosity > 0});
      context.output.out << run_text(run, summarize_run(runs_folder(), id), wording,
                                     [&](const auto& host) { return is_wanted(words.hosts, host); });
    }
  } catch (const Error& error) {
    refuse(error.what(), error.hint());
  }
  return ExitStatus::ok;
}

ExitStatus look_at(const Context& context, const RunsWords& words) {
  if (std::find(views.begin(), views.end(), words.what) == views.end()) {
    const std::string hint = did_you_mean(words.what, views);
    refuse(fmt::format("'runs' takes {}, not '{}'", join(views, ", "), words.what),
           hint.empty() ? "see espresso runs --help" : hint);
  }
  if (words.what == "show") return show(context, words);
  if (words.id != "last" || !words.hosts.empty())
    refuse(fmt::format("'runs {}' takes no ID", words.what), "see espresso runs --help");
  if (words.what == "list") return list(context);
  const std::size_t removed = remove_old_journals(runs_folder(), context.settings.keep_runs);
  context.output.out << fmt::format("{} removed, {} kept\n", removed, journal_ids(runs_folder()).size());
  return ExitStatus::ok;
}

}  // namespace

Command add_runs(CLI::App& program) {
  const auto words = std::make_shared<RunsWords>();
  CLI::App* app = program.add_subcommand("runs", "Look at what earlier runs did: each keeps a journal here");
  app->footer(
      "espresso runs                             # the latest first\n"
      "espresso runs show last 'web*'            # operations, times and diffs on some of its hosts\n"
      "espresso runs prune --keep-runs 20        # removes the journals of older ones");
  app->add_option("what", words->what,
                  "list (the default), show what a run did, or prune: remove the oldest, but for --keep-runs")
      ->type_name("WHAT");
  app->add_option("id", words->id,
                  "With show: the run, by its ID or the beginning of that; last (the default): the latest from here")
      ->type_name("RUN");
  app->add_option("hosts", words->hosts, "With show: hosts of it, names or globs; by default all")->type_name("HOST");
  return {.app = app,
          .carry_out = [words](const Context& context) { return look_at(context, *words); },
          .connects = false,
          .opens_secrets = false,
          .choices = views};
}

}  // namespace espresso

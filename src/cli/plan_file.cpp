#include "cli/plan_file.h"

#include "cli/run_journal.h"
#include "core/error.h"
#include "core/private_file.h"
#include "core/text.h"
#include "report/event_json.h"
#include "report/predictions.h"
#include "report/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace espresso {

namespace {

using Kind = Event::Kind;

/// Keeps what a check tells as the lines of a plan, and passes it on.
class PlanWriter : public Reporter {
 public:
  explicit PlanWriter(Reporter& next) : next_(next) {}
  void on(const Event& event) override {
    if (event.kind == Kind::operation_finished || event.kind == Kind::host_finished)
      lines_ += event_line(event, std::chrono::system_clock::now());
    next_.on(event);
  }
  const std::string& lines() const { return lines_; }

 private:
  Reporter& next_;
  std::string lines_;
};

/// Tells a check and the run that follows it as one run: of the check only what the user must know at once.
class OneOfTwo : public Reporter {
 public:
  explicit OneOfTwo(Reporter& next) : next_(next) {}

  void on(const Event& event) override {
    const bool is_for_the_user =
        event.kind == Kind::notice || event.kind == Kind::taken_back || event.kind == Kind::question;
    if (event.kind == Kind::notice && !told_.insert(event.message).second) return;
    if (is_checking_) found_.note(event);
    if (!is_checking_ || is_for_the_user) next_.on(event);
  }

  void end_check() { is_checking_ = false; }
  /// What the check has told.
  const Predictions& found() const { return found_; }

 private:
  Reporter& next_;
  bool is_checking_ = true;
  Predictions found_;
  std::set<std::string> told_;
};

Predictions predictions_of(const RunRecord& plan) {
  Predictions predictions;
  for (const auto& event : plan.events) predictions.note(event);
  return predictions;
}

// Hosts that the plan knows nothing of, or not enough, are left alone: what to tell the user of it.
std::vector<Event> keep_planned(const Predictions& planned, Project& project) {
  std::vector<std::string> left_out, gone;
  std::set<std::string> selected;
  for (const auto& host : project.selected) {
    selected.insert(host->name);
    if (!planned.is_complete(host->name)) left_out.push_back(host->name);
  }
  for (const auto& [host, operations] : planned.hosts()) {
    if (planned.is_complete(host) && !selected.contains(host)) gone.push_back(host);
  }
  std::erase_if(project.selected, [&](const auto& host) { return !planned.is_complete(host->name); });
  if (project.selected.empty())
    throw Mistakes(Diagnostic{.span = {}, .message = "no selected host is in the plan", .hint = "plan again"});
  std::vector<Event> notices;
  const auto tell = [&](const std::vector<std::string>& hosts, const char* what) {
    if (!hosts.empty()) notices.push_back({.message = fmt::format("{}: {}", fold_names(hosts), what)});
  };
  tell(left_out, "not in the plan, or not checked to the end by it: left out");
  tell(gone, "in the plan, but not selected");
  return notices;
}

// Why hosts are not gone on with: they are not as planned, or could not be checked again.
std::map<std::string, Error> refusals(const Predictions& planned, const Predictions& found) {
  std::map<std::string, Error> refused;
  for (const auto& [host, now] : found.hosts()) {
    if (found.is_complete(host)) {
      if (const auto drift = planned.drift(host, found))
        refused.emplace(host, Error("not as planned: " + *drift, "look at what differs, and plan again"));
    } else if (now.end && !now.end->message.empty()) {
      const bool is_lost = now.end->outcome == Outcome::unreachable;
      refused.emplace(host,
                      Error(now.end->message, now.end->hint, is_lost ? Error::Kind::unreachable : Error::Kind::failed));
    } else {
      const auto& last = now.operations.back();
      refused.emplace(host, Error("not as planned: " + Wording({}).sentence(last.stage, *last.result),
                                  "look at why it fails, and plan again"));
    }
  }
  return refused;
}

}  // namespace

ExitStatus write_plan(const Context& context, const std::vector<std::string>& targets, const std::string& file) {
  const auto project =
      load_project(context.settings, {.targets = targets, .command = "espresso plan"}, context.own_stages);
  Settings settings = context.settings;
  settings.step = false;  // that is for whoever applies it
  const Context own{.settings = settings, .own_stages = context.own_stages, .output = context.output};
  PlannedRuns runs(own, *project);
  RunHeader header = run_header(context.settings, *project);
  header.kind = RunHeader::Kind::plan;
  header.time = rfc3339(std::chrono::system_clock::now());
  if (header.masked)
    throw Mistakes(Diagnostic{.span = {},
                              .message = "a secret stands in the words of the command line, which no plan holds",
                              .hint = "give it with -e @FILE, or with !secret"});
  const auto reporter = make_reporter(context);
  PlanWriter writer(*reporter);
  const RunResult result = runs.predict(writer);
  if (!result.interrupted) {
    try {
      write_private_file(file, header_line(header) + writer.lines());
    } catch (const Error& error) {
      throw Mistakes(Diagnostic{.span = {}, .message = error.what(), .hint = error.hint()});
    }
  }
  return exit_status_of(result, context.settings.detailed_exitcode);
}

ExitStatus apply_plan(const Context& context, const std::vector<std::string>& targets) {
  const auto project =
      load_project(context.settings, {.targets = targets, .command = "espresso plan"}, context.own_stages);
  project->holds_hosts = true;
  const Predictions planned = predictions_of(*context.settings.plan);
  const std::vector<Event> notices = keep_planned(planned, *project);
  PlannedRuns runs(context, *project);
  const auto reporter = make_reporter(context);
  const auto journal = context.settings.no_journal ? nullptr : make_run_journal(context.settings, *project, *reporter);
  OneOfTwo both(journal ? *journal : *reporter);
  for (const auto& notice : notices) both.on(notice);
  const RunResult checked = runs.predict(both);
  both.end_check();
  if (checked.interrupted) {
    both.on({.kind = Kind::notice, .message = "interrupted before anything was changed"});
    return ExitStatus::interrupted;
  }
  const RunResult applied = runs.carry_out(both, [&](RunOptions& options) {
    options.check = context.settings.check;
    options.refused = refusals(planned, both.found());
  });
  return exit_status_of(applied, false);
}

}  // namespace espresso

#include "cli/run_selection.h"

#include "cli/run_journal.h"
#include "core/error.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unordered_map>

namespace espresso {

namespace {

using Kind = Event::Kind;

constexpr const char* see_runs = "see 'espresso runs' for those there are";

Span span_of(const std::string& place, const std::string& word) {
  return span_at(std::make_shared<Source>(Source{place, word}), 0, word.size());
}

[[noreturn]] void refuse(const Span& span, std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = span, .message = std::move(message), .hint = std::move(hint)});
}

bool has_succeeded(const Event& stage_finished) {
  switch (stage_finished.outcome) {
    case Outcome::failed:
    case Outcome::unreachable:
      return false;
    default:
      // One that was left out says why; one that another host went through for all did not.
      return stage_finished.message.empty() || stage_finished.outcome == Outcome::ok;
  }
}

std::string last_run_here() {
  const auto folder = runs_folder();
  const std::string here = std::filesystem::current_path().string();
  for (const auto& id : journal_ids(folder)) {
    try {
      if (summarize_run(folder, id).header.folder == here) return id;
    } catch (const Error&) {
      continue;  // of one that cannot be read nobody knows where it was
    }
  }
  return {};
}

bool ended_so(const RecordedHost& host, const std::string& how) {
  if (how == "failed") return host.outcome == Outcome::failed;
  if (how == "unreachable") return host.outcome == Outcome::unreachable;
  if (how == "changed") return host.outcome == Outcome::changed || host.outcome == Outcome::would_change;
  return !host.is_through;
}

// Of --rerun: the run, and the hosts of it that ended as wanted.
struct Rerun {
  std::string id;
  std::set<std::string> hosts;
};

Rerun hosts_to_rerun(const std::string& text) {
  const std::size_t at = text.find('@');
  const std::vector<std::string> ways = split(text.substr(0, at), ',');
  for (const auto& way : ways) {
    if (std::find(rerun_words().begin(), rerun_words().end(), way) != rerun_words().end()) continue;
    const std::string hint = did_you_mean(way, rerun_words());
    refuse(span_of("--rerun", text), fmt::format("'--rerun' takes {}, not '{}'", join(rerun_words(), ", "), way),
           hint.empty() ? "give one of them" : hint);
  }
  Rerun rerun{.id = find_run(at == std::string::npos ? "last" : text.substr(at + 1), "--rerun"), .hosts = {}};
  for (const auto& host : hosts_of(load_run(runs_folder(), rerun.id))) {
    if (std::any_of(ways.begin(), ways.end(), [&](const auto& way) { return ended_so(host, way); }))
      rerun.hosts.insert(host.name);
  }
  if (rerun.hosts.empty())
    refuse(span_of("--rerun", text), fmt::format("no host of run {} ended so", rerun.id),
           fmt::format("see 'espresso runs show {}'", rerun.id));
  return rerun;
}

void keep(const std::set<std::string>& hosts, const std::string& id, Project& project, Diagnostics& diagnostics) {
  const bool were_some = !project.selected.empty();
  std::erase_if(project.selected, [&](const auto& host) { return !hosts.contains(host->name); });
  if (were_some && project.selected.empty())
    diagnostics.add({},
                    fmt::format("none of the selected hosts is one of those of run {}: {}", id,
                                fold_names({hosts.begin(), hosts.end()})),
                    "select some of these");
}

bool registers(const StagePlan& stage, Binder& binder) {
  bool found = false;
  for (const auto& call : stage.calls)
    binder.visit(call, [&](const auto& inner) { found = found || !inner->register_as.empty(); });
  return found;
}

}  // namespace

const std::vector<std::string>& rerun_words() {
  static const std::vector<std::string> ways = {"failed", "unreachable", "changed", "unfinished"};
  return ways;
}

std::vector<RecordedHost> hosts_of(const RunRecord& run) {
  std::vector<RecordedHost> hosts;
  std::unordered_map<std::string, std::size_t> known;
  std::set<std::string> left_out;
  for (const auto& event : run.events) {
    if (event.kind == Kind::run_started) {
      for (const auto& host : event.hosts) {
        known.emplace(host, hosts.size());
        hosts.push_back({.name = host});
      }
    }
    const auto found = known.find(event.host);
    if (found == known.end()) continue;
    RecordedHost& host = hosts[found->second];
    if (event.kind == Kind::stage_started) host.at = event.stage;
    if (event.kind == Kind::stage_finished && has_succeeded(event)) host.finished.insert(event.stage);
    if (event.kind == Kind::stage_finished && !has_succeeded(event)) left_out.insert(host.name);
    if (event.kind != Kind::host_finished) continue;
    host.outcome = event.outcome;
    // Of stages whose signals nobody raised nothing is told.
    host.is_through = event.message.empty() && event.outcome != Outcome::failed &&
                      event.outcome != Outcome::unreachable && !left_out.contains(host.name);
  }
  return hosts;
}

std::string find_run(const std::string& word, const std::string& place) {
  if (word == "last") {
    const std::string id = last_run_here();
    if (id.empty()) refuse({}, "no run from this folder is recorded", see_runs);
    return id;
  }
  std::vector<std::string> found;
  for (const auto& id : journal_ids(runs_folder())) {
    if (id == word) return id;
    if (!word.empty() && id.starts_with(word)) found.push_back(id);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) refuse(span_of(place, word), fmt::format("there is no run '{}'", word), see_runs);
  refuse(span_of(place, word), fmt::format("'{}' begins the IDs of {} runs", word, found.size()),
         "give more of the ID, or 'last'");
}

void keep_hosts_of_earlier_runs(const Settings& settings, Project& project, Diagnostics& diagnostics) {
  try {
    if (settings.continued) keep(settings.continued->hosts, settings.continued->id, project, diagnostics);
    if (settings.rerun.empty()) return;
    const Rerun rerun = hosts_to_rerun(settings.rerun);
    keep(rerun.hosts, rerun.id, project, diagnostics);
  } catch (const Error& error) {
    diagnostics.add({}, error.what(), error.hint());
  }
}

void leave_out_finished(const Continued& continued, const Project& project, Binder& binder,
                        std::vector<HostPlan>& plans) {
  if (stage_files(project) != continued.stage_files) return;
  for (auto& plan : plans) {
    const auto finished = continued.finished.find(plan.host->name);
    if (finished == continued.finished.end()) continue;
    // They stay in the plan: others may wait for them, and find them done.
    for (auto& stage : plan.stages) {
      const auto& done = stage.stage->terms().run_once ? continued.finished_somewhere : finished->second;
      if (!done.contains(stage.stage->name()) || registers(stage, binder)) continue;
      stage.calls.clear();
      stage.rescuing = stage.last = 0;
    }
  }
}

}  // namespace espresso

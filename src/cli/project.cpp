#include "cli/project.h"

#include "cli/inventory_files.h"
#include "cli/run_selection.h"
#include "core/error.h"
#include "core/text.h"
#include "model/secret_sources.h"
#include "model/stage_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <unordered_set>

namespace espresso {

namespace {

namespace fs = std::filesystem;

// Mistakes are told together: what one step throws does not keep the next from being tried.
template <typename Function>
void collecting(Diagnostics& diagnostics, Function&& function) {
  try {
    function();
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
}

std::optional<fs::path> stages_path(const Settings& settings, bool required, Diagnostics& diagnostics) {
  if (!settings.stages.empty()) return fs::path(settings.stages);
  std::error_code ignored;
  for (const char* name : {"stages.yaml", "stages.yml", "stages"}) {
    if (fs::exists(name, ignored)) return fs::path(name);
  }
  if (required)
    diagnostics.add({}, "there are no stages here: neither stages.yaml nor stages.yml nor stages/ exists",
                    "name them with -S");
  return std::nullopt;
}

void open_storages(const StageFiles& files, bool offline, StoragePath& storage, Diagnostics& diagnostics) {
  const auto add = [&](const StorageEntry& entry) {
    if (auto opened = open_storage(entry, offline, diagnostics)) storage.add(std::move(opened));
  };
  for (const auto& entry : files.storages) add(entry);
  if (!files.storages.empty()) return;
  for (const char* name : {"files", "storage"}) {
    std::error_code ignored;
    if (fs::is_directory(files.folder / name, ignored))
      return add({.location = name, .base = files.folder, .span = {}});
  }
}

// Collects the calls of a stage, to check them whether they will run or not.
class CallChecker : public Plan {
 public:
  /// With `storage`, also what they name there.
  CallChecker(Binder& binder, const Storage* storage, Diagnostics& diagnostics)
      : binder_(binder), storage_(storage), diagnostics_(diagnostics) {}
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override {
    Diagnostics found;
    binder_.check(*call, found);
    if (storage_ && found.empty()) binder_.check_contents(call, *storage_, diagnostics_);
    if (storage_) return;  // what is wrong besides was told
    for (const auto& diagnostic : found.all()) diagnostics_.add(diagnostic);
  }

 private:
  Host host_;
  Binder& binder_;
  const Storage* storage_;
  Diagnostics& diagnostics_;
};

// Without groups (hosts named on the command line) only the stages that will run need to know their hosts.
void check_stages(const Workspace& workspace, bool has_groups, Diagnostics& diagnostics) {
  Evaluator evaluator;
  Binder binder(workspace.catalog, evaluator);
  for (const auto& component : workspace.catalog.components())
    collecting(diagnostics, [&] { binder.check_component(*component, diagnostics); });
  for (const auto& stage : workspace.stages.all()) {
    // Stages written in C++ may depend on the host: theirs are checked for the hosts they run on.
    if (!stage->span().source) continue;
    collecting(diagnostics, [&] {
      CallChecker checker(binder, nullptr, diagnostics);
      stage->run(checker);
    });
    if (has_groups && !stage->hosts().empty())
      collecting(diagnostics, [&] { workspace.inventory.select(stage->hosts(), stage->hosts_span()); });
  }
}

bool is_for_any(const Stage& stage, const Project& project) {
  if (stage.hosts().empty()) return true;
  std::unordered_set<std::string> names;
  try {
    for (const auto& host : project.workspace.inventory.select(stage.hosts(), stage.hosts_span()))
      names.insert(host->name);
  } catch (const Mistakes&) {
    return false;  // told before
  }
  return std::any_of(project.selected.begin(), project.selected.end(),
                     [&](const auto& host) { return names.contains(host->name); });
}

// What a plan finds out in storage, for those calls that are right: there is no plan where others are wrong. Where not
// even the order of stages is known, at least those that were asked for are looked at.
void check_contents(const Project& project, const std::vector<std::string>& targets, Diagnostics& diagnostics) {
  const Workspace& workspace = project.workspace;
  std::vector<std::shared_ptr<const Stage>> stages;
  for (const auto& turn : project.order) stages.push_back(turn.stage);
  if (stages.empty()) {
    for (const auto& name : targets)
      if (auto stage = workspace.stages.find(name)) stages.push_back(std::move(stage));
  }
  Evaluator evaluator;
  Binder binder(workspace.catalog, evaluator);
  for (const auto& stage : stages) {
    if (!stage->span().source || !is_for_any(*stage, project)) continue;
    collecting(diagnostics, [&] {
      CallChecker checker(binder, &workspace.storage, diagnostics);
      stage->run(checker);
    });
  }
}

void load_helpers(const fs::path& folder, Workspace& workspace, Diagnostics& diagnostics) {
  collecting(diagnostics, [&] { workspace.catalog.load(folder / "helpers", diagnostics); });
  collecting(diagnostics, [&] { workspace.facts.load(folder / "facts", diagnostics); });
  std::error_code ignored;
  if (!fs::equivalent(folder, ".", ignored))
    collecting(diagnostics, [&] { workspace.catalog.load("helpers", diagnostics); });
}

// Whether all storages are there.
bool load_stage_files(const fs::path& path, bool offline, Workspace& workspace, Diagnostics& diagnostics) {
  StageFiles files;
  collecting(diagnostics, [&] { files = load_stages(path, diagnostics); });
  workspace.stages = std::move(files.stages);
  for (auto& component : files.components) workspace.catalog.add(std::move(component), diagnostics);
  if (files.folder.empty()) return false;
  const std::size_t before = diagnostics.size();
  open_storages(files, offline, workspace.storage, diagnostics);
  return diagnostics.size() == before;
}

void load_configuration(std::vector<SettingsLayer> overrides, Project& project, Diagnostics& diagnostics) {
  Configuration& configuration = project.workspace.configuration;
  configuration = Configuration(project.folder, diagnostics);
  configuration.override_settings(std::move(overrides));
  configuration.check(project.selected, diagnostics);
}

fs::path folder_of(const std::optional<fs::path>& path) {
  std::error_code ignored;
  if (!path) return ".";
  if (fs::is_directory(*path, ignored)) return *path;
  return path->parent_path().empty() ? "." : path->parent_path();
}

Diagnostic no_host(const Settings& settings, const Inventory& inventory) {
  if (inventory.hosts().empty())
    return {.span = {}, .message = "the inventory holds no hosts", .hint = "add some below 'hosts:'"};
  const std::string pattern = settings.hosts.empty() ? "all" : joined_pattern(settings.hosts);
  Diagnostic diagnostic{.span = {}, .message = fmt::format("'{}' selects no host", pattern)};
  if (!settings.hosts.empty()) {
    const auto source = std::make_shared<Source>(Source{"--hosts", pattern});
    diagnostic.span = span_at(source, 0, pattern.size());
  }
  if (!settings.exclude.empty())
    diagnostic.message += fmt::format(" when '{}' is left out", joined_pattern(settings.exclude));
  diagnostic.hint = "see 'espresso inventory graph' for what there is";
  return diagnostic;
}

void select_hosts(const Settings& settings, bool all, Project& project, Diagnostics& diagnostics) {
  const Inventory& inventory = project.workspace.inventory;
  std::unordered_set<std::string> excluded;
  const std::size_t before = diagnostics.size();
  collecting(diagnostics, [&] {
    if (all) project.selected = inventory.hosts();
    if (!all) project.selected = inventory.select_option(joined_pattern(settings.hosts), "--hosts");
  });
  if (!settings.exclude.empty()) {
    collecting(diagnostics, [&] {
      for (const auto& host : inventory.select_option(joined_pattern(settings.exclude), "--exclude"))
        excluded.insert(host->name);
    });
  }
  std::erase_if(project.selected, [&](const auto& host) { return excluded.contains(host->name); });
  if (project.selected.empty() && diagnostics.size() == before) diagnostics.add(no_host(settings, inventory));
}

}  // namespace

std::unique_ptr<Project> load_project(const Settings& settings, const ProjectNeeds& needs,
                                      const std::vector<std::shared_ptr<const Stage>>& own_stages) {
  auto project = std::make_unique<Project>();
  Workspace& workspace = project->workspace;
  Diagnostics diagnostics;
  std::vector<std::string> notes;
  bool has_groups = false, has_storages = false;
  Diagnostics told_below;
  secret_sources().set_folder(folder_of(stages_path(settings, false, told_below)));
  Overrides overrides = parse_overrides(settings.overrides, diagnostics);
  if (needs.inventory) {
    collecting(diagnostics, [&] {
      const auto stages = stages_path(settings, false, diagnostics);
      const auto folder = stages ? std::optional(folder_of(stages)) : std::nullopt;
      if (auto loaded = load_inventory(settings, folder, notes, diagnostics)) {
        workspace.inventory = std::move(loaded->inventory);
        workspace.inventory.override_variables(overrides.variables);
        has_groups = !loaded->is_hosts_option;
        select_hosts(settings, loaded->is_hosts_option || settings.hosts.empty(), *project, diagnostics);
        keep_hosts_of_earlier_runs(settings, *project, diagnostics);
      }
    });
  }
  if (needs.stages != StageNeeds::nothing) {
    const bool is_strict = needs.stages == StageNeeds::all;
    const auto path = stages_path(settings, is_strict && own_stages.empty(), diagnostics);
    const bool reads_settings = needs.stages != StageNeeds::helpers;
    const bool reads_stages = reads_settings && needs.stages != StageNeeds::configuration;
    Diagnostics& of_files = needs.stages == StageNeeds::what_is_right ? project->kept : diagnostics;
    project->folder = folder_of(path);
    if (needs.stages != StageNeeds::configuration) load_helpers(project->folder, workspace, diagnostics);
    if (path && reads_stages) has_storages = load_stage_files(*path, settings.offline, workspace, of_files);
    if (reads_settings) load_configuration(std::move(overrides.settings), *project, of_files);
  }
  for (const auto& stage : own_stages) workspace.stages.add(stage, diagnostics);
  if (needs.stages == StageNeeds::all) {
    if (!own_stages.empty()) workspace.stages.check(diagnostics);  // those of files were checked when they were read
    check_stages(workspace, has_groups, diagnostics);
    project->choice = plan_choice(settings, diagnostics);
    // Where no stage could be read, that one is missing is no news.
    if (!workspace.stages.all().empty())
      collecting(diagnostics, [&] { project->order = workspace.stages.order(needs.targets, needs.command); });
    if (!diagnostics.empty() && has_storages) check_contents(*project, needs.targets, diagnostics);
  }
  // Not before: by now all secrets are known.
  for (const auto& note : settings.quiet || !settings.note ? std::vector<std::string>() : notes) settings.note(note);
  diagnostics.throw_if_any();
  return project;
}

}  // namespace espresso

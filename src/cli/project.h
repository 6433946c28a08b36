#pragma once

#include "cli/settings.h"
#include "helpers/operation.h"
#include "run/workspace.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// How much of the stage files a command needs.
enum class StageNeeds {
  nothing,        ///< not even helpers
  configuration,  ///< only that
  helpers,        ///< those that lie beside the stages; stage files are not read
  what_is_right,  ///< whatever can be read; mistakes in the stage files are kept, not thrown
  all,
};

/// What a command needs of a project.
struct ProjectNeeds {
  bool inventory = true;
  StageNeeds stages = StageNeeds::all;
  std::vector<std::string> targets = {};  ///< stages named on the command line
  std::string command = "espresso";       ///< where they were named, for messages
};

/// Everything the user wrote, read and checked.
struct Project {
  Workspace workspace;
  std::filesystem::path folder;  ///< where the stages lie, and config/, helpers/ and facts/ beside them
  std::vector<std::shared_ptr<const Host>> selected;  ///< by --hosts and --exclude
  /// Hosts are locked while it is carried out, and keep a journal: what it changes must not be done by halves.
  bool holds_hosts = false;
  std::vector<StageTurn> order;  ///< the targets and what they require or raise signals for
  PlanChoice choice;             ///< what of them is carried out
  Diagnostics kept;              ///< with StageNeeds::what_is_right: what is wrong with the stage files
};

/// Reads as much as is needed of inventory, stages, helpers, storages and configuration. All mistakes of all of them
/// are thrown at once. `own_stages` are those of the program itself; with them stage files are not required.
std::unique_ptr<Project> load_project(const Settings& settings, const ProjectNeeds& needs,
                                      const std::vector<std::shared_ptr<const Stage>>& own_stages);

}  // namespace espresso

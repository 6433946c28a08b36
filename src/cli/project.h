#pragma once

#include "cli/settings.h"
#include "helpers/operation.h"
#include "run/workspace.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// What a command needs of a project.
struct ProjectNeeds {
  bool inventory = true;
  bool stages = true;
  std::vector<std::string> targets = {};  ///< stages named on the command line
  std::string command = "espresso";       ///< where they were named, for messages
};

/// Everything the user wrote, read and checked.
struct Project {
  Workspace workspace;
  std::vector<std::shared_ptr<const Host>> selected;  ///< by --hosts and --exclude
  std::vector<std::shared_ptr<const Stage>> order;    ///< the targets and what they require
};

/// Reads inventory, stages, helpers, storages and configuration. All mistakes of all of them are thrown at once.
/// `own_stages` are those of the program itself; with them stage files are not required.
std::unique_ptr<Project> load_project(const Settings& settings, const ProjectNeeds& needs,
                                      const std::vector<std::shared_ptr<const Stage>>& own_stages);

/// The connections of all hosts of the plans as far as they can be checked before: values, and key files that can be read.
void check_connections(const std::vector<HostPlan>& plans, const ConnectionOptions& options, Diagnostics& diagnostics);

}  // namespace espresso

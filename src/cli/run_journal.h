#pragma once

#include "cli/project.h"
#include "cli/settings.h"
#include "report/run_header.h"
#include "run/event.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace espresso {

/// Where journals of runs are: $XDG_STATE_HOME/espresso/runs (XDG Base Directory Specification), by default below
/// ~/.local/state.
std::filesystem::path runs_folder();

/// Records a run of the project while it passes events on to `next`, which must outlive it. For events that are masked
/// already.
std::unique_ptr<Reporter> make_run_journal(const Settings& settings, const Project& project, Reporter& next);

/// What is written about a run, or plan, of the project before it begins.
RunHeader run_header(const Settings& settings, const Project& project);

/// The files that the stages to carry out were read from: name, SHA-256 of what they hold.
std::map<std::string, std::string> stage_files(const Project& project);

}  // namespace espresso

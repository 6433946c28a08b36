#pragma once

#include "cli/page.h"
#include "cli/project.h"
#include "model/value.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace espresso {

/// What `espresso doc` draws on: the project, and the program's own commands and options.
struct DocSources {
  const Project& project;
  const CLI::App& program;
};

/// One thing that can be looked up.
struct DocEntry {
  std::string kind;  ///< "stage", "component", "helper", "configuration", "topic", "function", "fact", "variable", …
  std::string name;
  std::string summary;
  Page page;
  Value details = Map{};  ///< for --format json, beside these
};

/// Everything, in the order in which it is listed.
std::vector<DocEntry> doc_entries(const DocSources& sources);

/// Those that explain: expressions, templates and so on. Part of the above.
std::vector<DocEntry> topic_entries(const DocSources& sources);

}  // namespace espresso

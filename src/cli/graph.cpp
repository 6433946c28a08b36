#include "cli/command.h"
#include "cli/stage_graph.h"
#include "core/error.h"
#include "core/local_command.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <unordered_set>

namespace espresso {

namespace {

constexpr auto drawing_timeout = std::chrono::minutes(1);
constexpr std::size_t largest_drawing = std::size_t{64} << 20U;

[[noreturn]] void refuse(std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

/// A folder for files on the way to another program, gone in the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "espresso-graph-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw Error("cannot make a folder in '" + pattern + "'");
    path_ = pattern;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string drawn_by_graphviz(const std::string& dot) {
  constexpr const char* hint = "install Graphviz (the package graphviz), or give its language out with --format dot";
  try {
    const ScratchFolder folder;
    const auto file = folder.path() / "stages.dot";
    std::ofstream(file, std::ios::binary) << dot;
    CommandOutcome drawn = run_local_command({"dot", "-Tsvg", file.string()}, drawing_timeout, largest_drawing);
    if (drawn.status != 0)
      refuse(fmt::format("Graphviz's 'dot' ended with {}: {}", drawn.status, drawn.error_output), hint);
    return std::move(drawn.output);
  } catch (const Error& error) {
    refuse(error.what(), hint);
  }
}

// Those of each stage, as a run would have them.
void put_hosts(const Project& project, StageGraph& graph) {
  const Inventory& inventory = project.workspace.inventory;
  for (auto& node : graph.stages) {
    std::unordered_set<std::string> named;
    if (!node.pattern.empty()) {
      const auto stage = project.workspace.stages.find(node.name);
      for (const auto& host : inventory.select(node.pattern, stage->hosts_span())) named.insert(host->name);
    }
    auto& hosts = node.hosts.emplace();
    for (const auto& host : project.selected)
      if (node.pattern.empty() || named.contains(host->name)) hosts.push_back(host->name);
  }
}

ExitStatus draw(const Context& context, const std::vector<std::string>& targets) {
  const Settings& settings = context.settings;
  const bool has_hosts = !settings.hosts.empty() || !settings.exclude.empty() || !settings.inventories.empty();
  const auto project = load_project(settings, {.inventory = has_hosts, .targets = targets, .command = "espresso graph"},
                                    context.own_stages);
  const Stages& stages = project->workspace.stages;
  StageGraph graph = graph_of(targets.empty() ? stages.order(stages.names(), "") : project->order);
  if (has_hosts) put_hosts(*project, graph);
  const std::string& format = settings.format;
  context.output.out << (format == "json"  ? to_json(graph_value(graph), 2) + "\n"
                         : format == "dot" ? graph_dot(graph)
                         : format == "svg" ? drawn_by_graphviz(graph_dot(graph))
                                           : graph_text(graph));
  return ExitStatus::ok;
}

}  // namespace

Command add_graph(CLI::App& program) {
  const auto targets = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand("graph", "Draw how stages follow each other: requirements and signals");
  app->footer(
      "espresso graph main                            # what it requires, and whom its signals reach\n"
      "espresso graph --hosts web                     # all stages, and on which of these hosts they run\n"
      "espresso graph main --format svg > stages.svg  # drawn by Graphviz; --format dot: in its language");
  app->add_option("stages", *targets, "Stages, with all they require and all that listens; by default all")
      ->type_name("STAGE");
  return {.app = app,
          .carry_out = [targets](const Context& context) { return draw(context, *targets); },
          .connects = false,
          .formats = {"text", "json", "dot", "svg"},
          .opens_secrets = false};
}

}  // namespace espresso

#include "cli/command.h"
#include "cli/skeleton.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace espresso {

namespace {

ExitStatus write_project(const Context& context, const std::filesystem::path& folder) {
  const auto written = write_skeleton(folder);
  std::string text = fmt::format("written to {}:\n", folder.string());
  for (const auto& file : written) text += fmt::format("  {}\n", file);
  text += "\nnext:\n";
  if (folder != ".") text += fmt::format("  cd {}\n", folder.string());
  text +=
      "  espresso plan main      # what would happen where; connects to nothing\n"
      "  espresso doc            # what there is\n"
      "Then put your own hosts into inventory.yaml. README.md tells more.\n";
  context.output.out << text;
  return ExitStatus::ok;
}

}  // namespace

Command add_init(CLI::App& program) {
  const auto folder = std::make_shared<std::string>(".");
  CLI::App* app = program.add_subcommand("init", "Write a small project to start from; never overwrites");
  app->footer("espresso init infra");
  app->add_option("folder", *folder, "Where to; by default here")->type_name("FOLDER");
  return {.app = app,
          .carry_out = [folder](const Context& context) { return write_project(context, *folder); },
          .connects = false,
          .formats = {"text"}};
}

}  // namespace espresso

#include "cli/schema.h"

#include "cli/command.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace espresso {

namespace {

[[noreturn]] void refuse(std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

Value schema_of_configuration(const Map& configuration, const std::string& name) {
  if (name.empty()) return configuration_schema("", configuration);
  if (const Value* settings = configuration.find(name)) return configuration_schema(name, *settings);
  const std::string hint = did_you_mean(name, configuration.keys());
  refuse(fmt::format("there is no configuration '{}'", name),
         hint.empty() ? fmt::format("write it as config/{}.yaml beside the stages", name) : hint);
}

const std::vector<std::string> kinds = {"stages", "inventory", "config"};

Value schema_of(const Context& context, const std::string& what, const std::string& name) {
  if (std::find(kinds.begin(), kinds.end(), what) == kinds.end()) {
    const std::string hint = did_you_mean(what, kinds);
    refuse(fmt::format("'schema' takes stages, inventory or config, not '{}'", what),
           hint.empty() ? "see espresso schema --help" : hint);
  }
  if (what != "config" && !name.empty())
    refuse(fmt::format("'{}' is one word too many", name), "only 'espresso schema config' takes a name");
  if (what == "inventory") return inventory_schema();
  const auto project =
      load_project(context.settings, {.inventory = false, .stages = StageNeeds::what_is_right}, context.own_stages);
  if (what == "config") return schema_of_configuration(project->workspace.configuration.values().as_map(), name);
  return stage_schema(project->workspace.catalog);
}

}  // namespace

Command add_schema(CLI::App& program) {
  const auto what = std::make_shared<std::string>();
  const auto name = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand(
      "schema", "Print the JSON Schema of stage files, inventories or configuration, for editors");
  app->footer("espresso schema stages > .stages.schema.json\nespresso schema config web > .web.schema.json");
  app->add_option("what", *what, "stages, inventory, or config")->type_name("WHAT")->required();
  app->add_option("name", *name, "With config: one namespace, config/NAMESPACE.yaml")->type_name("NAMESPACE");
  return {.app = app,
          .carry_out =
              [what, name](const Context& context) {
                context.output.out << to_json(schema_of(context, *what, *name), 2) << "\n";
                return ExitStatus::ok;
              },
          .connects = false,
          .opens_secrets = false,
          .choices = kinds};
}

}  // namespace espresso

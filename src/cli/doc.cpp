#include "cli/command.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace espresso {

namespace {

std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  for (const auto& line : split(trim(text), '\n')) result += line.empty() ? "\n" : fmt::format("{}{}\n", indent, line);
  return result;
}

std::string describe(const Parameter& parameter, const std::string& main) {
  std::vector<std::string> traits = {std::string(word(parameter.type))};
  if (parameter.required) traits.push_back("required");
  if (parameter.name == main) traits.push_back("may stand without its name");
  if (parameter.default_value) traits.push_back("by default " + to_json(*parameter.default_value));
  if (!parameter.one_of.empty()) traits.push_back("one of " + join(parameter.one_of, ", "));
  return fmt::format("  {} ({})\n{}", parameter.name, join(traits, ", "), indented(parameter.doc, "      "));
}

std::string describe(const Helper& helper) {
  std::string text = fmt::format("{}: {}\n", helper.name, helper.summary);
  if (!helper.doc.empty()) text += "\n" + indented(helper.doc, "");
  if (!helper.parameters.empty()) text += "\nPARAMETERS\n";
  for (const auto& parameter : helper.parameters) text += describe(parameter, helper.main);
  if (!helper.examples.empty()) text += "\nEXAMPLES\n";
  for (const auto& example : helper.examples) text += indented(example.doc, "  # ") + indented(example.yaml, "  ");
  return text;
}

std::string describe_expressions() {
  std::string text = "Expressions stand in {{ }}, and bare in `when`: Lua 5.4 with these functions.\n`x | f(y)` is `f(x, y)`.\n\n";
  for (const auto& function : expression_functions()) text += fmt::format("  {}\n      {}\n", function.signature, function.doc);
  return text;
}

std::string describe_all(const Project& project) {
  std::string text;
  if (!project.workspace.stages.all().empty()) text += "STAGES\n";
  for (const auto& stage : project.workspace.stages.all()) {
    const auto required = stage->required();
    text += fmt::format("  {}{}\n{}", stage->name(), required.empty() ? "" : " (requires " + join(required, ", ") + ")",
                        indented(stage->doc(), "      "));
  }
  text += text.empty() ? "HELPERS\n" : "\nHELPERS\n";
  for (const auto& helper : project.workspace.catalog.all()) text += fmt::format("  {:<24} {}\n", helper->name, helper->summary);
  return text + "\nMore: espresso doc HELPER, espresso doc STAGE, espresso doc expressions\n";
}

ExitStatus tell(const Context& context, const std::string& topic) {
  if (topic == "expressions") {
    context.output.out << describe_expressions();
    return ExitStatus::ok;
  }
  const auto project = load_project(context.settings, {.inventory = false, .stages = false}, context.own_stages);
  if (topic.empty()) {
    context.output.out << describe_all(*project);
  } else if (const auto helper = project->workspace.catalog.find(topic)) {
    context.output.out << describe(*helper);
  } else if (const auto stage = project->workspace.stages.find(topic)) {
    context.output.out << stage->name() << "\n" << indented(stage->doc(), "  ");
  } else {
    auto names = project->workspace.catalog.names();
    for (const auto& name : project->workspace.stages.names()) names.push_back(name);
    throw Mistakes(Diagnostic{.span = {}, .message = fmt::format("there is no helper or stage '{}'", topic),
                              .hint = did_you_mean(topic, names)});
  }
  return ExitStatus::ok;
}

}  // namespace

Command add_doc(CLI::App& program) {
  const auto topic = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand("doc", "Tell about stages, helpers and expressions");
  app->add_option("topic", *topic, "A helper, a stage, or 'expressions'")->type_name("TOPIC");
  return {.app = app, .carry_out = [topic](const Context& context) { return tell(context, *topic); }};
}

}  // namespace espresso

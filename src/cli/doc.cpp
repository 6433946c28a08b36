#include "cli/command.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace espresso {

namespace {

std::string indented(std::string_view text, std::string_view indent) {
  if (trim(text).empty()) return {};
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
  for (const auto& names : helper.one_of) text += fmt::format("  At most one of {}.\n", enumerate(names));
  if (!helper.examples.empty()) text += "\nEXAMPLES\n";
  for (const auto& example : helper.examples) text += indented(example.doc, "  # ") + indented(example.yaml, "  ");
  return text;
}

// The host that stages are asked about when there is none.
class Calls : public Plan {
 public:
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override { calls.push_back(std::move(call)); }
  std::vector<std::shared_ptr<const Call>> calls;

 private:
  Host host_;
};

std::string describe(const Stage& stage) {
  std::string text = fmt::format("{}\n{}", stage.name(), indented(stage.doc(), "  "));
  if (const auto required = stage.required(); !required.empty())
    text += fmt::format("\nREQUIRES\n  {}\n", join(required, ", "));
  if (!stage.hosts().empty()) text += fmt::format("\nHOSTS\n  {}\n", stage.hosts());
  if (!stage.span().source) return text;  // one written in C++ may depend on the host
  Calls plan;
  stage.run(plan);
  if (!plan.calls.empty()) text += "\nRUNS\n";
  for (const auto& call : plan.calls)
    text +=
        call->name.empty() ? fmt::format("  {}\n", call->helper) : fmt::format("  {}: {}\n", call->helper, call->name);
  return text;
}

std::string describe_expressions() {
  std::string text =
      "Expressions stand in {{ }}, and bare in `when`: Lua 5.4 with these functions.\n`x | f(y)` is `f(x, y)`.\n\n";
  for (const auto& function : expression_functions())
    text += fmt::format("  {}\n      {}\n", function.signature, function.doc);
  return text;
}

std::string describe_templates() {
  return R"(Templates are files in storage that `template:` names. Outside of these marks they are text:

  {{ expression }}                    its value
  {% if expression %} … {% elif expression %} … {% else %} … {% endif %}
  {% for x in list %} … {% else %} … {% endfor %}
  {% for key, value in mapping %} … {% endfor %}
                                      in it: loop.index, loop.index0, loop.first, loop.last, loop.length
  {% set name = expression %}         to the end of the loop or file it stands in
  {% include 'name' %}                another template of storage
  {% raw %} … {% endraw %}            as it stands
  {# … #}                             nothing

A `-` inside a mark, `{{-` or `-%}`, takes away the white space on its side. The newline after a `%}` is dropped.
Expressions are those of `espresso doc expressions`.
)";
}

std::string markdown_table(const Catalog& catalog) {
  std::string text = "| helper | what is so once it has run |\n|---|---|\n";
  for (const auto& helper : catalog.all()) {
    std::string summary = helper->summary;
    for (std::size_t at = 0; (at = summary.find('|', at)) != std::string::npos; at += 2) summary.insert(at, 1, '\\');
    text += fmt::format("| `{}` | {} |\n", helper->name, summary);
  }
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
  for (const auto& helper : project.workspace.catalog.all())
    text += fmt::format("  {:<24} {}\n", helper->name, helper->summary);
  return text + "\nMore: espresso doc HELPER, espresso doc STAGE, espresso doc expressions, espresso doc templates\n";
}

std::string unknown_topic(const std::string& topic, const Project& project) {
  auto names = project.workspace.catalog.names();
  for (const auto& name : project.workspace.stages.names()) names.push_back(name);
  names.insert(names.end(), {"expressions", "templates"});
  const std::string hint = did_you_mean(topic, names);
  return hint.empty() ? "see espresso doc for all there are" : hint;
}

ExitStatus tell(const Context& context, const std::string& topic) {
  std::ostream& out = context.output.out;
  if (topic == "expressions" || topic == "templates") {
    out << (topic == "templates" ? describe_templates() : describe_expressions());
    return ExitStatus::ok;
  }
  const bool is_markdown = context.settings.format == "markdown";
  const StageNeeds stages = is_markdown ? StageNeeds::helpers : StageNeeds::what_is_right;
  const auto project = load_project(context.settings, {.inventory = false, .stages = stages}, context.own_stages);
  if (is_markdown) {
    out << markdown_table(project->workspace.catalog);
  } else if (topic.empty()) {
    out << describe_all(*project);
    if (!project->kept.empty())
      context.output.err << "note: the stage files have mistakes, 'espresso plan' tells them\n";
  } else if (const auto helper = project->workspace.catalog.find(topic)) {
    out << describe(*helper);
  } else if (const auto stage = project->workspace.stages.find(topic)) {
    out << describe(*stage);
  } else {
    Diagnostics diagnostics = project->kept;
    diagnostics.add({}, fmt::format("there is no helper or stage '{}'", topic), unknown_topic(topic, *project));
    diagnostics.throw_if_any();
  }
  return ExitStatus::ok;
}

}  // namespace

Command add_doc(CLI::App& program) {
  const auto topic = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand(
      "doc", "Tell about stages, helpers, expressions and templates; --format markdown: a table of helpers");
  app->add_option("topic", *topic, "A helper, a stage, 'expressions' or 'templates'")->type_name("TOPIC");
  return {.app = app,
          .carry_out = [topic](const Context& context) { return tell(context, *topic); },
          .connects = false,
          .formats = {"text", "markdown"}};
}

}  // namespace espresso

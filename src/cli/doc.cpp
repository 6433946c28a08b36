#include "cli/command.h"
#include "core/text.h"
#include "model/component.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
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

std::string describe_calls(const std::vector<std::shared_ptr<const Call>>& calls) {
  std::string text = calls.empty() ? "" : "\nRUNS\n";
  for (const auto& call : calls)
    text +=
        call->name.empty() ? fmt::format("  {}\n", call->helper) : fmt::format("  {}: {}\n", call->helper, call->name);
  return text;
}

std::string describe(const Helper& helper) {
  std::string text = helper.name + (helper.summary.empty() ? "" : ": " + helper.summary) + "\n";
  if (!helper.doc.empty()) text += "\n" + indented(helper.doc, "");
  if (!helper.parameters.empty()) text += "\nPARAMETERS\n";
  for (const auto& parameter : helper.parameters) text += describe(parameter, helper.main);
  for (const auto& names : helper.one_of) text += fmt::format("  At most one of {}.\n", enumerate(names));
  if (helper.component) text += describe_calls(helper.component->calls);
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
  return text + describe_calls(plan.calls);
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

std::string describe_components() {
  return R"(Components are operations that you give a name and parameters, below `components:` of a stage file. They are
called like helpers, from stages and from other components:

  components:
    web.site:
      doc: One virtual host.
      parameters:
        name: {type: string, required: true, doc: Its server name.}
        port: {type: integer, default: 80}
      main: name
      run:
        - fs.ensure_file: {path: "/etc/nginx/sites-enabled/{{ params.name }}", template: site.tmpl}
        - shell.run: nginx -t
  stages:
    web:
      doc: What we serve.
      run:
        - web.site: example.org
        - web.site: {name: example.net, port: 8080}

  parameters  names and what they take: type, required, default, one_of and doc, as in the header of a helper; the
              types are those of helpers, but for conditions
  main        the parameter that may stand without its name
  one_of      lists of parameters of which at most one may be given
  run         its operations

Inside, `params` holds what the call gives, also in templates; of what it does not give, the default, else null. It
also sees what its caller sees. What it registers is known after it, as if the stage had registered it itself.

Beside a call of a component, `when` is asked once, for all of it; `for_each` repeats the whole of it, item by item;
`name` stands before the titles of its operations; `as`, `timeout`, `ignore_errors` and `sensitive` hold for each of
them; `register` keeps their results as a list, `results`.
)";
}

std::string describe_facts(const FactCatalog& catalog) {
  std::string text =
      R"(Facts are what hosts say of themselves: `facts.os.id` in expressions and templates. Hosts are asked for those that
are used, no others; `espresso facts HOST` shows all. A fact that a host cannot tell is not there:
`facts.virtualization | default("none")` asks for one without failing.
)";
  for (const auto& group : catalog.groups()) {
    text += fmt::format("\n{}: {}\n", group->is_user ? "facts/" + group->name + ".sh" : group->name,
                        group->summary.empty() ? "A fact of your own." : group->summary);
    if (group->is_user) continue;
    for (const auto& fact : group->facts) text += fmt::format("  {} ({})\n      {}\n", fact.path, fact.type, fact.doc);
  }
  return text + R"(
A fact of your own is a file `facts/<name>.sh` beside the stage files, run by the host's sh as `facts.<name>`. What it
writes is the fact: JSON where it begins with { or [, a mapping where every line is key=value, else text. Whoever uses
one that ends with another status than 0 fails, and is told what it wrote to its error output.
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

/// A line for each that is wanted, in columns.
std::string list_of(const std::vector<std::shared_ptr<const Helper>>& helpers,
                    const std::function<bool(const Helper&)>& is_wanted) {
  std::size_t width = 0;
  for (const auto& helper : helpers)
    if (is_wanted(*helper)) width = std::max(width, helper->name.size());
  std::string lines;
  for (const auto& helper : helpers)
    if (is_wanted(*helper))
      lines += fmt::format("  {}\n", trim(fmt::format("{:<{}}  {}", helper->name, width, helper->summary)));
  return lines;
}

std::string describe_namespace(const Catalog& catalog, const std::string& name) {
  return list_of(catalog.all(), [&](const Helper& one) { return one.name.starts_with(name + "."); });
}

std::string describe_all(const Project& project) {
  std::string text;
  if (!project.workspace.stages.all().empty()) text += "STAGES\n";
  for (const auto& stage : project.workspace.stages.all()) {
    const auto required = stage->required();
    text += fmt::format("  {}{}\n{}", stage->name(), required.empty() ? "" : " (requires " + join(required, ", ") + ")",
                        indented(stage->doc(), "      "));
  }
  const auto helpers = project.workspace.catalog.all();
  const auto list = [&](std::string_view title, bool components) {
    const std::string lines =
        list_of(helpers, [&](const Helper& one) { return (one.component != nullptr) == components; });
    if (!lines.empty()) text += fmt::format("{}{}\n{}", text.empty() ? "" : "\n", title, lines);
  };
  list("COMPONENTS", true);
  list("HELPERS", false);
  return text + "\nMore: espresso doc NAME of any of these, espresso doc components, expressions, facts or templates\n";
}

std::string unknown_topic(const std::string& topic, const Project& project) {
  auto names = project.workspace.catalog.names();
  for (const auto& name : project.workspace.stages.names()) names.push_back(name);
  names.insert(names.end(), {"components", "expressions", "facts", "templates"});
  const std::string hint = did_you_mean(topic, names);
  return hint.empty() ? "see espresso doc for all there are" : hint;
}

ExitStatus tell(const Context& context, const std::string& topic) {
  std::ostream& out = context.output.out;
  static const std::map<std::string, std::string (*)()> explained = {
      {"components", describe_components}, {"expressions", describe_expressions}, {"templates", describe_templates}};
  if (const auto text = explained.find(topic); text != explained.end()) {
    out << text->second();
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
  } else if (topic == "facts") {
    out << describe_facts(project->workspace.facts);
  } else if (const auto helper = project->workspace.catalog.find(topic)) {
    out << describe(*helper);
  } else if (const auto stage = project->workspace.stages.find(topic)) {
    out << describe(*stage);
  } else if (const auto lines = describe_namespace(project->workspace.catalog, topic); !lines.empty()) {
    out << lines;
  } else {
    Diagnostics diagnostics = project->kept;
    diagnostics.add({}, fmt::format("there is no helper, component or stage '{}'", topic),
                    unknown_topic(topic, *project));
    diagnostics.throw_if_any();
  }
  return ExitStatus::ok;
}

}  // namespace

Command add_doc(CLI::App& program) {
  const auto topic = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand("doc",
                                         "Tell about stages, components, helpers, expressions, facts and templates; "
                                         "--format markdown: a table of helpers");
  app->add_option("topic", *topic, "A helper, component or stage, or 'components', 'expressions', 'facts', 'templates'")
      ->type_name("TOPIC");
  return {.app = app,
          .carry_out = [topic](const Context& context) { return tell(context, *topic); },
          .connects = false,
          .formats = {"text", "markdown"}};
}

}  // namespace espresso

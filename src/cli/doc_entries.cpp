#include "cli/doc_entries.h"

#include "cli/environment.h"
#include "cli/help.h"
#include "core/text.h"
#include "helpers/parts.h"
#include "model/component.h"
#include "run/connection_variables.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

Value texts(const std::vector<std::string>& words) { return List(words.begin(), words.end()); }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string first_paragraph(const std::string& text) {
  std::string first = text.substr(0, text.find("\n\n"));
  std::replace(first.begin(), first.end(), '\n', ' ');
  return first;
}

std::string traits_of(const Parameter& parameter, const std::string& main) {
  std::vector<std::string> traits = {std::string(word(parameter.type))};
  if (parameter.required) traits.emplace_back("required");
  if (parameter.name == main) traits.emplace_back("may stand without its name");
  if (parameter.default_value) traits.push_back("by default " + to_json(*parameter.default_value));
  if (!parameter.one_of.empty()) traits.push_back("one of " + join(parameter.one_of, ", "));
  return join(traits, ", ");
}

// The operation as a plan would show it, as far as that is known without a host.
std::string operation_text(const Call& call, const Catalog& catalog) {
  std::string text = call.helper;
  const auto helper = catalog.find(call.helper);
  if (!call.name.empty()) {
    text += ": " + call.name;
  } else if (helper && !call.sensitive) {
    for (const auto& argument : call.arguments) {
      const std::string& name = argument.name.empty() ? helper->main : argument.name;
      if (name == helper->title) text += " " + clip(first_line(argument.value.text()), 60);
    }
  }
  if (call.for_each) text += ", for each of " + clip(first_line(call.for_each->text()), 60);
  if (call.when) text += ", when " + call.when->text();
  return text;
}

std::vector<Page::Item> operations(const std::vector<std::shared_ptr<const Call>>& calls, const Catalog& catalog) {
  std::vector<Page::Item> items;
  for (const auto& call : calls) items.push_back({.name = operation_text(*call, catalog), .traits = {}, .text = {}});
  return items;
}

// Whether its check can say that it does not know.
bool may_be_unknown(const Helper& helper) {
  const auto says_so = [](std::string_view script) { return script.find("unknown ") != std::string_view::npos; };
  if (says_so(without_comments(helper.body))) return true;
  return std::any_of(helper.uses.begin(), helper.uses.end(), [&](const std::string& name) {
    const auto* part = find_part(name);
    return part && says_so(without_comments(*part));
  });
}

std::string check_text(const Helper& helper) {
  if (helper.component) return "As its operations.";
  if (may_be_unknown(helper))
    return "Tells what would change, and why; where that cannot be told beforehand, `unknown` and why.";
  return "Tells what would change, and why.";
}

Value json_of(const Parameter& parameter) {
  Map map;
  map.set("name", parameter.name);
  map.set("type", word(parameter.type));
  map.set("required", parameter.required);
  if (parameter.default_value) map.set("default", *parameter.default_value);
  if (!parameter.one_of.empty()) map.set("one_of", texts(parameter.one_of));
  map.set("doc", parameter.doc);
  return map;
}

DocEntry entry_of(const Helper& helper, const Catalog& catalog) {
  DocEntry entry{.kind = std::string(helper.kind()), .name = helper.name, .summary = helper.summary, .page = {}};
  entry.page.title(helper.name, helper.summary).prose(helper.doc);
  std::vector<Page::Item> parameters;
  List as_json, examples;
  for (const auto& parameter : helper.parameters) {
    parameters.push_back({.name = parameter.name, .traits = traits_of(parameter, helper.main), .text = parameter.doc});
    as_json.push_back(json_of(parameter));
  }
  if (!parameters.empty()) entry.page.heading("Parameters").items(parameters);
  for (const auto& names : helper.one_of) entry.page.prose(fmt::format("At most one of {}.", enumerate(names)));
  if (helper.component) entry.page.heading("Runs").items(operations(helper.component->calls, catalog));
  entry.page.heading("Check mode").prose(check_text(helper));
  if (!helper.tools.empty()) entry.page.heading("Needs at the host").prose(join(helper.tools, ", "));
  if (!helper.examples.empty()) entry.page.heading("Examples");
  std::string code;
  for (const auto& example : helper.examples) {
    code += fmt::format("# {}\n{}\n", example.doc, trim(example.yaml));
    Map map;
    map.set("doc", example.doc);
    map.set("yaml", example.yaml);
    examples.emplace_back(map);
  }
  if (!code.empty()) entry.page.code(code);
  Map& details = entry.details.edit_map();
  details.set("doc", helper.doc);
  details.set("parameters", as_json);
  if (!helper.main.empty()) details.set("main", helper.main);
  details.set("check", helper.component ? "operations" : may_be_unknown(helper) ? "may be unknown" : "always known");
  if (!helper.tools.empty()) details.set("tools", texts(helper.tools));
  details.set("examples", examples);
  return entry;
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

DocEntry entry_of(const Stage& stage, const Workspace& workspace) {
  DocEntry entry{.kind = "stage", .name = stage.name(), .summary = first_paragraph(stage.doc()), .page = {}};
  const auto required = stage.required();
  std::vector<std::string> requiring;
  for (const auto& other : workspace.stages.all()) {
    const auto names = other->required();
    if (std::find(names.begin(), names.end(), stage.name()) != names.end()) requiring.push_back(other->name());
  }
  entry.page.title(stage.name(), "").prose(stage.doc());
  Map& details = entry.details.edit_map();
  details.set("doc", stage.doc());
  details.set("requires", texts(required));
  details.set("required_by", texts(requiring));
  if (!required.empty()) entry.page.heading("Requires").prose(join(required, ", "));
  if (!requiring.empty()) entry.page.heading("Required by").prose(join(requiring, ", "));
  if (!stage.hosts().empty()) {
    entry.page.heading("Hosts").prose(stage.hosts());
    details.set("hosts", stage.hosts());
  }
  if (!stage.span().source) return entry;  // one written in C++ may depend on the host
  details.set("place", stage.span().location());
  Calls run, rescue, always;
  stage.run(run);
  stage.rescue(rescue);
  stage.always(always);
  const auto tell = [&](const Calls& plan, const char* key, const char* heading) {
    List texts;
    for (const auto& call : plan.calls) texts.emplace_back(operation_text(*call, workspace.catalog));
    details.set(key, texts);
    if (!plan.calls.empty()) entry.page.heading(heading).items(operations(plan.calls, workspace.catalog));
  };
  tell(run, "runs", "Runs");
  if (!rescue.calls.empty()) tell(rescue, "rescue", "Where one of these fails");
  if (!always.calls.empty()) tell(always, "always", "Always at the end");
  return entry;
}

// Names and kinds of settings; their values may be nobody's business.
void list_settings(const Value& value, const std::string& path,
                   std::vector<std::pair<std::string, std::string>>& rows) {
  if (!value.is_map() || value.as_map().empty()) return rows.emplace_back(path, value.kind()), void();
  for (const auto& [key, inner] : value.as_map()) list_settings(inner, path + "." + key, rows);
}

DocEntry entry_of_configuration(const std::string& name, const Value& settings) {
  std::vector<std::pair<std::string, std::string>> rows;
  list_settings(settings, "config." + name, rows);
  Map kinds;
  for (const auto& [path, kind] : rows) kinds.set(path, kind);
  DocEntry entry{.kind = "configuration",
                 .name = "config." + name,
                 .summary = fmt::format("{} of config/{}.yaml", rows.size() == 1 ? "A setting" : "Settings", name),
                 .page = {}};
  entry.page.title(entry.name, entry.summary).table({"setting", "kind"}, rows);
  entry.details.edit_map().set("settings", kinds);
  return entry;
}

DocEntry simple_entry(std::string kind, std::string name, std::string summary) {
  DocEntry entry{.kind = std::move(kind), .name = std::move(name), .summary = std::move(summary), .page = {}};
  entry.page.title(entry.name, entry.summary);
  return entry;
}

void add_functions(std::vector<DocEntry>& entries) {
  for (const auto& function : expression_functions()) {
    auto entry = simple_entry("function", function.name, function.doc);
    entry.page = Page()
                     .title(function.signature, function.doc)
                     .heading("Example")
                     .code(fmt::format("{{{{ {} }}}}\ngives {}", function.example, function.result));
    Map& details = entry.details.edit_map();
    details.set("signature", function.signature);
    details.set("example", function.example);
    details.set("result", function.result);
    entries.push_back(std::move(entry));
  }
}

void add_facts(const FactCatalog& catalog, std::vector<DocEntry>& entries) {
  for (const auto& group : catalog.groups()) {
    if (group->is_user) {
      entries.push_back(simple_entry("fact", "facts." + group->name,
                                     group->summary.empty() ? "A fact of your own." : group->summary));
      continue;
    }
    for (const auto& fact : group->facts) {
      auto entry = simple_entry("fact", "facts." + fact.path, fact.doc);
      entry.page = Page().title(fmt::format("{} ({})", entry.name, fact.type), fact.doc);
      entry.details.edit_map().set("type", fact.type);
      entries.push_back(std::move(entry));
    }
  }
}

void add_variables(std::vector<DocEntry>& entries) {
  for (const auto& variable : connection_variables()) {
    auto entry = simple_entry("variable", std::string(variable.name()), std::string(variable.doc));
    const std::vector<std::string> others(variable.names.begin() + 1, variable.names.end());
    if (!others.empty()) entry.page.prose("Also as " + enumerate(others) + ".");
    entry.details.edit_map().set("also", texts(others));
    entries.push_back(std::move(entry));
  }
  for (const auto& variable : unheeded_variables())
    entries.push_back(
        simple_entry("variable", std::string(variable.name), fmt::format("Has no effect: {}.", variable.hint)));
}

}  // namespace

std::vector<DocEntry> doc_entries(const DocSources& sources) {
  const Workspace& workspace = sources.project.workspace;
  std::vector<DocEntry> entries, helpers;
  for (const auto& stage : workspace.stages.all()) entries.push_back(entry_of(*stage, workspace));
  for (const auto& helper : workspace.catalog.all())
    (helper->component ? entries : helpers).push_back(entry_of(*helper, workspace.catalog));
  std::move(helpers.begin(), helpers.end(), std::back_inserter(entries));
  for (const auto& [name, settings] : workspace.configuration.values().as_map())
    entries.push_back(entry_of_configuration(name, settings));
  for (auto& topic : topic_entries(sources)) entries.push_back(std::move(topic));
  for (const auto& [name, about] : command_list(sources.program)) {
    auto entry = simple_entry("command", name, about);
    entry.page.prose(fmt::format("More: {} --help", name));
    entries.push_back(std::move(entry));
  }
  for (const auto& [name, about] : environment_list(sources.program))
    entries.push_back(simple_entry("environment", name, about));
  add_variables(entries);
  add_functions(entries);
  add_facts(workspace.facts, entries);
  return entries;
}

}  // namespace espresso

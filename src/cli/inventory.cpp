#include "cli/command.h"
#include "core/text.h"
#include "model/inventory_export.h"
#include "run/connection_variables.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ostream>

namespace espresso {

namespace {

// "value  # group web, inventory.yaml:12:7"
std::string origin_text(const Origin& origin) {
  const char* level = origin.level == Origin::Level::group  ? "group "
                      : origin.level == Origin::Level::host ? "host "
                                                            : "";
  const std::string place = origin.span.location();
  return level + origin.owner + (place.empty() ? "" : ", " + place);
}

constexpr const char* withheld = "(withheld)";

// Secrets are not shown, as text or otherwise. Their names say that they are.
bool is_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.find("pass") != std::string::npos || name.find("secret") != std::string::npos;
}

Value without_secrets(const Value& value);

Map without_secrets(const Map& map) {
  Map result;
  for (const auto& [name, value] : map) result.append(name, is_secret(name) ? Value(withheld) : without_secrets(value));
  return result;
}

Value without_secrets(const Value& value) {
  if (value.is_map()) return without_secrets(value.as_map());
  if (!value.is_list()) return value;
  List result;
  for (const auto& item : value.as_list()) result.push_back(without_secrets(item));
  return result;
}

std::string show(const Host& host) {
  std::string text = host.name + "\n";
  if (!host.groups.empty()) text += "  groups: " + join(host.groups, ", ") + "\n";
  for (const auto& [name, value] : without_secrets(host.variables.values())) {
    const Origin* origin = host.variables.origin(name);
    const std::string shown = value.is_string() ? value.as_string() : to_json(value);
    text += fmt::format("  {}: {}{}\n", name, shown, origin ? "  # " + origin_text(*origin) : "");
  }
  return printable_lines(text);
}

void draw(const Inventory& inventory, const Group& group, std::size_t depth, std::string& text) {
  const std::string indent(2 * depth, ' ');
  text += fmt::format("{}{}:\n", indent, group.name);
  const auto is_child = [&](const auto& other) {
    return std::any_of(inventory.groups().begin(), inventory.groups().end(), [&](const auto& parent) {
      return parent->name != "all" &&
             std::find(parent->children.begin(), parent->children.end(), other->name) != parent->children.end();
    });
  };
  if (group.name == "all") {
    for (const auto& child : inventory.groups()) {
      const bool is_empty = child->name == "ungrouped" && child->hosts.empty();
      if (child->name != "all" && !is_empty && !is_child(child)) draw(inventory, *child, depth + 1, text);
    }
    return;
  }
  for (const auto& name : group.children) {
    if (const Group* child = inventory.find_group(name)) draw(inventory, *child, depth + 1, text);
  }
  for (const auto& host : group.hosts) text += fmt::format("{}  {}\n", indent, host);
}

// As Ansible's inventory programs answer --list, so that its tools can read it.
Value as_list_answer(const Inventory& inventory, const std::vector<std::shared_ptr<const Host>>& selected) {
  Map variables;
  for (const auto& host : selected) variables.set(host->name, without_secrets(host->variables.values()));
  Map meta;
  meta.set("hostvars", variables);
  Map answer;
  answer.set("_meta", meta);
  for (const auto& group : inventory.groups()) {
    List hosts;
    for (const auto& host : group->hosts) {
      if (group->name != "all" && variables.contains(host)) hosts.emplace_back(host);
    }
    Map entry;
    if (group->name == "all") {
      List children;
      for (const auto& child : inventory.groups()) {
        if (child->name != "all") children.emplace_back(child->name);
      }
      entry.set("children", children);
    } else {
      if (!hosts.empty()) entry.set("hosts", hosts);
      if (!group->children.empty()) entry.set("children", List(group->children.begin(), group->children.end()));
    }
    if (!entry.empty()) answer.set(group->name, entry);
  }
  return answer;
}

const std::vector<std::string> views = {"list", "graph", "show", "export"};

// The connection variables of our own go under Ansible's names, too. Secrets are left out: tools would take what stands
// in their place for them.
Value exported(const Project& project) {
  Map answer = ansible_inventory(project.workspace.inventory, project.selected);
  Map& hosts = answer.find("_meta")->edit_map().find("hostvars")->edit_map();
  for (auto& [host, variables] : hosts) {
    Map told;
    for (const auto& [name, value] : variables.as_map())
      if (!is_secret(name)) told.append(name, without_secrets(value));
    for (const auto& variable : connection_variables()) {
      const Value* value = told.find(variable.name());
      if (value && value->is_scalar() && variable.names.size() > 1 && !told.contains(variable.names[1]))
        told.append(std::string(variable.names[1]), Value(*value));
    }
    variables = std::move(told);
  }
  return answer;
}

std::vector<std::shared_ptr<const Host>> hosts_to_show(const Project& project, const std::vector<std::string>& names) {
  if (!names.empty())
    return project.workspace.inventory.select_option(joined_pattern(names), "espresso inventory show");
  return project.selected;
}

ExitStatus look_at(const Context& context, const std::string& what, const std::vector<std::string>& names) {
  if (std::find(views.begin(), views.end(), what) == views.end()) {
    const std::string hint = did_you_mean(what, views);
    throw Mistakes(Diagnostic{.span = {},
                              .message = fmt::format("'inventory' takes list, graph, show or export, not '{}'", what),
                              .hint = hint.empty() ? "see espresso inventory --help" : hint});
  }
  if (what != "show" && !names.empty()) {
    throw Mistakes(Diagnostic{.span = {},
                              .message = fmt::format("'{}' is one word too many", names.front()),
                              .hint = "select hosts with --hosts"});
  }
  if (what == "show" && names.empty() && context.settings.hosts.empty())
    throw Mistakes(
        Diagnostic{.span = {}, .message = "'inventory show' needs a host", .hint = "name one, or a pattern"});
  const auto project = load_project(context.settings, {.stages = StageNeeds::nothing}, {});
  const Inventory& inventory = project->workspace.inventory;
  std::ostream& out = context.output.out;
  const bool is_json = context.settings.format == "json";
  std::string text;
  if (what == "export") {
    text = to_json(exported(*project), 2) + "\n";
  } else if (what == "show") {
    for (const auto& host : hosts_to_show(*project, names))
      text += is_json ? to_json(without_secrets(host->variables.values()), 2) + "\n" : show(*host);
  } else if (is_json) {
    text = to_json(as_list_answer(inventory, project->selected), 2) + "\n";
  } else if (what == "list") {
    for (const auto& host : project->selected) text += host->name + "\n";
  } else {
    draw(inventory, *inventory.groups().front(), 0, text);
  }
  out << text;
  return ExitStatus::ok;
}

}  // namespace

Command add_inventory(CLI::App& program) {
  const auto what = std::make_shared<std::string>("list");
  const auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand("inventory", "Look at the inventory: its hosts, groups, or variables");
  app->footer(
      "espresso inventory list --hosts 'web:!db'\n"
      "espresso inventory graph\n"
      "espresso inventory show web1.example.org  # its variables, and where each comes from\n"
      "espresso inventory export                 # for other tools, as ansible-inventory --list");
  app->add_option(
         "what", *what,
         "list (the default), graph, show with the origin of each value, or export, as ansible-inventory --list has it")
      ->type_name("WHAT");
  app->add_option("names", *names, "Hosts to show: names or patterns")->type_name("HOST");
  return {.app = app,
          .carry_out = [what, names](const Context& context) { return look_at(context, *what, *names); },
          .connects = false,
          .choices = views};
}

}  // namespace espresso

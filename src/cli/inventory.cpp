#include "cli/command.h"
#include "cli/inventory_files.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

// "value  # group web, inventory.yaml:12:7"
std::string origin_text(const Origin& origin) {
  const char* level = origin.level == Origin::Level::group ? "group " : origin.level == Origin::Level::host ? "host " : "";
  const std::string place = origin.span.location();
  return level + origin.owner + (place.empty() ? "" : ", " + place);
}

// Secrets are not shown. Their names say that they are.
bool is_secret(std::string_view name) {
  return name.find("pass") != std::string_view::npos || name.find("secret") != std::string_view::npos;
}

std::string show(const Host& host) {
  std::string text = host.name + "\n";
  List groups(host.groups.begin(), host.groups.end());
  text += "  groups: " + to_json(groups) + "\n";
  for (const auto& [name, value] : host.variables.values()) {
    const Origin* origin = host.variables.origin(name);
    const std::string shown = is_secret(name) ? "(withheld)" : value.is_string() ? value.as_string() : to_json(value);
    text += fmt::format("  {}: {}{}\n", name, shown, origin ? "  # " + origin_text(*origin) : "");
  }
  return text;
}

void draw(const Inventory& inventory, const Group& group, std::size_t depth, std::string& text) {
  const std::string indent(2 * depth, ' ');
  text += fmt::format("{}{}:\n", indent, group.name);
  const auto is_child = [&](const auto& other) {
    return std::any_of(inventory.groups().begin(), inventory.groups().end(), [&](const auto& parent) {
      return parent->name != "all" && std::find(parent->children.begin(), parent->children.end(), other->name) != parent->children.end();
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
  for (const auto& host : selected) variables.set(host->name, host->variables.values());
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

ExitStatus look_at(const Context& context, const std::string& what, const std::vector<std::string>& names) {
  const auto project = load_project(context.settings, {.stages = false}, {});
  const Inventory& inventory = project->workspace.inventory;
  std::ostream& out = context.output.out;
  const bool is_json = context.settings.format == "json";
  if (what == "list" && is_json) {
    out << to_json(as_list_answer(inventory, project->selected), 2) << "\n";
  } else if (what == "list") {
    for (const auto& host : project->selected) out << host->name << "\n";
  } else if (what == "graph") {
    std::string text;
    draw(inventory, *inventory.groups().front(), 0, text);
    out << text;
  } else {
    if (names.empty())
      throw Mistakes(Diagnostic{.span = {}, .message = "'inventory show' needs a host", .hint = "name one, or a pattern"});
    for (const auto& name : names) {
      for (const auto& host : inventory.select_option(name, "espresso inventory show"))
        out << (is_json ? to_json(host->variables.values(), 2) + "\n" : show(*host));
    }
  }
  return ExitStatus::ok;
}

}  // namespace

Command add_inventory(CLI::App& program) {
  const auto what = std::make_shared<std::string>("list");
  const auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand("inventory", "Look at the inventory: list, graph, show HOST");
  app->add_option("what", *what, "list, graph, or show with the origin of each value")->check(CLI::IsMember({"list", "graph", "show"}))->type_name("WHAT");
  app->add_option("names", *names, "Hosts to show")->allow_extra_args(false)->type_name("HOST");
  return {.app = app, .carry_out = [what, names](const Context& context) { return look_at(context, *what, *names); }};
}

}  // namespace espresso

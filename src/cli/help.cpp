#include "cli/help.h"

#include "cli/command.h"
#include "cli/options.h"
#include "cli/page.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace espresso {

namespace {

constexpr std::size_t indent = 2;
constexpr const char* own_group = "Options";  // CLI11's, of options without a group
constexpr std::size_t column = 30;            // where descriptions begin
// "  name    what it is", the description in a column of its own.
std::string entry(const std::string& name, const std::string& description, std::size_t width) {
  std::string text = std::string(indent, ' ') + name;
  const std::size_t used = display_width(text);
  text += used + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - used, ' ');
  return text + filled(description, column, width);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool is_positional(const CLI::Option* option) { return option->get_positional(); }

std::string shown(const CLI::Option& positional) {
  const bool many = positional.get_items_expected_max() > 1;
  const std::string name = positional.get_type_name() + (many ? "…" : "");
  return positional.get_required() ? name : "[" + name + "]";
}

std::string group_text(const CLI::App& app, const std::string& group, std::size_t width) {
  std::string text;
  for (const auto* option : app.get_options([&](const CLI::Option* o) { return o->get_group() == group; }))
    if (!is_positional(option)) text += entry(option_names(*option), option->get_description(), width);
  return text;
}

// Those that all commands share, but for those of no use to this one.
std::string options_text(const CLI::App& program, bool connects, std::size_t width) {
  std::string text;
  for (const auto& group : program.get_groups()) {
    const auto options = program.get_options([&](const CLI::Option* o) { return o->get_group() == group; });
    if (group == own_group || options.empty() || (!connects && is_for_connecting(*options.front()))) continue;
    text += "\n" + upper(group) + "\n" + group_text(program, group, width);
  }
  return text + "\n" +
         filled(
             "Each option can stand in the environment: --host-key-check as ESPRESSO_HOST_KEY_CHECK. There, one that "
             "is "
             "repeatable takes one value a line. More: espresso doc environment",
             0, width);
}

std::string examples_text(const CLI::App& app) {
  std::string text;
  for (const auto& line : split(app.get_footer(), '\n')) text += line.empty() ? "" : "  " + line + "\n";
  return text.empty() ? text : "EXAMPLES\n" + text + "\n";
}

std::string usage(const CLI::App& app) {
  std::string text = "espresso " + app.get_name();
  for (const auto* positional : app.get_options(is_positional)) text += " " + shown(*positional);
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> command_list(const CLI::App& program) {
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; }))
    list.emplace_back(usage(*command), command->get_description());
  return list;
}

std::string option_names(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const auto& name : option.get_snames()) all.push_back("-" + name);
  for (const auto& name : option.get_lnames()) all.push_back("--" + name);
  return join(all, ", ") + (option.get_items_expected_max() > 0 ? " " + option.get_type_name() : "");
}

std::string program_help(const CLI::App& program, std::size_t width) {
  std::string text =
      "espresso brings many hosts to the state that stages describe, over plain SSH.\n\n"
      "USAGE\n"
      "  espresso COMMAND [OPTIONS] …\n"
      "  espresso -S STAGES --run=STAGE [OPTIONS]\n\n"
      "COMMANDS\n";
  for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; }))
    text += entry(command->get_name(), command->get_description(), width);
  text += "  More about one: espresso help COMMAND, or espresso COMMAND --help\n\n" + examples_text(program);
  text += "OPTIONS\n" + group_text(program, own_group, width);
  return text + options_text(program, true, width) + "\n" + exit_status_help();
}

std::string command_help(const CLI::App& program, const Command& command, std::size_t width) {
  const CLI::App& app = *command.app;
  const auto positionals = app.get_options(is_positional);
  std::string text = filled(app.get_description(), 0, width) + "\nUSAGE\n  " + usage(app) + " [OPTIONS]\n\n";
  for (const auto* positional : positionals) text += entry(shown(*positional), positional->get_description(), width);
  if (!positionals.empty()) text += "\n";
  text += examples_text(app) + "OPTIONS\n" + group_text(app, own_group, width);
  text += entry("-h, --help", "Print this help", width);
  return text + options_text(program, command.connects, width) + "\n" + exit_status_help();
}

}  // namespace espresso

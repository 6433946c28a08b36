#include "cli/help.h"

#include "cli/command.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace espresso {

namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t column = 30;  // where descriptions begin
constexpr std::size_t widest = 110;
constexpr std::size_t narrowest = 60;

std::string wrapped(const std::string& text, std::size_t margin, std::size_t width) {
  const std::size_t room = std::clamp(width, narrowest, widest) - margin;
  std::string result, line;
  for (const auto& word : split(text, ' ')) {
    if (!line.empty() && display_width(line) + 1 + display_width(word) > room) {
      result += line + "\n" + std::string(margin, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + line + "\n";
}

// "  name    what it is", the description in a column of its own.
std::string entry(const std::string& name, const std::string& description, std::size_t width) {
  std::string text = std::string(indent, ' ') + name;
  const std::size_t used = display_width(text);
  text += used + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - used, ' ');
  return text + wrapped(description, column, width);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string names(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const auto& name : option.get_snames()) all.push_back("-" + name);
  for (const auto& name : option.get_lnames()) all.push_back("--" + name);
  return join(all, ", ") + (takes_value(option) ? " " + option.get_type_name() : "");
}

bool is_positional(const CLI::Option* option) { return option->get_positional(); }

std::string shown(const CLI::Option& positional) {
  const bool many = positional.get_items_expected_max() > 1;
  const std::string name = positional.get_type_name() + (many ? "…" : "");
  return positional.get_required() ? name : "[" + name + "]";
}

std::string options_text(const CLI::App& program, bool connects, std::size_t width) {
  std::string text;
  for (const auto& group : program.get_groups()) {
    if (!connects && (group == "How" || group == "Connection")) continue;
    const auto options =
        program.get_options([&](const CLI::Option* o) { return o->get_group() == group && !is_positional(o); });
    if (options.empty()) continue;
    text += "\n" + upper(group) + "\n";
    for (const auto* option : options) text += entry(names(*option), option->get_description(), width);
  }
  return text + "\n" +
         wrapped(
             "Each option can stand in the environment: --host-key-check as ESPRESSO_HOST_KEY_CHECK. There, one that "
             "is "
             "repeatable takes one value a line.",
             0, width);
}

}  // namespace

std::string program_help(const CLI::App& program, std::size_t width) {
  std::string text =
      "espresso brings many hosts to the state that stages describe, over plain SSH.\n\n"
      "USAGE\n"
      "  espresso COMMAND [OPTIONS] …\n"
      "  espresso -S STAGES --run=STAGE [OPTIONS]\n\n"
      "COMMANDS\n";
  for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; }))
    text += entry(command->get_name(), command->get_description(), width);
  text += "  More about one: espresso COMMAND --help\n";
  return text + options_text(program, true, width) + "\n" + exit_status_help();
}

std::string command_help(const CLI::App& program, const Command& command, std::size_t width) {
  const CLI::App& app = *command.app;
  const auto positionals = app.get_options(is_positional);
  std::string usage = "espresso " + app.get_name();
  for (const auto* positional : positionals) usage += " " + shown(*positional);
  std::string text = wrapped(app.get_description(), 0, width) + "\nUSAGE\n  " + usage + " [OPTIONS]\n\n";
  for (const auto* positional : positionals) text += entry(shown(*positional), positional->get_description(), width);
  if (positionals.empty()) text.pop_back();
  return text + options_text(program, command.connects, width) + "\n" + exit_status_help();
}

}  // namespace espresso

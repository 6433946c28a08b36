#include "cli/manual.h"

#include "cli/environment.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace espresso {

namespace {

// Text that is no markup: "-" is one of ASCII, and a line may begin with a dot (groff_char(7), groff(7)).
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool begins_line = result.empty() || result.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

class Manual {
 public:
  Manual& section(std::string_view title) { return line(fmt::format(".SH {}", title)); }
  Manual& part(std::string_view title) { return line(fmt::format(".SS {}", plain(title))); }
  Manual& paragraph(std::string_view text) { return line(".PP").line(plain(text)); }
  Manual& item(std::string_view name, std::string_view text) {
    return line(".TP").line(fmt::format("\\fB{}\\fR", plain(name))).line(plain(text));
  }
  Manual& code(std::string_view text) {
    line(".PP").line(".nf");
    for (const auto& one : split(text, '\n')) line(plain(one));
    return line(".fi");
  }
  Manual& line(std::string_view text) {
    text_.append(text).append("\n");
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_options(const CLI::App& app, const std::string& group, Manual& manual) {
  for (const auto* option : app.get_options([&](const CLI::Option* one) { return one->get_group() == group; }))
    if (!option->get_positional()) manual.item(option_names(*option), option->get_description());
}

void add_command(const CLI::App& app, const std::string& usage, Manual& manual) {
  manual.part(usage).paragraph(app.get_description());
  for (const auto* option : app.get_options())
    manual.item(option->get_positional() ? option->get_type_name() : option_names(*option), option->get_description());
  if (!app.get_footer().empty()) manual.code(app.get_footer());
}

}  // namespace

std::string manual(const CLI::App& program) {
  Manual manual;
  manual.line(".TH ESPRESSO 1").section("NAME").line("espresso \\- configuration of many hosts over plain SSH");
  manual.section("SYNOPSIS").line("\\fBespresso\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] ...");
  manual.section("DESCRIPTION")
      .paragraph(
          "Brings many hosts to the state that stages describe, over plain SSH. A host needs sshd, a POSIX sh and the "
          "usual small tools, nothing else.")
      .paragraph(
          "What can be written in stages, inventories and configuration, and all helpers, are explained by "
          "'espresso doc'; 'espresso init' writes a project to start from.");
  manual.section("EXAMPLES").code(program.get_footer());
  manual.section("COMMANDS");
  const auto commands = program.get_subcommands([](const CLI::App*) { return true; });
  const auto usages = command_list(program);
  for (std::size_t i = 0; i < commands.size(); ++i) add_command(*commands[i], usages.at(i).first, manual);
  manual.section("OPTIONS");
  for (const auto& group : program.get_groups()) {
    if (group != "Options") manual.part(group);
    add_options(program, group, manual);
  }
  manual.section("EXIT STATUS").paragraph("The worst that happened is told.");
  for (const auto& [status, meaning] : exit_status_meanings()) manual.item(std::to_string(status), meaning);
  manual.section("ENVIRONMENT")
      .paragraph(
          "What the command line says stands above the environment. An option that is repeatable takes one value a "
          "line there.");
  for (const auto& [name, meaning] : environment_list(program)) manual.item(name, meaning);
  manual.section("FILES")
      .item("stages.yaml, stages.yml, stages/", "The stages.")
      .item("inventory.yaml, inventory.yml, inventory/", "The hosts.")
      .item("config/NAMESPACE.yaml, config/NAMESPACE.local.yaml", "Settings, beside the stages.")
      .item("helpers/NAMESPACE/NAME.sh, facts/NAME.sh", "Helpers and facts of one's own, beside the stages.");
  manual.section("SEE ALSO").line("\\fBssh\\fR(1), \\fBssh_config\\fR(5)");
  return manual.text();
}

}  // namespace espresso

#include "cli/command.h"
#include "core/embedded.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace espresso {

extern const std::vector<EmbeddedText> embedded_completion;

namespace {

const std::vector<std::string> shells = {"bash", "fish", "zsh"};

std::string_view script_for(const std::string& shell) {
  for (const auto& script : embedded_completion) {
    if (script.name == "espresso." + shell) return script.text;
  }
  const std::string hint = did_you_mean(shell, shells);
  throw Mistakes(Diagnostic{.span = {},
                            .message = fmt::format("'completion' takes bash, fish or zsh, not '{}'", shell),
                            .hint = hint.empty() ? "see espresso completion --help" : hint});
}

}  // namespace

Command add_completion(CLI::App& program) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand("completion", "Print what a shell needs to complete words of espresso");
  app->footer(
      "espresso completion bash > ~/.local/share/bash-completion/completions/espresso\n"
      "espresso completion zsh > ~/.zfunc/_espresso  # a folder of $fpath\n"
      "espresso completion fish > ~/.config/fish/completions/espresso.fish");
  app->add_option("shell", *shell, "bash, fish or zsh; its first lines say where it goes")
      ->type_name("SHELL")
      ->required();
  return {.app = app,
          .carry_out =
              [shell](const Context& context) {
                context.output.out << script_for(*shell);
                return ExitStatus::ok;
              },
          .connects = false,
          .formats = {"text"},
          .choices = shells};
}

}  // namespace espresso

#include "cli/command.h"
#include "cli/output_reporter.h"
#include "core/text.h"
#include "model/yaml.h"

#include <CLI/CLI.hpp>

namespace espresso {

namespace {

using Words = std::shared_ptr<std::vector<std::string>>;

Span word_span(const char* option, const std::string& text) {
  return span_at(std::make_shared<Source>(Source{option, text}), 0, text.size());
}

// One word is a line for sh; several are a command that no shell touches.
std::shared_ptr<const Call> call_of_command(const std::vector<std::string>& words) {
  if (trim(words.front()).empty())
    throw Mistakes(Diagnostic{.span = {}, .message = "the command is empty", .hint = "give a line such as 'uptime'"});
  auto call = std::make_shared<Call>();
  call->helper = "shell.run";
  call->span = word_span("espresso exec", words.front());
  const bool is_line = words.size() == 1;
  const Value value = is_line ? Value(words.front()) : Value(List(words.begin(), words.end()));
  call->arguments.push_back(
      {.name = is_line ? "line" : "argv", .name_span = call->span, .value = Computed::constant(value, call->span)});
  return call;
}

// "k=v" is a parameter, anything else the helper's main one. Values are typed as in YAML and may hold {{ }}.
Argument argument_of(const std::string& word, Diagnostics& diagnostics) {
  const std::size_t equals = word.find('=');
  const bool is_named = equals != std::string::npos && equals > 0 &&
                        word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == equals;
  Argument argument;
  argument.name = is_named ? word.substr(0, equals) : "";
  argument.name_span = word_span("espresso do", word);
  const std::string text = is_named ? word.substr(equals + 1) : word;
  const Span span = word_span("espresso do", text);
  if (text.empty() || text.starts_with("{{")) {
    argument.value = Computed::parse_text(text, span, diagnostics);
  } else {
    argument.value = Computed::parse(parse_yaml(span.source, diagnostics), diagnostics);
  }
  return argument;
}

std::shared_ptr<const Call> call_of_helper(const std::vector<std::string>& words) {
  auto call = std::make_shared<Call>();
  call->helper = words.front();
  call->span = word_span("espresso do", words.front());
  Diagnostics diagnostics;
  for (std::size_t i = 1; i < words.size(); ++i) {
    try {
      call->arguments.push_back(argument_of(words[i], diagnostics));
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
  diagnostics.throw_if_any();
  return call;
}

ExitStatus run_call(const Context& context, const std::string& name, std::shared_ptr<const Call> call,
                    StageNeeds stages, bool shows_output) {
  const auto project = load_project(context.settings, {.stages = stages}, {});
  // A component is only as right as the files it is written in.
  if (const auto helper = project->workspace.catalog.find(call->helper); helper && helper->component)
    project->kept.throw_if_any();
  project->order = {{.stage = make_ad_hoc_stage(name, std::move(call))}};
  // A command for a look around must not have to wait for a run.
  project->holds_hosts = !shows_output;
  const bool is_folded = shows_output && context.settings.format == "text";
  const auto reporter = is_folded ? make_output_reporter(context.output.out) : make_reporter(context);
  return carry_out(context, *project, *reporter, false);
}

}  // namespace

Command add_exec(CLI::App& program) {
  const Words words = std::make_shared<std::vector<std::string>>();
  CLI::App* app =
      program.add_subcommand("exec", "Run a command on hosts: one word is a line for sh, several are run as they are");
  app->footer(
      "espresso exec 'df -h /' --hosts 'web:!web2*'\n"
      "espresso exec --hosts web -- ls -l /srv  # words as they are, no shell\n"
      "espresso exec uptime --hosts root@192.0.2.7:2222  # without any inventory");
  app->add_option("command", *words, "The command; after -- its words may begin with -")
      ->required()
      ->type_name("COMMAND");
  return {.app = app, .carry_out = [words](const Context& context) {
            return run_call(context, "exec", call_of_command(*words), StageNeeds::helpers, true);
          }};
}

Command add_do(CLI::App& program) {
  const Words words = std::make_shared<std::vector<std::string>>();
  CLI::App* app = program.add_subcommand("do", "Carry out one operation on hosts: a helper with its parameters");
  app->footer(
      "espresso do fs.ensure_file path=/etc/motd content=welcome --hosts web\n"
      "espresso do dpkg.ensure_installed hello -C -b  # would it change anything? As root");
  app->add_option("call", *words, "A helper and its parameters, as NAME=VALUE; the main one may stand without its name")
      ->required()
      ->type_name("HELPER");
  return {.app = app, .carry_out = [words](const Context& context) {
            // Stage files say where content lies, and configuration lies beside them.
            return run_call(context, "do", call_of_helper(*words), StageNeeds::what_is_right, false);
          }};
}

}  // namespace espresso

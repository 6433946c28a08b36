#include "cli/program.h"

#include "cli/options.h"
#include "cli/version.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace espresso {

namespace {

class Program {
 public:
  Program(const std::vector<std::shared_ptr<const Stage>>& own_stages, Output& output) : own_stages_(own_stages), output_(output) {
    app_.name("espresso");
    app_.require_subcommand(0, 1);
    app_.set_help_flag("-h,--help", "Print this help");
    app_.add_flag("--version", wants_version_, "Print the version");
    app_.add_option("--run", run_, "The same as the command run")->type_name("STAGE")->allow_extra_args(false)->take_all();
    add_options(app_, settings_);
    for (const auto add : {add_run, add_check, add_plan, add_exec, add_do, add_inventory, add_doc, add_version}) {
      Command command = add(app_);
      command.app->fallthrough();
      command.app->set_help_flag();
      commands_.push_back(std::move(command));
    }
  }

  ExitStatus run(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
      output_.out << help();
      return ExitStatus::ok;
    } catch (const CLI::ParseError& error) {
      throw Mistakes(mistake(error));
    }
    if (wants_version_) {
      output_.out << version_text();
      return ExitStatus::ok;
    }
    const Context context{.settings = settings_, .own_stages = own_stages_, .output = output_};
    if (const Command* command = chosen()) return command->carry_out(context);
    if (!run_.empty()) return run_stages(context, run_, false);
    throw Mistakes(Diagnostic{.span = {}, .message = "no command is given", .hint = "see espresso --help"});
  }

 private:
  const Command* chosen() const {
    const auto found = std::find_if(commands_.begin(), commands_.end(), [](const Command& c) { return c.app->parsed(); });
    return found == commands_.end() ? nullptr : &*found;
  }

  std::string help() const {
    const auto formatter = std::make_shared<CLI::Formatter>();
    const Command* command = chosen();
    std::string text;
    if (command) {
      text = fmt::format("{}\nUsage: espresso {} [OPTIONS]", command->app->get_description(), command->app->get_name());
      for (const auto* option : command->app->get_options()) {
        if (option->get_positional()) text += fmt::format(" {}{}", option->get_type_name(), option->get_items_expected_max() > 1 ? "…" : "");
      }
      text += "\n" + formatter->make_positionals(command->app);
    } else {
      text = "Brings many hosts to the state that stages describe, over plain SSH.\nUsage: espresso COMMAND [OPTIONS] …\n";
      text += formatter->make_subcommands(&app_, CLI::AppFormatMode::Normal);
    }
    return text + formatter->make_groups(&app_, CLI::AppFormatMode::Normal) + "\n" + exit_status_help();
  }

  std::vector<std::string> option_names() const {
    std::vector<std::string> names;
    for (const auto* option : app_.get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
  }

  Diagnostic mistake(const CLI::ParseError& error) const {
    const auto rest = app_.remaining(true);
    if (rest.empty() || error.get_name() != "ExtrasError") return {.span = {}, .message = error.what(), .hint = "see espresso --help"};
    // Words after the first unknown one are often its value.
    const auto option = std::find_if(rest.begin(), rest.end(), [](const std::string& w) { return w.size() > 1 && w[0] == '-'; });
    const std::string word = option == rest.end() ? rest.front() : option->substr(0, option->find('='));
    std::string hint;
    if (option != rest.end()) {
      hint = did_you_mean(word, option_names());
      return {.span = {}, .message = fmt::format("unknown option '{}'", word), .hint = hint.empty() ? "see espresso --help" : hint};
    }
    if (chosen()) return {.span = {}, .message = fmt::format("'{}' is one word too many", word), .hint = "see espresso --help"};
    std::vector<std::string> names;
    for (const auto& command : commands_) names.push_back(command.app->get_name());
    hint = did_you_mean(word, names);
    return {.span = {}, .message = fmt::format("unknown command '{}'", word), .hint = hint.empty() ? "see espresso --help" : hint};
  }

  CLI::App app_;
  Settings settings_;
  bool wants_version_ = false;
  std::vector<std::string> run_;
  std::vector<Command> commands_;
  const std::vector<std::shared_ptr<const Stage>>& own_stages_;
  Output& output_;
};

}  // namespace

ExitStatus run_program(const std::vector<std::string>& words, const std::vector<std::shared_ptr<const Stage>>& own_stages,
                       Output& output) {
  try {
    return Program(own_stages, output).run(words);
  } catch (const Mistakes& mistakes) {
    output.err << mistakes.what();
    return ExitStatus::usage;
  } catch (const std::exception& error) {
    output.err << "internal error: " << printable(error.what()) << "\n";
    return ExitStatus::internal_error;
  }
}

}  // namespace espresso

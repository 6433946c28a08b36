#include "cli/program.h"

#include "cli/help.h"
#include "cli/options.h"
#include "cli/password.h"
#include "cli/version.h"
#include "cli/word_mistake.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <sstream>

namespace espresso {

namespace {

// CLI11 takes '[a, b]' for a list of words. Ours begin with this until it has passed them on.
constexpr char shield = '\x01';

bool looks_like_list(const std::string& word) { return word.size() > 1 && word.front() == '[' && word.back() == ']'; }

void let_brackets_pass(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    option->transform(CLI::Validator(
        [](std::string& word) {
          if (!word.empty() && word.front() == shield) word.erase(0, 1);
          return std::string();
        },
        ""));
  }
}

class Program {
 public:
  Program(const std::vector<std::shared_ptr<const Stage>>& own_stages, Output& output)
      : own_stages_(own_stages), output_(output) {
    app_.name("espresso");
    app_.require_subcommand(0, 1);
    app_.set_help_flag("-h,--help", "Print this help");
    app_.add_flag("--version", wants_version_, "Print the version");
    app_.add_option("--run", run_, "The same as the command run; repeatable")
        ->type_name("STAGE")
        ->allow_extra_args(false)
        ->take_all();
    add_options(app_, settings_);
    let_brackets_pass(app_);
    for (const auto add :
         {add_run, add_check, add_plan, add_exec, add_do, add_facts, add_inventory, add_doc, add_version}) {
      Command command = add(app_);
      command.app->fallthrough();
      command.app->set_help_flag();
      let_brackets_pass(*command.app);
      commands_.push_back(std::move(command));
    }
  }

  /// What the words ask for; throws Mistakes when they are none of ours.
  std::function<ExitStatus()> read(std::vector<std::string> words) {
    for (auto& word : words) {
      if (looks_like_list(word)) word.insert(0, 1, shield);
    }
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
      return [this] { return print(help()); };
    } catch (const CLI::ParseError& error) {
      throw Mistakes(word_mistake(error, app_, chosen() ? chosen()->app : nullptr));
    }
    read_environment(settings_);
    if (wants_version_) return [this] { return print(version_text()); };
    const Command* command = chosen();
    if (command && !run_.empty())
      refuse(fmt::format("'--run' and the command '{}' do not go together", command->app->get_name()),
             "leave out one of them");
    if (!command && run_.empty()) refuse("no command is given", "see espresso --help");
    check_format(command ? *command : commands_.front());
    return [this, command] {
      const Context context{.settings = settings_, .own_stages = own_stages_, .output = output_};
      return command ? command->carry_out(context) : run_stages(context, run_, false);
    };
  }

 private:
  [[noreturn]] static void refuse(std::string message, std::string hint) {
    throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
  }

  ExitStatus print(const std::string& text) const {
    output_.out << text;
    return ExitStatus::ok;
  }

  std::string help() const {
    const Command* command = chosen();
    return command ? command_help(app_, *command, output_.width) : program_help(app_, output_.width);
  }

  void check_format(const Command& command) const {
    if (std::find(command.formats.begin(), command.formats.end(), settings_.format) != command.formats.end()) return;
    refuse(fmt::format("'espresso {}' cannot answer as {}", command.app->get_name(), settings_.format),
           fmt::format("choose --format {}", join(command.formats, " or ")));
  }

  const Command* chosen() const {
    const auto found =
        std::find_if(commands_.begin(), commands_.end(), [](const Command& c) { return c.app->parsed(); });
    return found == commands_.end() ? nullptr : &*found;
  }

  CLI::App app_;
  Settings settings_;
  bool wants_version_ = false;
  std::vector<std::string> run_;
  std::vector<Command> commands_;  // the first is `run`
  const std::vector<std::shared_ptr<const Stage>>& own_stages_;
  Output& output_;
};

}  // namespace

ExitStatus run_program(const std::vector<std::string>& words,
                       const std::vector<std::shared_ptr<const Stage>>& own_stages, Output& output) {
  try {
    Program program(own_stages, output);
    return program.read(words)();
  } catch (const Mistakes& mistakes) {
    output.err << mistakes.what();
    return ExitStatus::usage;
  } catch (const Interrupted&) {
    return ExitStatus::interrupted;
  } catch (const std::exception& error) {
    output.err << "internal error: " << printable(error.what()) << "\n";
    return ExitStatus::internal_error;
  }
}

void check_words(const std::vector<std::string>& words) {
  std::ostringstream nowhere;
  Output output{.out = nowhere, .err = nowhere};
  const std::vector<std::shared_ptr<const Stage>> none;
  Program(none, output).read(words);
}

}  // namespace espresso

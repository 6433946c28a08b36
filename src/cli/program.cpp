#include "cli/program.h"

#include "cli/completion.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/password.h"
#include "cli/version.h"
#include "cli/word_mistake.h"
#include "core/masking_stream.h"
#include "core/secret_forms.h"
#include "core/secrets.h"
#include "core/text.h"
#include "model/secret_sources.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
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
    for (const auto add : {add_run, add_check, add_plan, add_apply, add_graph, add_exec, add_do, add_facts, add_signals,
                           add_runs, add_resume, add_inventory, add_config, add_doc, add_init, add_schema, add_secret,
                           add_completion, add_version}) {
      Command command = add(app_);
      command.app->fallthrough();
      command.app->set_help_flag();
      let_brackets_pass(*command.app);
      commands_.push_back(std::move(command));
    }
    // Not before: commands begin with the footer of the program.
    app_.footer(
        "espresso init infra                # a project to start from\n"
        "espresso plan main                 # what would be done where\n"
        "espresso run main --hosts web -CD  # what would change on these hosts\n"
        "espresso run main                  # does it\n"
        "espresso exec uptime --hosts web   # one command on many hosts");
  }

  /// To the settings, once the words are read.
  void adjust(std::function<void(Settings&)> function) { adjust_ = std::move(function); }

  /// What the words ask for; throws Mistakes when they are none of ours.
  std::function<ExitStatus()> read(std::vector<std::string> words) {
    settings_.words = words;
    if (!words.empty() && words.front() == complete_word) {
      words.erase(words.begin());
      secret_sources().withhold();
      return [this, words] { return print(complete(words)); };
    }
    settings_.note = [this](const std::string& note) { output_.err << "note: " << printable(note) << "\n"; };
    if (!words.empty() && words.front() == "help") {  // as people try it
      words.erase(words.begin());
      words.emplace_back("--help");
    }
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
    if (adjust_) adjust_(settings_);
    if (wants_version_) return [this] { return print(version_text()); };
    const Command* command = chosen();
    if (command && !run_.empty())
      refuse(fmt::format("'--run' and the command '{}' do not go together", command->app->get_name()),
             "leave out one of them");
    if (!command && run_.empty()) refuse("no command is given", "see espresso --help");
    check_format(command ? *command : commands_.front());
    if (command) check_stage_words(*command);
    return [this, command] {
      secret_sources().configure(secret_settings(settings_));
      if (command && !command->opens_secrets) secret_sources().withhold();
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

  std::string complete(const std::vector<std::string>& words) {
    Settings settings = settings_;
    if (const char* stages = std::getenv("ESPRESSO_STAGES")) settings.stages = stages;
    read_environment(settings);
    secret_sources().withhold();  // nobody is asked for a passphrase while typing
    return completions(app_, commands_, words, settings, own_stages_);
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

  // What would be left out, or asked about, if it were heeded.
  void check_stage_words(const Command& command) const {
    if (!command.connects || command.takes_stages) return;
    for (const auto* name : {"--tags", "--skip-tags", "--start-at", "--step"}) {
      if (app_.get_option(name)->count() > 0)
        refuse(fmt::format("'{}' is about stages, and 'espresso {}' takes none", name, command.app->get_name()),
               "leave it out");
    }
  }

  const Command* chosen() const {
    const auto found =
        std::find_if(commands_.begin(), commands_.end(), [](const Command& c) { return c.app->parsed(); });
    return found == commands_.end() ? nullptr : &*found;
  }

  CLI::App app_;
  Settings settings_;
  std::function<void(Settings&)> adjust_;
  bool wants_version_ = false;
  std::vector<std::string> run_;
  std::vector<Command> commands_;  // the first is `run`
  const std::vector<std::shared_ptr<const Stage>>& own_stages_;
  Output& output_;
};

// The secrets of one run are forgotten with it.
class KnownSecrets {
 public:
  KnownSecrets() = default;
  KnownSecrets(const KnownSecrets&) = delete;
  KnownSecrets& operator=(const KnownSecrets&) = delete;
  ~KnownSecrets() {
    secret_sources().forget();
    known_secrets().forget();
  }
};

void warn_of_short_secrets(std::ostream& err) {
  for (const auto& name : known_secrets().short_ones()) {
    err << fmt::format("warning: {} is shorter than {} bytes: it is masked only where it stands alone\n",
                       name.empty() ? "a secret" : printable(name), shortest_masked_form);
  }
}

ExitStatus carry_out_words(const std::vector<std::string>& words,
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

}  // namespace

ExitStatus run_program(const std::vector<std::string>& words,
                       const std::vector<std::shared_ptr<const Stage>>& own_stages, Output& output) {
  const KnownSecrets secrets;
  MaskingStream out(output.out, known_secrets()), err(output.err, known_secrets());
  Output masked{.out = out, .err = err, .is_terminal = output.is_terminal, .width = output.width};
  const ExitStatus status = carry_out_words(words, own_stages, masked);
  warn_of_short_secrets(err);
  return status;
}

ExitStatus call_again(const Context& context, std::vector<std::string> words,
                      const std::function<void(Settings&)>& adjust) {
  Program program(context.own_stages, context.output);
  program.adjust([&](Settings& settings) {
    settings.become_password = context.settings.become_password;  // gone from the environment by now
    adjust(settings);
  });
  return program.read(std::move(words))();
}

void check_words(const std::vector<std::string>& words) {
  std::ostringstream nowhere;
  Output output{.out = nowhere, .err = nowhere};
  const std::vector<std::shared_ptr<const Stage>> none;
  Program(none, output).read(words);
}

}  // namespace espresso

#include "cli/completion.h"

#include "cli/options.h"
#include "cli/project.h"
#include "cli/run_journal.h"
#include "cli/run_selection.h"
#include "cli/runs_text.h"
#include "core/error.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace espresso {

namespace {

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

/// The words before the one in question, as far as they matter.
struct Before {
  const Command* command = nullptr;
  std::vector<std::string> positionals = {};
  const CLI::Option* option = nullptr;  ///< whose value comes next
  bool only_positionals = false;        ///< after --
};

class Completer {
 public:
  Completer(const CLI::App& program, const std::vector<Command>& commands, Settings settings,
            const std::vector<std::shared_ptr<const Stage>>& own_stages)
      : program_(program), commands_(commands), settings_(std::move(settings)), own_stages_(own_stages) {}

  std::string complete(std::vector<std::string> words) {
    if (words.empty()) words.emplace_back();
    current_ = words.back();
    words.pop_back();
    for (const auto& word : words) take(word);
    try {
      offer();
    } catch (const std::exception&) {
      // Whoever types is told of mistakes when the line is finished.
    }
    return text_;
  }

 private:
  void take(const std::string& word) {
    if (const auto* option = std::exchange(before_.option, nullptr)) return take_value(*option, word);
    if (!before_.only_positionals && word == "--") {
      before_.only_positionals = true;
    } else if (!before_.only_positionals && word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const auto* option = find_option(word.substr(2, equals == std::string::npos ? equals : equals - 2));
      if (option && equals != std::string::npos)
        take_value(*option, word.substr(equals + 1));
      else if (option && takes_value(*option))
        before_.option = option;
    } else if (!before_.only_positionals && word.size() > 1 && word[0] == '-') {
      take_letters(word.substr(1));
    } else if (!before_.command) {
      before_.command = find_command(word);
    } else {
      before_.positionals.push_back(word);
    }
  }

  // -C, -CD, -Sfile, -S
  void take_letters(std::string_view letters) {
    for (; !letters.empty(); letters.remove_prefix(1)) {
      const auto* option = find_option(letters.substr(0, 1));
      if (!option || !takes_value(*option)) continue;
      if (letters.size() == 1)
        before_.option = option;
      else
        take_value(*option, std::string(letters.substr(1)));
      return;
    }
  }

  void take_value(const CLI::Option& option, const std::string& value) {
    if (option.check_lname("stages")) settings_.stages = value;
    if (option.check_lname("inventory")) settings_.inventories.push_back(value);
  }

  static bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

  const Command* find_command(std::string_view name) const {
    const auto found = std::find_if(commands_.begin(), commands_.end(),
                                    [&](const Command& one) { return one.app->get_name() == name; });
    return found == commands_.end() ? nullptr : &*found;
  }

  const CLI::App& app() const { return *before_.command->app; }

  // Those of the command itself come first.
  std::vector<const CLI::Option*> options() const {
    std::vector<const CLI::Option*> found;
    const auto is_named = [](const CLI::Option* option) { return !option->get_positional(); };
    if (before_.command) found = app().get_options(is_named);
    for (const auto* option : program_.get_options(is_named)) {
      const bool is_of_use = !before_.command || before_.command->connects || !is_for_connecting(*option);
      if (is_of_use) found.push_back(option);
    }
    return found;
  }

  const CLI::Option* find_option(std::string_view name) const {
    for (const auto* option : options()) {
      const auto& names = name.size() == 1 ? option->get_snames() : option->get_lnames();
      if (std::find(names.begin(), names.end(), name) != names.end()) return option;
    }
    return nullptr;
  }

  void offer() {
    if (before_.option) return offer_values(*before_.option, current_);
    if (!before_.only_positionals && current_.starts_with('-')) {
      const std::size_t equals = current_.find('=');
      if (equals == std::string::npos) return offer_options();
      begin_ = current_.substr(0, equals + 1);
      if (const auto* option = find_option(current_.substr(2, equals - 2)))
        offer_values(*option, current_.substr(equals + 1));
    } else if (before_.command) {
      offer_positional(app().get_options([](const CLI::Option* one) { return one->get_positional(); }));
    } else {
      for (const auto& command : commands_) add(current_, command.app->get_name(), command.app->get_description());
    }
  }

  void offer_options() {
    for (const auto* option : options()) {
      for (const auto& name : option->get_lnames()) add(current_, "--" + name, option->get_description());
    }
  }

  void offer_values(const CLI::Option& option, const std::string& given) {
    for (const auto& [name, words] : option_choices()) {
      const bool is_format = name == "--format" && before_.command;
      if (!option.check_lname(name.substr(2))) continue;
      for (const auto& word : is_format ? before_.command->formats : words) add(given, word, "");
      return;
    }
    offer_kind(option.get_type_name(), given);
  }

  void offer_positional(const std::vector<const CLI::Option*>& positionals) {
    if (positionals.empty()) return;
    const std::size_t count = before_.positionals.size();
    const CLI::Option& option = *positionals[std::min(count, positionals.size() - 1)];
    const bool is_over = count >= positionals.size() && option.get_items_expected_max() <= 1;
    if (is_over) return;
    if (count == 0 && !before_.command->choices.empty()) {
      for (const auto& word : before_.command->choices) add(current_, word, "");
    } else if (option.get_type_name() == "HELPER" && count > 0) {
      offer_parameters(before_.positionals.front());
    } else {
      offer_kind(option.get_type_name(), current_);
    }
  }

  void offer_kind(const std::string& kind, const std::string& given) {
    if (kind == "FILE" || kind == "FOLDER" || kind == "COMMAND") text_ += ":files\n";
    if (kind == "PATTERN" || kind == "HOST") offer_hosts(given);
    if (kind == "STAGE" || kind == "TOPIC") offer_stages(given);
    if (kind == "HELPER" || kind == "TOPIC") offer_helpers(given);
    if (kind == "RUN") offer_runs(given);
    if (kind == "HOW") offer_ends(given);
    if (kind == "TAGS") offer_tags(given);
    if (kind == "SIGNAL") offer_signals(given);
    if (kind == "SETTING") offer_settings(given, settings(), "");
    if (kind == "NAMESPACE" && before_.positionals.front() == "config") {
      for (const auto& name : settings().keys()) add(given, name, "");
    }
    if (kind == "TOPIC") {
      for (const auto& [name, about] : doc_topics()) add(given, name, about);
    }
  }

  const Map& settings() { return read_stages().workspace.configuration.values().as_map(); }

  void offer_settings(const std::string& given, const Map& settings, const std::string& path) {
    for (const auto& [key, value] : settings) {
      add(given, path + key, value.kind());
      if (value.is_map()) offer_settings(given, value.as_map(), path + key + ".");
    }
  }

  void offer_hosts(const std::string& given) {
    // Of a pattern of several parts, the last.
    const std::size_t end = given.find_last_of(",:&!");
    const std::size_t start = end == std::string::npos ? 0 : end + 1;
    begin_ += given.substr(0, start);
    const auto project = load_project(settings_, {.stages = StageNeeds::nothing}, {});
    const std::string part = given.substr(start);
    for (const auto& group : project->workspace.inventory.groups())
      add(part, group->name, fmt::format("group of {}", group->hosts.size()));
    for (const auto& host : project->workspace.inventory.hosts()) add(part, host->name, "host");
  }

  void offer_runs(const std::string& given) {
    add(given, "last", "the latest from here");
    for (const auto& id : journal_ids(runs_folder())) {
      try {
        const RunSummary run = summarize_run(runs_folder(), id);
        add(given, id, fmt::format("{}: {}", word_of(run), printable(join(run.header.words, " "))));
      } catch (const Error&) {
        continue;  // one that cannot be read is of no use
      }
    }
  }

  // failed,ch
  void offer_ends(const std::string& given) {
    const std::size_t start = given.find_last_of(',') + 1;  // 0 where there is none
    begin_ += given.substr(0, start);
    for (const auto& end : rerun_words()) add(given.substr(start), end, "");
  }

  // web,con
  void offer_tags(const std::string& given) {
    const std::size_t start = given.find_last_of(',') + 1;  // 0 where there is none
    begin_ += given.substr(0, start);
    for (const auto& tag : known_tags(read_stages().workspace, {})) add(given.substr(start), tag, "");
  }

  void offer_signals(const std::string& given) {
    std::set<std::string> names;
    for (const auto& stage : read_stages().workspace.stages.all())
      for (const auto& signal : stage->listens()) names.insert(signal.name);
    for (const auto& name : names) add(given, name, "");
  }

  void offer_stages(const std::string& given) {
    for (const auto& stage : read_stages().workspace.stages.all()) add(given, stage->name(), first_line(stage->doc()));
  }

  void offer_helpers(const std::string& given) {
    for (const auto& helper : read_stages().workspace.catalog.all()) add(given, helper->name, helper->summary);
  }

  void offer_parameters(const std::string& name) {
    const auto helper = read_stages().workspace.catalog.find(name);
    if (!helper) return;
    const std::size_t equals = current_.find('=');
    for (const auto& parameter : helper->parameters) {
      if (equals == std::string::npos) add(current_, parameter.name + "=", first_line(parameter.doc));
      if (equals == std::string::npos || current_.substr(0, equals) != parameter.name) continue;
      begin_ = current_.substr(0, equals + 1);
      for (const auto& word : words_of(parameter)) add(current_.substr(equals + 1), word, "");
    }
  }

  static std::vector<std::string> words_of(const Parameter& parameter) {
    if (parameter.type == ParameterType::boolean) return {"true", "false"};
    return parameter.one_of;
  }

  const Project& read_stages() {
    if (!project_)
      project_ = load_project(settings_, {.inventory = false, .stages = StageNeeds::what_is_right}, own_stages_);
    return *project_;
  }

  void add(std::string_view given, std::string_view word, std::string_view about) {
    if (word.starts_with(given)) text_ += fmt::format("{}{}\t{}\n", begin_, word, about);
  }

  const CLI::App& program_;
  const std::vector<Command>& commands_;
  Settings settings_;
  const std::vector<std::shared_ptr<const Stage>>& own_stages_;
  Before before_;
  std::string current_;
  std::string begin_;  ///< of the word, before the part that is completed
  std::unique_ptr<const Project> project_;
  std::string text_;
};

}  // namespace

std::string completions(const CLI::App& program, const std::vector<Command>& commands,
                        const std::vector<std::string>& words, const Settings& settings,
                        const std::vector<std::shared_ptr<const Stage>>& own_stages) {
  return Completer(program, commands, settings, own_stages).complete(words);
}

}  // namespace espresso

#include "cli/word_mistake.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace espresso {

namespace {

class Mistake {
 public:
  Mistake(const CLI::App& program, const CLI::App* command) : program_(program), command_(command) {}

  Diagnostic left_over() const {
    const auto rest = program_.remaining(true);
    // Words after an unknown option are often its value.
    const auto option =
        std::find_if(rest.begin(), rest.end(), [](const std::string& w) { return w.size() > 1 && w[0] == '-'; });
    if (option != rest.end()) {
      const std::string word = option->substr(0, option->find('='));
      return told(fmt::format("unknown option '{}'", word), did_you_mean(word, option_names()));
    }
    const std::string word = rest.empty() ? "" : rest.front();
    if (command_) return told(fmt::format("'{}' is one word too many", word));
    std::vector<std::string> names;
    for (const auto* one : program_.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(one->get_name());
    return told(fmt::format("unknown command '{}'", word), did_you_mean(word, names));
  }

  Diagnostic missing_word() const {
    std::string what = "more words";
    for (const auto* option : command_ ? command_->get_options() : std::vector<const CLI::Option*>()) {
      if (option->get_positional() && option->get_required() && option->count() == 0)
        what = "a " + option->get_type_name();
    }
    return told(fmt::format("'espresso {}' needs {}", command_ ? command_->get_name() : "", what));
  }

  // CLI11 says "--forks: 1 required N missing", "--stages: At most 1 required but received 2".
  Diagnostic wrong_number(const std::string& text) const {
    const std::string option = text.substr(0, text.find(':'));
    const bool is_missing = text.ends_with("missing");
    return told(fmt::format("'{}' {}", option, is_missing ? "needs a value" : "is given more than once"));
  }

  // "--forks: takes a number, not 'x'", as our own checks put it.
  Diagnostic wrong_value(const std::string& text) const {
    const std::size_t colon = text.find(": ");
    if (colon == std::string::npos) return told(text);
    const std::string option = text.substr(0, colon);
    return told(fmt::format("'{}' {}", option, text.substr(colon + 2)), environment_hint(option));
  }

  // "Could not convert: --forks = x"
  Diagnostic unreadable_value(const std::string& text) const {
    const std::size_t colon = text.find(": "), equals = text.find(" = ");
    if (colon == std::string::npos || equals == std::string::npos) return told(text);
    const std::string option = text.substr(colon + 2, equals - colon - 2);
    return told(fmt::format("'{}' does not take '{}'", option, text.substr(equals + 3)), environment_hint(option));
  }

  Diagnostic told(std::string message, std::string hint = {}) const {
    if (hint.empty())
      hint = command_ ? fmt::format("see espresso {} --help", command_->get_name()) : "see espresso --help";
    return {.span = {}, .message = std::move(message), .hint = std::move(hint)};
  }

 private:
  std::vector<std::string> option_names() const {
    std::vector<std::string> names;
    for (const auto* option : program_.get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
  }

  // A value nobody sees on the command line comes from somewhere.
  std::string environment_hint(const std::string& name) const {
    const auto* option = program_.get_option_no_throw(name);
    if (!option || option->get_envname().empty() || !std::getenv(option->get_envname().c_str())) return {};
    return fmt::format("see espresso --help, and what {} holds", option->get_envname());
  }

  const CLI::App& program_;
  const CLI::App* command_;
};

}  // namespace

Diagnostic word_mistake(const CLI::ParseError& error, const CLI::App& program, const CLI::App* command) {
  const Mistake mistake(program, command);
  const std::string text = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) return mistake.left_over();
  if (dynamic_cast<const CLI::RequiredError*>(&error)) return mistake.missing_word();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return mistake.wrong_number(text);
  if (dynamic_cast<const CLI::ValidationError*>(&error)) return mistake.wrong_value(text);
  if (dynamic_cast<const CLI::ConversionError*>(&error)) return mistake.unreadable_value(text);
  return mistake.told(text);
}

}  // namespace espresso

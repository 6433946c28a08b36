#include "run/ssh_configs.h"

#include <array>
#include <utility>

namespace espresso {
namespace {

/// As a POSIX shell parts words, without expansions.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      words.back() += text[++i];
    } else {
      words.back() += c;
    }
  }
  return words;
}

struct Argument {
  std::string_view letter;
  std::string_view option;  ///< "Key=" with what follows, or "Key=value"; empty: says nothing about how to connect
  bool takes_word;
};
constexpr std::array<Argument, 16> arguments = {{{"-o", "", true},
                                                 {"-J", "ProxyJump=", true},
                                                 {"-i", "IdentityFile=", true},
                                                 {"-l", "User=", true},
                                                 {"-p", "Port=", true},
                                                 {"-C", "Compression=yes", false},
                                                 {"-4", "AddressFamily=inet", false},
                                                 {"-6", "AddressFamily=inet6", false},
                                                 {"-q", "", false},
                                                 {"-v", "", false},
                                                 {"-A", "", false},
                                                 {"-a", "", false},
                                                 {"-x", "", false},
                                                 {"-T", "", false},
                                                 {"-t", "", false},
                                                 {"-tt", "", false}}};

}  // namespace

SshConfigs::SshConfigs(std::string file, std::vector<std::string> options)
    : file_(std::move(file)), options_(std::move(options)), command_line_(SshConfig::load("none", options_)) {
  load(options_);
}

const SshConfig& SshConfigs::load(std::vector<std::string> options) {
  const auto found = loaded_.find(options);
  if (found != loaded_.end()) return found->second;
  auto config = SshConfig::load(file_, options);
  return loaded_.emplace(std::move(options), std::move(config)).first->second;
}

SshOptions SshConfigs::resolve(const SshConfig::Query& query, const std::vector<std::string>& of_host) {
  auto options = options_;
  options.insert(options.end(), of_host.begin(), of_host.end());
  return load(std::move(options)).resolve(query);
}

SshOptions SshConfigs::resolve_jump(const SshConfig::Query& query, const std::vector<std::string>& of_host) {
  return load(of_host).resolve(query);
}

const std::vector<Diagnostic>& SshConfigs::mistakes_in(const std::vector<std::string>& options) {
  const auto [place, is_new] = mistakes_.try_emplace(options);
  if (!is_new) return place->second;
  try {
    SshConfig::load("none", options);
  } catch (const Mistakes& mistakes) {
    place->second = mistakes.diagnostics();
  }
  return place->second;
}

std::optional<std::vector<std::string>> options_of_arguments(std::string_view text, std::string& wrong) {
  std::vector<std::string> options;
  const auto words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Argument* known = nullptr;
    for (const auto& argument : arguments) {
      const bool fits = argument.takes_word ? words[i].starts_with(argument.letter) : words[i] == argument.letter;
      if (fits) known = &argument;
    }
    wrong = words[i];
    if (!known) return std::nullopt;
    if (!known->takes_word) {
      if (!known->option.empty()) options.emplace_back(known->option);
      continue;
    }
    std::string word = words[i].substr(known->letter.size());
    if (word.empty()) {
      if (i + 1 == words.size()) return std::nullopt;
      word = words[++i];
    }
    options.push_back(std::string(known->option) + word);
  }
  return options;
}

}  // namespace espresso

#include "cli/environment.h"

#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace espresso {

namespace {

// --host-key-check: ESPRESSO_HOST_KEY_CHECK
std::string name_of(const CLI::Option& option) {
  std::string name = "ESPRESSO_" + option.get_lnames().front();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return name;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> environment_list(const CLI::App& program) {
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto& group : program.get_groups()) {
    if (group == "Options") continue;  // --help, --version, --run
    const auto options = program.get_options(
        [&](const CLI::Option* option) { return option->get_group() == group && !option->get_positional(); });
    for (const auto* option : options)
      list.emplace_back(name_of(*option),
                        fmt::format("{} (--{})", option->get_description(), option->get_lnames().front()));
  }
  list.insert(list.end(),
              {{"ESPRESSO_BECOME_PASSWORD", "The password that sudo or su wants; gone before anything else is started"},
               {"ANSIBLE_VAULT_IDENTITY_LIST", "Several ids of vaults, with commas between (--vault-id)"},
               {"ANSIBLE_VAULT_PASSWORD_FILE", "The file with a password of Ansible Vault (--vault-password-file)"},
               {"VISUAL", "The editor of 'espresso secret edit'; else EDITOR"},
               {"EDITOR", "The editor where VISUAL is not set"},
               {"NO_COLOR", "When it is set and not empty, text has no colours (no-color.org)"},
               {"CLICOLOR_FORCE", "When it is set and not 0, text is coloured even where it goes to no terminal"},
               {"TERM", "dumb: a terminal without colours"},
               {"XDG_CONFIG_HOME", "Where espresso/inventory.yaml is looked for; by default ~/.config"},
               {"XDG_STATE_HOME", "Where espresso/runs is, the journals of runs; by default ~/.local/state"},
               {"HOME", "Where .ssh, .config and .local/state are"},
               {"SSH_AUTH_SOCK", "The socket of the SSH agent"}});
  return list;
}

}  // namespace espresso

#include "cli/options.h"

#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace espresso {

namespace {

constexpr const char* how = "How";
constexpr const char* connection = "Connection";

// An option that may be given several times, one value each.
CLI::Option* repeatable(CLI::Option* option) { return option->allow_extra_args(false)->take_all(); }

// Our own words instead of CLI11's, and nothing in the help.
CLI::Validator one_of(std::vector<std::string> allowed) {
  return {[allowed = std::move(allowed)](std::string& word) {
            if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return std::string();
            return fmt::format("takes {}, not '{}'", join(allowed, ", "), word);
          },
          ""};
}

CLI::Validator number(unsigned from, unsigned to) {
  return {[from, to](std::string& word) {
            unsigned value = 0;
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
            const bool is_number = error == std::errc() && end == word.data() + word.size();
            if (is_number && value >= from && value <= to) return std::string();
            return fmt::format("takes a number from {} to {}, not '{}'", from, to, word);
          },
          ""};
}

void read_lines(const char* name, std::vector<std::string>& values) {
  const char* text = std::getenv(name);
  if (!values.empty() || !text) return;
  for (const auto& line : split(text, '\n')) {
    if (!trim(line).empty()) values.emplace_back(trim(line));
  }
}

void add_selection(CLI::App& app, Settings& settings) {
  const std::string group = "What and where";
  repeatable(
      app.add_option("-i,--inventory", settings.inventories,
                     "Inventory: a file, a folder, or with a comma in it a list of hosts; repeatable. By default "
                     "inventory.yaml, inventory.yml or inventory/ here, $XDG_CONFIG_HOME/espresso/inventory.yaml, "
                     "/etc/espresso/inventory.yaml"))
      ->type_name("FILE")
      ->group(group);
  app.add_option("-S,--stages", settings.stages,
                 "A stage file or a folder of them. By default stages.yaml, stages.yml or stages/ here")
      ->envname("ESPRESSO_STAGES")
      ->type_name("FILE")
      ->group(group);
  repeatable(
      app.add_option("--hosts,-l,--limit", settings.hosts,
                     "Hosts by names, globs, groups, &, !, ~regex, @file; by default all; repeatable. Without any "
                     "inventory: user@host:port,…"))
      ->type_name("PATTERN")
      ->group(group);
  repeatable(app.add_option("--exclude", settings.exclude, "Hosts to leave out, in the same words; repeatable"))
      ->type_name("PATTERN")
      ->group(group);
  repeatable(app.add_option("-e,--set", settings.overrides,
                            "A variable for all hosts, above all others: k=v, @FILE or {JSON}; repeatable"))
      ->type_name("K=V")
      ->group(group);
  repeatable(app.add_option("--tags", settings.tags,
                            "Only operations with one of these tags, and those tagged always; also all, tagged, "
                            "untagged; several with commas; repeatable"))
      ->type_name("TAGS")
      ->group(group);
  repeatable(app.add_option("--skip-tags", settings.skip_tags, "No operations with one of these tags; likewise"))
      ->type_name("TAGS")
      ->group(group);
  app.add_option("--start-at", settings.start_at,
                 "Leave out what comes before this stage, or before the operation of this name")
      ->envname("ESPRESSO_START_AT")
      ->type_name("STAGE")
      ->group(group);
  app.add_flag("--step", settings.step,
               "Ask before each stage, for all of its hosts at once: y (yes), n (skip it, and what requires it), c "
               "(continue without asking), q (quit)")
      ->envname("ESPRESSO_STEP")
      ->group(group);
  app.add_option("--rerun", settings.rerun,
                 "Of these hosts, those that ended so in the last run from this folder, or in run @ID: failed, "
                 "unreachable, changed, unfinished; several with commas")
      ->envname("ESPRESSO_RERUN")
      ->type_name("HOW")
      ->group(group);
}

void add_conduct(CLI::App& app, Settings& settings) {
  const std::string group = how;
  app.add_flag("--offline", settings.offline, "Ask no storage on the network: take what was fetched before")
      ->envname("ESPRESSO_OFFLINE")
      ->group(group);
  app.add_flag("-C,--check,--dry-run", settings.check, "Change nothing, tell what would change")
      ->envname("ESPRESSO_CHECK")
      ->group(group);
  app.add_flag("-D,--diff", settings.diff, "Show what changes in files")->envname("ESPRESSO_DIFF")->group(group);
  app.add_option("-f,--forks", settings.forks, "At most so many hosts at the same time; 0: all")
      ->envname("ESPRESSO_FORKS")
      ->type_name("N")
      ->check(number(0, 1000000))
      ->group(group);
  app.add_option("--timeout", settings.timeout, "How long one operation may take (30m)")
      ->envname("ESPRESSO_TIMEOUT")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--run-timeout", settings.run_timeout,
                 "How long all may take: then what runs is ended, and hosts that are not through have failed")
      ->envname("ESPRESSO_RUN_TIMEOUT")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--wait-lock", settings.wait_lock, "How long to wait for a host that another run holds (2s)")
      ->envname("ESPRESSO_WAIT_LOCK")
      ->type_name("TIME")
      ->group(group);
  app.add_flag("--break-lock", settings.break_lock,
               "Take hosts from a run that holds them: what it does there is ended")
      ->envname("ESPRESSO_BREAK_LOCK")
      ->group(group);
  app.add_option("--reason", settings.reason,
                 "What the run is for, for those who find a host held by it; by default, the words of this call")
      ->envname("ESPRESSO_REASON")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--connect-retries", settings.connect_retries,
                 "How often a host that does not answer is tried again, after longer and longer pauses (0)")
      ->envname("ESPRESSO_CONNECT_RETRIES")
      ->type_name("N")
      ->check(number(0, 1000000))
      ->group(group);
  app.add_option("--reconnect-timeout", settings.reconnect,
                 "How long a host whose connection was lost is looked for, to go on there (1m)")
      ->envname("ESPRESSO_RECONNECT_TIMEOUT")
      ->type_name("TIME")
      ->group(group);
  app.add_flag("--detailed-exitcode", settings.detailed_exitcode, "With --check: exit status 3 when changes are needed")
      ->envname("ESPRESSO_DETAILED_EXITCODE")
      ->group(group);
}

void add_connection(CLI::App& app, Settings& settings) {
  const std::string group = connection;
  app.add_option("-u,--user", settings.user, "User to log in as")
      ->envname("ESPRESSO_USER")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--port", settings.port, "Port of sshd")
      ->envname("ESPRESSO_PORT")
      ->type_name("N")
      ->check(number(1, 65535))
      ->group(group);
  app.add_flag("-k,--ask-pass", settings.ask_password, "Ask for the password to log in with")
      ->envname("ESPRESSO_ASK_PASS")
      ->group(group);
  repeatable(app.add_option("--identity", settings.identities, "A private key file; repeatable"))
      ->type_name("FILE")
      ->group(group);
  app.add_option("--host-key-check", settings.host_key_check,
                 "What to do with unknown host keys: strict (refuse; the default), ask (once, for all of a run), "
                 "accept-new or off")
      ->envname("ESPRESSO_HOST_KEY_CHECK")
      ->type_name("MODE")
      ->group(group);
  repeatable(app.add_option("--known-hosts", settings.known_hosts,
                            "A known_hosts file; the first takes accepted keys; repeatable"))
      ->type_name("FILE")
      ->group(group);
  app.add_option("-F,--ssh-config", settings.ssh_config,
                 "A file instead of ~/.ssh/config and /etc/ssh/ssh_config; none: no file")
      ->envname("ESPRESSO_SSH_CONFIG")
      ->type_name("FILE")
      ->group(group);
  repeatable(app.add_option("-o,--ssh-option", settings.ssh_options,
                            "An option of ssh_config, above the inventory, not for jump hosts: Key=Value; repeatable"))
      ->type_name("KEY=VALUE")
      ->group(group);
  app.add_option("-J,--jump", settings.jump, "Jump hosts to go through: user@host:port,…; none: straight")
      ->envname("ESPRESSO_JUMP")
      ->type_name("HOST")
      ->group(group);
  app.add_option("-T,--connect-timeout", settings.connect_timeout, "How long a connection may take to be usable (10s)")
      ->envname("ESPRESSO_CONNECT_TIMEOUT")
      ->type_name("TIME")
      ->group(group);
  app.add_flag("-b,--become", settings.become, "Work as another user than the one who logs in: root, through sudo")
      ->envname("ESPRESSO_BECOME")
      ->group(group);
  app.add_option("--become-user", settings.become_user, "With -b: that user instead of root")
      ->envname("ESPRESSO_BECOME_USER")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--become-method", settings.become_method, "With -b: sudo (the default), su, or doas (no password)")
      ->envname("ESPRESSO_BECOME_METHOD")
      ->type_name("TOOL")
      ->group(group);
  app.add_flag("-K,--ask-become-password,--ask-become-pass", settings.ask_become_password,
               "Ask, once, for the password that sudo or su wants; it may stand in ESPRESSO_BECOME_PASSWORD instead")
      ->envname("ESPRESSO_ASK_BECOME_PASSWORD")
      ->group(group);
  app.add_option("--become-password-file", settings.become_password_file, "A file whose first line is that password")
      ->envname("ESPRESSO_BECOME_PASSWORD_FILE")
      ->type_name("FILE")
      ->group(group);
}

void add_secrets(CLI::App& app, Settings& settings) {
  const std::string group = "Secrets";
  app.add_option("--secret-key-file", settings.secret_key_file,
                 "The key of secret files, instead of a passphrase: 32 bytes, or as many in hexadecimal")
      ->envname("ESPRESSO_SECRET_KEY_FILE")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--secret-passphrase-file", settings.secret_passphrase_file,
                 "A file whose first line is their passphrase; by default it is asked for once it is needed")
      ->envname("ESPRESSO_SECRET_PASSPHRASE_FILE")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--secret-passphrase-command", settings.secret_passphrase_command,
                 "A line for sh that writes their passphrase")
      ->envname("ESPRESSO_SECRET_PASSPHRASE_COMMAND")
      ->type_name("LINE")
      ->group(group);
  repeatable(app.add_option("--vault-id", settings.vault_ids,
                            "As Ansible's: LABEL@FILE, a program or prompt that gives a password of Ansible Vault; "
                            "also of ANSIBLE_VAULT_IDENTITY_LIST; repeatable"))
      ->type_name("ID")
      ->group(group);
  repeatable(app.add_option("--vault-password-file,--vault-pass-file", settings.vault_password_files,
                            "The same without a label; also ANSIBLE_VAULT_PASSWORD_FILE; repeatable"))
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--ask-vault-password,--ask-vault-pass", settings.ask_vault_password, "Ask for that password")
      ->envname("ESPRESSO_ASK_VAULT_PASSWORD")
      ->group(group);
}

void add_output(CLI::App& app, Settings& settings) {
  const std::string group = "Output";
  app.add_option(
         "--format", settings.format,
         "text (the default) or json: of a run, one event a line; markdown and man: of doc; dot and svg: of graph")
      ->envname("ESPRESSO_FORMAT")
      ->type_name("FORMAT")
      ->group(group);
  app.add_flag("-v,--verbose", settings.verbosity, "Tell more: what was ok or skipped, and all output")
      ->envname("ESPRESSO_VERBOSE")
      ->group(group);
  app.add_flag("-q,--quiet", settings.quiet, "Only tell what went wrong")->envname("ESPRESSO_QUIET")->group(group);
  app.add_flag("--no-journal", settings.no_journal, "Do not record the run for 'espresso runs' and 'resume'")
      ->envname("ESPRESSO_NO_JOURNAL")
      ->group(group);
  app.add_option("--keep-runs", settings.keep_runs, "Keep the journals of so many runs (200); 0: of all")
      ->envname("ESPRESSO_KEEP_RUNS")
      ->type_name("N")
      ->check(number(0, 1000000))
      ->group(group);
  app.add_option("--color", settings.color, "auto (the default), always or never")
      ->envname("ESPRESSO_COLOR")
      ->type_name("WHEN")
      ->group(group);
}

// As Ansible reads it: what it names comes before the command line.
void read_vault_environment(Settings& settings) {
  if (const char* list = std::getenv("ANSIBLE_VAULT_IDENTITY_LIST")) {
    std::vector<std::string> ids;
    for (const auto& id : split(list, ',')) {
      if (const std::string_view word = trim(id); !word.empty()) ids.emplace_back(word);
    }
    settings.vault_ids.insert(settings.vault_ids.begin(), ids.begin(), ids.end());
  }
  const char* file = std::getenv("ANSIBLE_VAULT_PASSWORD_FILE");
  if (file && *file && settings.vault_password_files.empty()) settings.vault_password_files.emplace_back(file);
}

// What we start need not know it, and what is looked at in /proc meanwhile need not show it.
void take_secret(const char* name, std::string& value) {
  char* text = std::getenv(name);
  if (!text) return;
  value = text;
  std::fill(text, text + value.size(), '\0');
  unsetenv(name);
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  add_selection(app, settings);
  add_conduct(app, settings);
  add_connection(app, settings);
  add_secrets(app, settings);
  add_output(app, settings);
  for (const auto& [name, words] : option_choices()) app.get_option(name)->check(one_of(words));
}

const std::map<std::string, std::vector<std::string>>& option_choices() {
  static const std::map<std::string, std::vector<std::string>> choices = {
      {"--become-method", {"sudo", "su", "doas"}},
      {"--color", {"auto", "always", "never"}},
      {"--format", {"text", "json", "markdown", "man", "dot", "svg"}},
      {"--host-key-check", {"strict", "ask", "accept-new", "off"}},
  };
  return choices;
}

bool is_for_connecting(const CLI::Option& option) {
  return option.get_group() == how || option.get_group() == connection;
}

void read_environment(Settings& settings) {
  read_lines("ESPRESSO_INVENTORY", settings.inventories);
  read_lines("ESPRESSO_HOSTS", settings.hosts);
  read_lines("ESPRESSO_EXCLUDE", settings.exclude);
  read_lines("ESPRESSO_SET", settings.overrides);
  read_lines("ESPRESSO_TAGS", settings.tags);
  read_lines("ESPRESSO_SKIP_TAGS", settings.skip_tags);
  read_lines("ESPRESSO_IDENTITY", settings.identities);
  read_lines("ESPRESSO_KNOWN_HOSTS", settings.known_hosts);
  read_lines("ESPRESSO_SSH_OPTION", settings.ssh_options);
  read_lines("ESPRESSO_VAULT_ID", settings.vault_ids);
  read_lines("ESPRESSO_VAULT_PASSWORD_FILE", settings.vault_password_files);
  read_vault_environment(settings);
  take_secret("ESPRESSO_BECOME_PASSWORD", settings.become_password);
}

}  // namespace espresso

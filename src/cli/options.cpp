#include "cli/options.h"

#include <CLI/CLI.hpp>

namespace espresso {

namespace {

// An option that may be given several times, one value each.
CLI::Option* repeatable(CLI::Option* option) { return option->allow_extra_args(false)->take_all(); }

void add_selection(CLI::App& app, Settings& settings) {
  const std::string group = "What and where";
  repeatable(app.add_option("-i,--inventory", settings.inventories,
                            "Inventory: a file, a folder, or with a comma in it a list of hosts; repeatable. By default "
                            "inventory.yaml, inventory.yml or inventory/ here, $XDG_CONFIG_HOME/espresso/inventory.yaml, "
                            "/etc/espresso/inventory.yaml"))
      ->envname("ESPRESSO_INVENTORY")->type_name("FILE")->group(group);
  app.add_option("-S,--stages", settings.stages, "A stage file or a folder of them. By default stages.yaml, stages.yml or stages/ here")
      ->envname("ESPRESSO_STAGES")->type_name("FILE")->group(group);
  repeatable(app.add_option("--hosts,-l,--limit", settings.hosts,
                            "Hosts by names, globs, groups, &, !, ~regex, @file; by default all. Without any inventory: "
                            "user@host:port,…"))
      ->envname("ESPRESSO_HOSTS")->type_name("PATTERN")->group(group);
  repeatable(app.add_option("--exclude", settings.exclude, "Hosts to leave out"))
      ->envname("ESPRESSO_EXCLUDE")->type_name("PATTERN")->group(group);
  repeatable(app.add_option("-e,--set", settings.overrides, "A variable for all hosts, above all others: k=v, @FILE or {JSON}; repeatable"))
      ->envname("ESPRESSO_SET")->type_name("K=V")->group(group);
}

void add_conduct(CLI::App& app, Settings& settings) {
  const std::string group = "How";
  app.add_flag("-C,--check,--dry-run", settings.check, "Only tell what would change")->envname("ESPRESSO_CHECK")->group(group);
  app.add_flag("-D,--diff", settings.diff, "Show what changes in files")->envname("ESPRESSO_DIFF")->group(group);
  app.add_option("-f,--forks", settings.forks, "At most so many hosts at the same time; 0: all")
      ->envname("ESPRESSO_FORKS")->type_name("N")->group(group);
  app.add_option("--timeout", settings.timeout, "How long one operation may take (30m)")
      ->envname("ESPRESSO_TIMEOUT")->type_name("TIME")->group(group);
  app.add_flag("--detailed-exitcode", settings.detailed_exitcode, "With --check: exit status 3 when changes are needed")
      ->envname("ESPRESSO_DETAILED_EXITCODE")->group(group);
}

void add_connection(CLI::App& app, Settings& settings) {
  const std::string group = "Connection";
  app.add_option("-u,--user", settings.user, "User to log in as")->envname("ESPRESSO_USER")->type_name("NAME")->group(group);
  app.add_option("--port", settings.port, "Port of sshd")
      ->envname("ESPRESSO_PORT")->type_name("N")->check(CLI::Range(1, 65535))->group(group);
  app.add_flag("-k,--ask-pass", settings.ask_password, "Ask for the password to log in with")->envname("ESPRESSO_ASK_PASS")->group(group);
  repeatable(app.add_option("--identity", settings.identities, "A private key file; repeatable"))
      ->envname("ESPRESSO_IDENTITY")->type_name("FILE")->group(group);
  app.add_option("--host-key-check", settings.host_key_check, "strict (unknown host keys are refused), accept-new or off")
      ->envname("ESPRESSO_HOST_KEY_CHECK")->type_name("MODE")->check(CLI::IsMember({"strict", "accept-new", "off"}))->group(group);
  repeatable(app.add_option("--known-hosts", settings.known_hosts, "A known_hosts file; the first takes accepted keys; repeatable"))
      ->envname("ESPRESSO_KNOWN_HOSTS")->type_name("FILE")->group(group);
  app.add_option("-T,--connect-timeout", settings.connect_timeout, "How long a connection may take to be usable (10s)")
      ->envname("ESPRESSO_CONNECT_TIMEOUT")->type_name("TIME")->group(group);
  app.add_flag("-b,--become", settings.become, "Work as root, through sudo -n")->envname("ESPRESSO_BECOME")->group(group);
}

void add_output(CLI::App& app, Settings& settings) {
  const std::string group = "Output";
  app.add_option("--format", settings.format, "text or json (one event a line)")
      ->envname("ESPRESSO_FORMAT")->type_name("FORMAT")->check(CLI::IsMember({"text", "json"}))->group(group);
  app.add_flag("-v,--verbose", settings.verbosity, "Tell more: what was ok, all output; twice or more: for debugging")
      ->envname("ESPRESSO_VERBOSE")->group(group);
  app.add_flag("-q,--quiet", settings.quiet, "Only tell what went wrong")->envname("ESPRESSO_QUIET")->group(group);
  app.add_option("--color", settings.color, "auto, always or never")
      ->envname("ESPRESSO_COLOR")->type_name("WHEN")->check(CLI::IsMember({"auto", "always", "never"}))->group(group);
}

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  add_selection(app, settings);
  add_conduct(app, settings);
  add_connection(app, settings);
  add_output(app, settings);
}

}  // namespace espresso

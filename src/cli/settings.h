#pragma once

#include "model/configuration.h"
#include "model/secret_sources.h"
#include "model/value.h"
#include "report/journal_folder.h"
#include "run/engine.h"
#include "run/plan_choice.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace espresso {

/// What is left to do of an earlier run.
struct Continued {
  std::string id;
  std::set<std::string> hosts;                            ///< those that are not through
  std::map<std::string, std::set<std::string>> finished;  ///< of each, the stages that are
  std::set<std::string> finished_somewhere;               ///< stages that any host is through with
  std::map<std::string, std::string> stage_files;         ///< what the stages were read from: name, SHA-256
};

/// What the command line and the environment say, as it was written. Common to all commands.
struct Settings {
  std::vector<std::string> inventories;  ///< files, folders, or literal lists
  std::string stages;                    ///< a file or a folder; empty: the default ones
  std::vector<std::string> hosts;        ///< patterns; empty: all
  std::vector<std::string> exclude;
  std::vector<std::string> overrides;  ///< -e: k=v, @file.yaml or {json}
  std::vector<std::string> tags;       ///< lists with commas
  std::vector<std::string> skip_tags;
  std::string start_at;
  bool step = false;
  bool offline = false;
  bool check = false;
  bool diff = false;
  std::size_t forks = 0;
  bool become = false;
  std::string become_user;
  std::string become_method;
  bool ask_become_password = false;
  std::string become_password_file;
  std::string become_password;  ///< of ESPRESSO_BECOME_PASSWORD, which is gone from the environment by then
  std::string user;
  std::optional<std::uint16_t> port;
  bool ask_password = false;
  std::vector<std::string> identities;
  std::string host_key_check;
  std::vector<std::string> known_hosts;
  std::string ssh_config;                ///< as ssh -F
  std::vector<std::string> ssh_options;  ///< as ssh -o
  std::string jump;                      ///< as ssh -J
  std::string connect_timeout;
  std::string timeout;
  std::string run_timeout;
  std::size_t connect_retries = 0;
  std::string wait_lock;
  bool break_lock = false;
  std::string reason;
  std::string reconnect;
  std::string secret_key_file;
  std::string secret_passphrase_file;
  std::string secret_passphrase_command;
  std::vector<std::string> vault_password_files;
  std::vector<std::string> vault_ids;  ///< [label@]source
  bool ask_vault_password = false;
  std::string format = "text";
  int verbosity = 0;
  bool quiet = false;
  /// Takes what is to be said besides the answer, a line each time; none: nobody wants to know.
  std::function<void(const std::string& note)> note = {};
  std::string color = "auto";
  bool detailed_exitcode = false;
  bool no_journal = false;
  std::size_t keep_runs = 200;
  std::string rerun;               ///< how hosts ended in an earlier run: "failed,unreachable", "changed@ID"
  std::vector<std::string> words;  ///< the command line itself
  std::shared_ptr<const Continued> continued;  ///< the run that this one goes on with
  std::shared_ptr<const RunRecord> plan;       ///< the plan that is to be applied
};

/// The same for the engine. Values that are none are mistakes. Passwords are not asked for here.
RunOptions run_options(const Settings& settings, Diagnostics& diagnostics);

/// Where secrets are opened with what; asks on the terminal.
SecretSettings secret_settings(const Settings& settings);

/// What -e sets, typed as in YAML, later ones above earlier ones: variables, and settings of the configuration (names
/// with dots in them, and `config`).
struct Overrides {
  Map variables;
  std::vector<SettingsLayer> settings;
};
Overrides parse_overrides(const std::vector<std::string>& overrides, Diagnostics& diagnostics);

/// What of the stages is carried out. Words that are none are mistakes.
PlanChoice plan_choice(const Settings& settings, Diagnostics& diagnostics);

/// The text of an option given several times, as one pattern.
std::string joined_pattern(const std::vector<std::string>& patterns);

}  // namespace espresso

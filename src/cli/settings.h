#pragma once

#include "model/value.h"
#include "run/engine.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// What the command line and the environment say, as it was written. Common to all commands.
struct Settings {
  std::vector<std::string> inventories;  ///< files, folders, or literal lists
  std::string stages;                    ///< a file or a folder; empty: the default ones
  std::vector<std::string> hosts;        ///< patterns; empty: all
  std::vector<std::string> exclude;
  std::vector<std::string> overrides;  ///< -e: k=v, @file.yaml or {json}
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
  std::string format = "text";
  int verbosity = 0;
  bool quiet = false;
  std::string color = "auto";
  bool detailed_exitcode = false;
};

/// The same for the engine. Values that are none are mistakes. Passwords are not asked for here.
RunOptions run_options(const Settings& settings, Diagnostics& diagnostics);

/// The values of -e, later ones above earlier ones; typed as in YAML.
Map parse_overrides(const std::vector<std::string>& overrides, Diagnostics& diagnostics);

/// The text of an option given several times, as one pattern.
std::string joined_pattern(const std::vector<std::string>& patterns);

}  // namespace espresso

#pragma once

#include "ssh/config_tree.h"

#include <string>
#include <vector>

namespace espresso {

/// The files of a configuration as blocks, in the order they count.
struct ConfigFiles {
  std::vector<ConfigEffect> options;  ///< of the command line
  std::vector<std::shared_ptr<const ConfigFile>> files;
  /// `Match final` stands somewhere, even where it cannot hold: ssh then goes through the files twice.
  bool wants_final_pass = false;
};

/// See SshConfig::load.
ConfigFiles read_config_files(const std::string& file, const std::vector<std::string>& options, const LocalUser& user);

}  // namespace espresso

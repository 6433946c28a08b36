#pragma once

#include "core/diagnostic.h"
#include "ssh/config.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// ssh_config as a run uses it: the files, `-o` of the command line, and options that the inventory gives hosts. Each
/// combination is read once, however many hosts have it.
class SshConfigs {
 public:
  /// As SshConfig::load. Throws Mistakes.
  SshConfigs(std::string file, std::vector<std::string> options);

  /// What `-o` says, which stands above the inventory.
  SshOptions command_line(const SshConfig::Query& query) const { return command_line_.resolve(query); }
  /// What all say, in this order: `-o`, `of_host`, the files. Throws Mistakes.
  SshOptions resolve(const SshConfig::Query& query, const std::vector<std::string>& of_host = {});
  /// The same of a jump host: `-o` is for the hosts behind it, as with ssh.
  SshOptions resolve_jump(const SshConfig::Query& query, const std::vector<std::string>& of_host = {});
  /// What is wrong with options before they are given to any of these; each is the text of its diagnostic's source.
  const std::vector<Diagnostic>& mistakes_in(const std::vector<std::string>& options);

 private:
  const SshConfig& load(std::vector<std::string> options);

  std::string file_;
  std::vector<std::string> options_;
  SshConfig command_line_;
  std::map<std::vector<std::string>, SshConfig> loaded_;
  std::map<std::vector<std::string>, std::vector<Diagnostic>> mistakes_;
};

/// Arguments for `ssh` as they stand in Ansible's ansible_ssh_common_args, as options for SshConfigs: -o, -J, -C, -i,
/// -l, -p, -4, -6; those that say nothing about how to connect (-q, -v, -A, -a, -x, -T, -t) are passed over. Nothing,
/// and the word in `wrong`, when one is none of these.
std::optional<std::vector<std::string>> options_of_arguments(std::string_view text, std::string& wrong);

}  // namespace espresso

#pragma once

#include "ssh/config_line.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace espresso {

class ConfigTokens;

/// What Host and Match look at while the files are gone through for one host.
struct ConfigPass {
  std::string host;      ///< as named by the user; in the final pass, what it became
  std::string original;  ///< as named by the user
  const LocalUser& user;
  bool is_final = false;
};

/// Commands of `Match exec` that were run, and whether they ended with status 0.
class ExecAnswers {
 public:
  /// Runs a command unless it was run before. Throws Mistakes, at `place`, when it does not end by itself.
  bool ask(const std::string& command, const Span& place);

 private:
  std::mutex mutex_;
  std::map<std::string, bool> known_;
};

/// The values of a Host line, and of a Match line. Throw Mistakes when they are bad.
std::vector<HostPattern> read_host_patterns(ConfigLine& line);
std::vector<MatchCriterion> read_match_criteria(ConfigLine& line);

bool holds(const ConfigBlock& block, const ConfigPass& pass, const ConfigDraft& draft, ExecAnswers& answers);

}  // namespace espresso

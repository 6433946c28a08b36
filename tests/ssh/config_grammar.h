#pragma once

#include "config_oracle.h"

#include <random>
#include <string>
#include <vector>

namespace espresso::testing {

/// Writes configurations of ssh at random, always the same for a seed: most are good, some hold bad lines.
class ConfigGrammar {
 public:
  explicit ConfigGrammar(std::uint64_t seed) : random_(seed) {}

  /// Lines that may include the files named.
  std::string file(const std::vector<std::string>& included);
  /// What to ask of it.
  SshWords question();

  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <typename Values>
  auto one_of(const Values& values) {
    return values[below(std::size(values))];
  }

 private:
  std::string setting();
  std::string value_of_file();
  std::string host_line();
  std::string match_line();
  std::string criterion();
  std::string bad_line();
  std::string keyword(std::string name);
  std::string line(const std::string& name, const std::string& value);

  std::mt19937_64 random_;
};

}  // namespace espresso::testing

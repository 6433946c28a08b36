#pragma once

#include "model/value.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// The facts that a host tells, as they come in. Hosts are not trusted: depth, count and size are bounded, and what is
/// beyond, or is not as protocol.h says, is left out.
class ToldFacts {
 public:
  /// One "fact" record: keys, then values.
  void take(const std::vector<std::string>& fields);
  /// What a user's own fact wrote, and how it ended.
  void take_output(std::string_view name, std::string_view text, int status, std::string_view words);

  Map values = {};
  std::map<std::string, std::string> failures = {};  ///< by name of a user's fact: why there is none

  /// Of the output of one user's fact.
  static constexpr std::size_t largest_output = 256 * 1024;

 private:
  std::size_t size_ = 0;
};

}  // namespace espresso

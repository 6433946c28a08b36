#pragma once

#include "ssh/config.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace espresso::testing {

/// What to ask of a configuration, as words of ssh's command line: "-l", "bob", "-o", "Port=1", "host".
using SshWords = std::vector<std::string>;
/// Keys of `ssh -G` and their values, in order.
using SshAnswer = std::map<std::string, std::vector<std::string>>;

/// What OpenSSH itself says: of the keys that SshOptions holds, with the values that `ssh -G` leaves unexpanded
/// expanded by a second question. Nothing when ssh refuses.
std::optional<SshAnswer> answer_of_ssh(const std::string& file, const SshWords& words);

/// The same as we say it, with OpenSSH's defaults for what is unset. Nothing when we refuse; `refusal` tells why.
std::optional<SshAnswer> answer_of_espresso(const std::string& file, const SshWords& words, std::string& refusal);

/// For a failed test: what differs, line by line.
std::string difference(const std::optional<SshAnswer>& ssh, const std::optional<SshAnswer>& ours);

}  // namespace espresso::testing

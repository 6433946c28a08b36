#pragma once

#include "cli/pausable_reporter.h"
#include "cli/terminal.h"
#include "ssh/host_key_questions.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A table of the keys: host, address, type, fingerprint. Remarks stand below.
std::string render_host_keys(const std::vector<UnknownHostKey>& keys);

/// What a typed answer says: which keys are accepted, or why it says nothing.
struct HostKeyAnswer {
  std::vector<bool> accepted = {};
  std::string complaint = {};  ///< not empty: what was typed is no answer
};
/// "yes", "no", or words, each a name or an address of a host, a glob of these, or a fingerprint.
HostKeyAnswer parse_host_key_answer(std::string_view text, const std::vector<UnknownHostKey>& keys);

/// Asks about unknown host keys on the terminal; meanwhile the reporter is paused. Null when there is no terminal.
std::shared_ptr<HostKeyJudge> make_host_key_question(PausableReporter& reporter, std::unique_ptr<Terminal> terminal);

}  // namespace espresso

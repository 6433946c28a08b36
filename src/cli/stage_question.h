#pragma once

#include "cli/pausable_reporter.h"
#include "cli/terminal.h"
#include "run/stage_steps.h"

#include <memory>
#include <optional>
#include <string_view>

namespace espresso {

/// What a typed answer says: y, n, c (continue, without asking any more) or q (quit), or the whole word; nothing when
/// it is none of them.
std::optional<StageQuestion::Answer> parse_stage_answer(std::string_view text);

/// Asks before each stage on the terminal; meanwhile the reporter is paused. The end of the terminal quits.
std::shared_ptr<StageQuestion> make_stage_question(PausableReporter& reporter, std::unique_ptr<Terminal> terminal);

}  // namespace espresso

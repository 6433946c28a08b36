#pragma once

#include "helpers/operation.h"
#include "model/value.h"
#include "run/event.h"
#include "run/runner.h"

#include <memory>
#include <vector>

namespace espresso {

/// What an answer means: outcome, message, differences, diff. Sensitive operations keep only outcome and names.
Result result_of(const Operation& operation, const Answer& answer, bool wants_diff);

/// A result for an operation that was not sent: skipped, unknown or failed, with the reason.
Result result_without_answer(const Call& call, std::string title, Outcome outcome, std::string message);

/// The result of an operation that could not be made: what is wrong in the user's files, each at its own place.
Result result_of_mistakes(const Call& call, std::string title, const std::vector<Diagnostic>& mistakes);

/// What `register` keeps: {outcome, changed, failed, skipped, rc, stdout, stderr, lines} and what the
/// operation told besides; of a loop: the same with
/// `results`, one for each item.
Value registered_value(const std::vector<Result>& results, bool is_loop);

/// The outcome that stands for both: failed over unknown over would-change over changed over ok over skipped.
Outcome stronger(Outcome a, Outcome b);

}  // namespace espresso

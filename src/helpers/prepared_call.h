#pragma once

#include "core/diagnostic.h"
#include "helpers/catalog.h"
#include "model/expression.h"
#include "model/stage.h"

#include <memory>
#include <vector>

namespace espresso {

struct Operation;

/// An argument with the parameter it is for.
struct PreparedArgument {
  const Parameter* parameter = nullptr;
  const Argument* argument = nullptr;
  std::vector<Expression> conditions = {};  ///< a constant of type `conditions`: its texts, parsed
  /// Where messages about its value point.
  const Span& span() const { return argument->value.span().source ? argument->value.span() : argument->name_span; }
};

/// A call with all that needs no values: found helper, matched parameters, parsed conditions.
struct PreparedCall {
  std::shared_ptr<const Call> call = {};  ///< keeps what the others point to; null for a call that is only checked
  std::shared_ptr<const Helper> helper = {};
  std::vector<PreparedArgument> arguments = {};
  bool is_constant = false;                      ///< the same on every host
  std::shared_ptr<const Operation> shared = {};  ///< of a constant call, once bound
  /// Of a component: its calls, with what this call says for all of them; but for those that a run leaves out.
  std::vector<std::shared_ptr<const Call>> calls = {};
  std::vector<std::shared_ptr<const Call>> all_calls = {};  ///< with them
};

/// Mistakes go to `diagnostics`; the call must not be bound then.
PreparedCall prepare(const Call& call, const Catalog& catalog, Evaluator& evaluator, Diagnostics& diagnostics);

}  // namespace espresso

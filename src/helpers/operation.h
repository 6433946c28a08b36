#pragma once

#include "helpers/catalog.h"
#include "helpers/content.h"
#include "helpers/tree.h"
#include "model/expression.h"
#include "model/stage.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// Content no longer than this, without NUL, travels inside the operation; larger content only when the host lacks it.
constexpr std::uint64_t inline_content_limit = 1024;

/// One helper call bound to its arguments, on one host: a check and an apply.
struct Operation {
  std::shared_ptr<const Helper> helper;
  std::shared_ptr<const Call> call;
  std::string title;  ///< "fs.ensure_file /etc/motd", or the call's own name; what reporters show
  /// The line that the runner evaluates: parameters as shell variables, positional arguments, the helper's function,
  /// and `run_operation` (run/protocol.h says what it may hold).
  std::string line;
  std::shared_ptr<const Content> content;       ///< null: none, or inside `line`
  std::optional<std::string> inline_text = {};  ///< the content inside `line`, for diffs
  std::shared_ptr<const Tree> tree = {};        ///< of a tree parameter: the manifest goes along, then what is wanted
  std::vector<std::string> paths = {};          ///< values of its path parameters: what its check will look at
};

/// The operations of one call on one host, or why they cannot be known yet.
struct Binding {
  /// Several with for_each, none when `when` is false.
  std::vector<std::shared_ptr<const Operation>> operations = {};
  bool skipped = false;                   ///< `when` is false
  std::string skip_reason = {};           ///< the condition's text
  std::optional<Deferred> deferred = {};  ///< set: bind again when that name is known
};

/// Binds calls to values. Constant calls are bound once and shared by all hosts. One per run; not for several threads.
class Binder {
 public:
  Binder(const Catalog& catalog, Evaluator& evaluator);
  ~Binder();

  /// What needs no values: the helper exists, parameters exist, are given once, required ones are there, constants are
  /// of the right type. Mistakes with places and suggestions.
  void check(const Call& call, Diagnostics& diagnostics);
  /// Evaluates the arguments in the scope. Throws Mistakes with places.
  Binding bind(const std::shared_ptr<const Call>& call, const Scope& scope);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espresso

#pragma once

#include "helpers/catalog.h"
#include "helpers/content.h"
#include "helpers/destination.h"
#include "helpers/tree.h"
#include "model/expression.h"
#include "model/mentions.h"
#include "model/stage.h"
#include "model/storage.h"

#include <chrono>
#include <cstdint>
#include <functional>
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
  std::string user = {};                        ///< as whom it is run at the host; empty: as the runner
  std::string delegate = {};                    ///< the host to run it on; empty: that of the plan
  std::shared_ptr<const Content> content;       ///< null: none, or inside `line`
  std::optional<std::string> inline_text = {};  ///< the content inside `line`, for diffs
  std::shared_ptr<const Tree> tree = {};        ///< of a tree parameter: the manifest goes along, then what is wanted
  std::optional<Destination> destination = {};  ///< the file on the workstation that it fills
  std::chrono::seconds waits{0};                ///< how long it may wait on purpose
  /// It may reboot the host, which is back within this time; nothing is sent to the host before it is.
  std::optional<std::chrono::seconds> reboots = {};
  std::optional<Value> item = {};       ///< of for_each, where `until` may ask for it
  std::vector<std::string> paths = {};  ///< values of its path parameters: what its check will look at
};

struct ComponentUse;

/// The operations of one call on one host, or why they cannot be known yet.
struct Binding {
  /// Several with for_each, none when `when` is false.
  std::vector<std::shared_ptr<const Operation>> operations = {};
  bool skipped = false;                   ///< `when` is false
  std::string skip_reason = {};           ///< the condition's text
  std::optional<Deferred> deferred = {};  ///< set: bind again when that name is known
  /// Of a component: what is to be bound instead, one after the other; several with for_each. When `deferred` is set,
  /// as far as can be told.
  std::vector<std::shared_ptr<const ComponentUse>> uses = {};
  std::vector<Deferred> awaits = {};  ///< what the call gives to the component and is not known yet
};

/// One turn of a component: its calls, and what they see. The scope in which it is called must outlive it.
struct ComponentUse {
  explicit ComponentUse(const Scope* caller) : outside(caller), scope(&outside) {}
  ComponentUse(const ComponentUse&) = delete;
  ComponentUse& operator=(const ComponentUse&) = delete;

  std::vector<std::shared_ptr<const Call>> calls = {};
  Scope outside;              ///< what its arguments see: with for_each, `item`
  Scope scope;                ///< what its calls see: `params` besides
  std::string title = {};     ///< what the titles of its operations begin with: "NAME: " for each name given on the way
  std::string user = {};      ///< as whom they are run, unless they say so themselves
  std::string delegate = {};  ///< on which host, likewise
};

/// Binds calls to values. Constant calls are bound once and shared by all hosts. One per run; not for several threads.
class Binder {
 public:
  Binder(const Catalog& catalog, Evaluator& evaluator);
  ~Binder();

  /// What needs no values: the helper exists, parameters exist, are given once, required ones are there, constants are
  /// of the right type; of a component, its calls, too. Mistakes with places and suggestions.
  void check(const Call& call, Diagnostics& diagnostics);
  /// The same for what a component is made of, each component once. Nothing for a helper that is none.
  void check_component(const Helper& helper, Diagnostics& diagnostics);
  /// Of a call that check() has nothing against: what its constant arguments name is in storage, and the templates
  /// among it read well, with those that they include. Where `when` or `for_each` may leave it out, nothing is said.
  void check_contents(const std::shared_ptr<const Call>& call, const Storage& storage, Diagnostics& diagnostics);
  /// Evaluates the arguments in the scope. Throws Mistakes with places.
  Binding bind(const std::shared_ptr<const Call>& call, const Scope& scope);
  /// The same for one of the component's calls.
  Binding bind(const std::shared_ptr<const Call>& call, const ComponentUse& use);
  /// Whether the condition holds: a call's `until`, which sees its result. Throws Mistakes and Deferred.
  bool is_true(const Expression& condition, const Scope& scope);
  /// Mistakes in the call's `until` that can be seen before there is a result: names that do not exist. Throws
  /// Mistakes.
  void check_until(const Call& call, const Scope& scope);
  /// This call, and if it is of a component all that it leads to, however deep; each as if it were bound.
  void visit(const std::shared_ptr<const Call>& call,
             const std::function<void(const std::shared_ptr<const Call>&)>& function);
  /// Asks of this call, and of all that it leads to, in their order, whether it is wanted. From now on a component is
  /// made of those of its calls that are, and wanted where any of them is. `decided` is told of each, once that is
  /// known. Whether this call is to be carried out.
  bool choose(const std::shared_ptr<const Call>& call, const std::function<bool(const Call&)>& is_wanted,
              const std::function<void(const std::shared_ptr<const Call>&, bool stays)>& decided);
  /// Where this call itself relies on a name: its texts that use it, but for those that somewhere ask whether it
  /// exists.
  std::vector<Span> relies_on(const std::shared_ptr<const Call>& call, std::string_view name, const Storage* storage);
  /// The facts that this call, and all that it leads to, will read, as far as can be told beforehand.
  const Mentions& facts_of(const std::shared_ptr<const Call>& call, const Storage* storage);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espresso

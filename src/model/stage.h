#pragma once

#include "core/diagnostic.h"
#include "model/expression.h"
#include "model/retry.h"
#include "model/stage_terms.h"
#include "model/value.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

struct Host;

/// One argument of a call.
struct Argument {
  std::string name;  ///< empty: the helper's main parameter (scalar or list shorthand)
  Span name_span;
  Computed value;
};

/// A signal as a stage or a call names it.
struct SignalName {
  std::string name;
  Span span = {};
  /// Of what a stage listens to: the pattern of the hosts where it is raised. Empty: on the host itself.
  std::string from = {};
  Span from_span = {};
};

/// A helper call as written in a stage. Bound to a host's values it becomes one operation (or several, for_each).
struct Call {
  std::string helper = {};
  Span span = {};  ///< of the helper's name
  std::vector<Argument> arguments = {};
  std::string name = {};  ///< a title of the user's own; may hold {{ }}: see `title`
  std::optional<Computed> title = {};
  std::optional<Expression> when = {};
  std::optional<Computed> for_each = {};
  std::string register_as = {};           ///< name under which later calls see the result; empty: none
  std::optional<Computed> as = {};        ///< the user to run it as at the host
  std::optional<Computed> delegate = {};  ///< the host to run it on, in place of the stage's own
  std::vector<SignalName> signals = {};   ///< raised when it changed something
  std::vector<std::string> tags = {};     ///< its own, and those of what it stands in
  bool ignore_errors = false;
  bool sensitive = false;  ///< neither arguments, output nor diff are shown
  std::optional<std::chrono::milliseconds> timeout = {};
  std::optional<Retry> retry = {};
  /// Of a call inside a component: where that component is called, innermost first.
  std::vector<Span> called_from = {};
};

/// What a stage does on one host: filled by Stage::run.
class Plan {
 public:
  virtual ~Plan() = default;
  virtual const Host& host() const = 0;
  /// Calls are carried out in the order in which they were added.
  virtual void add(std::shared_ptr<const Call> call) = 0;
};

/// A named, documented unit of configuration. Stages of YAML files are one implementation, classes of one's own
/// another.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string name() const = 0;
  /// Why it is so, for whoever reads this in a couple of months.
  virtual std::string doc() const = 0;
  /// Names of the stages that come before this one.
  virtual std::vector<std::string> required() const { return {}; }
  /// Host pattern; empty: every selected host.
  virtual std::string hosts() const { return {}; }
  /// The signals that bring it about: it runs where one of them was raised, after the stages that raise it. Empty: it
  /// runs where it is asked for or required.
  virtual std::vector<SignalName> listens() const { return {}; }
  /// The signals that it raises when any of its operations changed something; those of its calls come besides.
  virtual std::vector<SignalName> raises() const { return {}; }
  /// All signals that it or one of its calls raises; for the order of stages and for mistakes.
  virtual std::vector<SignalName> all_raised() const { return raises(); }
  /// How its hosts go through it with regard to each other.
  virtual StageTerms terms() const { return {}; }
  /// Tags of all its operations, which --tags and --skip-tags choose by (model/tags.h).
  virtual std::vector<std::string> tags() const { return {}; }
  /// Adds the operations for `plan.host()`. Must depend on nothing but the host, so that it can be shown beforehand.
  virtual void run(Plan& plan) const = 0;
  /// Adds what is done on a host where an operation of `run` failed; when all of it succeeds, so has the stage.
  virtual void rescue(Plan&) const {}
  /// Adds what is done after these, however they ended.
  virtual void always(Plan&) const {}
  /// How long all operations of `run` together may take on one host.
  virtual std::optional<std::chrono::milliseconds> timeout() const { return std::nullopt; }
  /// How long a host keeps what it changed without someone who gets in anew and confirms it; then it takes it back.
  /// Nothing: it needs no confirmation.
  virtual std::optional<std::chrono::milliseconds> confirm() const { return std::nullopt; }

  /// Where the stage (or its n-th requirement) is written; for messages. Empty for stages written in C++.
  virtual Span span() const { return {}; }
  virtual Span required_span(std::size_t) const { return span(); }
  virtual Span hosts_span() const { return span(); }
};

/// Whether the stage or one of its operations may raise the signal.
bool can_raise(const Stage& stage, std::string_view signal);
/// The signals it listens to on its own host.
std::vector<std::string> own_signals(const Stage& stage);

/// A stage in the order of a run.
struct StageTurn {
  std::shared_ptr<const Stage> stage;
  /// Neither asked for nor required: nothing but a signal that it listens to brings it about.
  bool only_on_signal = false;
};

/// All stages known, and the order they are carried out in.
class Stages {
 public:
  /// A second stage of the same name is a mistake that shows both places.
  void add(std::shared_ptr<const Stage> stage, Diagnostics& diagnostics);
  std::shared_ptr<const Stage> find(std::string_view name) const;
  const std::vector<std::shared_ptr<const Stage>>& all() const { return stages_; }
  std::vector<std::string> names() const;

  /// Unknown requirements and signals (with the nearest name) and cycles (with their path) are mistakes.
  void check(Diagnostics& diagnostics) const;
  /// The stages named, all they require, and those that listen to what any of them raises: each once, every stage after
  /// those it requires and those whose signals it listens to; otherwise in the order in which they are required, and
  /// what listens right after what it listens to. Throws Mistakes for an unknown name.
  std::vector<StageTurn> order(const std::vector<std::string>& targets, std::string_view option) const;

  /// The stages that listen to any signal, as they are defined.
  std::vector<std::shared_ptr<const Stage>> listeners() const;
  /// The signals that every operation of the stage raises when it changed something: those of the stage, and
  /// "STAGE.changed" where a stage listens to it.
  std::vector<std::string> signals_of(const Stage& stage) const;

 private:
  bool listens_to(const Stage& listener, const Stage& raiser) const;
  void check_signals(Diagnostics& diagnostics) const;
  void check_circles(Diagnostics& diagnostics) const;

  std::vector<std::shared_ptr<const Stage>> stages_;
};

}  // namespace espresso

#pragma once

#include "model/value.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// How an operation, or a host, ended. The same words in code, text, JSON and tests.
enum class Outcome { ok, changed, failed, skipped, unreachable, would_change, unknown };

/// "ok", "changed", "failed", "skipped", "unreachable", "would-change", "unknown".
std::string_view word(Outcome outcome);
/// The outcome that a word stands for.
std::optional<Outcome> parse_outcome(std::string_view text);

/// Something a check found to differ from what is wanted.
struct Difference {
  std::string what = {};  ///< "mode", "content", "no such directory"
  std::string from = {};
  std::string to = {};
};

/// A mistake in the user's files that shows only with what the host told: facts, registered results.
struct LateMistake {
  std::string location = {};  ///< file:line:column
  std::string message = {};
  std::string hint = {};
  std::string text = {};  ///< as mistakes are told: with the line, a caret, notes and the hint
};

/// One operation's result on one host.
struct Result {
  std::string helper = {};
  std::string title = {};
  Outcome outcome = Outcome::ok;
  std::string message = {};  ///< why it failed, was skipped or is unknown
  std::string note = {};     ///< told whatever the outcome (stage.log)
  std::string hint = {};
  std::string location = {};  ///< file:line:column of the call, or of the first of `mistakes`
  /// Of a call in a component: where that is called, innermost first. With `mistakes` it begins with the call itself.
  std::vector<std::string> called_from = {};
  std::vector<LateMistake> mistakes = {};
  std::vector<Difference> differences = {};
  std::string diff = {};    ///< unified, when asked for
  std::string output = {};  ///< stdout, head and tail when long
  std::string error_output = {};
  std::optional<int> exit_status = {};
  Map values = {};          ///< what the operation told by name
  bool values_cut = false;  ///< there was more to it than is kept
  std::size_t tries = 0;    ///< how often it was tried; 0: it is tried once, whatever comes of it
  bool ignored = false;     ///< failed, but ignore_errors
  bool rescued = false;     ///< failed, and its stage goes on with `rescue`
  bool sensitive = false;   ///< arguments, values, output and diff are withheld (already empty here)
  std::chrono::milliseconds duration{0};
};

/// What the engine tells reporters, in the order in which it happens. `host`, `stage` are empty where they do not
/// apply.
struct Event {
  enum class Kind {
    run_started,         ///< hosts, stages, check
    host_connecting,     ///< host
    host_connected,      ///< host, duration
    stage_started,       ///< host, stage
    operation_started,   ///< host, stage, title: it is next in line at the host
    operation_finished,  ///< host, stage, index, result
    stage_finished,      ///< host, stage, outcome
    facts_told,          ///< host, facts, fact_failures: those that were asked for by RunOptions
    taken_back,          ///< host, stage, message, operations, files: what was not confirmed is as it was before
    signals_told,        ///< host, signals, dropped, check: what RunOptions asked for
    host_finished,       ///< host, outcome, message, hint, counts, rescued, duration
    question,            ///< message: the user is about to be asked on the terminal; the run waits for the answer
    notice,              ///< message: something the user should know (host key checking is off, …)
    run_finished,        ///< outcome per host is known; interrupted, duration
  };
  Kind kind = Kind::notice;
  std::string host = {};
  std::string stage = {};
  std::string title = {};
  std::size_t index = 0;  ///< of the operation within its host's run
  std::shared_ptr<const Result> result = {};
  Outcome outcome = Outcome::ok;
  std::string message = {};
  std::string hint = {};
  std::map<Outcome, std::size_t> counts = {};
  std::size_t rescued = 0;  ///< failures that are not in `counts` because their stages were rescued
  std::chrono::milliseconds duration{0};
  std::vector<std::string> hosts = {};
  std::vector<std::string> stages = {};
  /// run_started: who will go through which stage. Without it every host is taken to go through every stage.
  std::map<std::string, std::vector<std::string>> stage_hosts = {};
  /// run_started: of stages that roll, how many of those hosts, in that order, are in each batch.
  std::map<std::string, std::vector<std::size_t>> stage_batches = {};
  Map facts = {};
  std::map<std::string, std::string> fact_failures = {};  ///< by name of a user's fact: why there is none
  /// What is raised and not delivered, and the stages that will hear it.
  std::map<std::string, std::vector<std::string>> signals = {};
  std::vector<std::string> dropped = {};     ///< signals that are forgotten (or would be, in check mode)
  std::vector<std::string> operations = {};  ///< taken_back: the titles of those that had changed something …
  std::vector<std::string> files = {};       ///< … and the paths that were put back
  bool check = false;
  bool interrupted = false;
};

/// Shows or stores events. Called on one thread.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace espresso

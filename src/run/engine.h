#pragma once

#include "core/error.h"
#include "run/connection.h"
#include "run/event.h"
#include "run/protocol.h"
#include "run/stage_steps.h"
#include "run/workspace.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// What becomes of signals that earlier runs raised and did not deliver, for a run that is about nothing else.
struct LeftSignals {
  std::vector<std::string> names = {};  ///< none: all
  bool drops = false;                   ///< else they are only told
};

struct RunOptions {
  bool check = false;                                                      ///< only check; nothing is changed
  bool diff = false;                                                       ///< results carry unified diffs of files
  std::size_t forks = 0;                                                   ///< hosts under way at the same time; 0: all
  std::chrono::milliseconds operation_timeout = std::chrono::minutes(30);  ///< where the call does not set its own
  std::optional<std::chrono::milliseconds> run_timeout = {};  ///< after that, what runs is ended and nothing begun
  std::map<std::string, Error> refused = {};                  ///< hosts that end so, untouched
  /// In whose name hosts are locked and journals kept; without a run nothing is. The host and its folder are filled in.
  Tenure tenure = {};
  std::chrono::milliseconds lock_renewal = espresso::lock_renewal;
  std::size_t connect_retries = 0;  ///< how often a host that does not answer is tried again
  /// How long a host whose connection was lost is looked for.
  std::chrono::milliseconds reconnect_timeout = std::chrono::minutes(1);
  /// Asked before each stage; null: nobody is. Then the stages in the order of the run, too.
  std::shared_ptr<StageQuestion> stage_question = {};
  std::vector<std::string> stage_order = {};
  /// Tells or drops signals on every host, instead of carrying anything out.
  std::optional<LeftSignals> left_signals = {};
  Mentions facts = {};  ///< every host is asked for these, and the reporter told
  ConnectionOptions connection;
  Connector::Options connector;
  /// Where sessions come from instead of the Connector: hosts in memory, which take no descriptors.
  std::function<awaitable<std::unique_ptr<Session>>(const Host& host)> open_session = {};
};

/// How a run ended.
struct RunResult {
  std::map<std::string, Outcome> hosts;  ///< failed, unreachable, skipped, or the strongest of what its operations had
  bool interrupted = false;
};

/// Carries the plans out on all hosts in parallel; no host waits for another unless a stage says so (StageBoard). A
/// host's trouble ends that host only. Blocks until all hosts are done. While it runs, SIGINT and SIGTERM are taken as
/// interrupts: the first lets running operations finish, the second ends them.
RunResult run_hosts(const Workspace& workspace, std::vector<HostPlan> plans, class Binder& binder,
                    const RunOptions& options, Reporter& reporter);

}  // namespace espresso

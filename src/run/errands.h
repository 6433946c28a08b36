#pragma once

#include "core/error.h"
#include "helpers/operation.h"
#include "run/connection.h"
#include "run/event.h"
#include "run/workspace.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace espresso {

class HostRun;
struct RunContext;

/// An operation of one host's walk that is carried out on another host (`delegate`).
struct Errand {
  std::shared_ptr<const Operation> operation;
  std::string key = {};  ///< what the journal of the host that it is carried out on knows it by
  bool is_done = false;
  std::optional<Result> result = {};     ///< none when it was interrupted before it had begun
  std::function<void()> tell_done = {};  ///< empty: nobody waits for it any more

  void finish(std::optional<Result> outcome);
};

/// What one host has to carry out for others, in the order of asking.
struct ErrandQueue {
  std::deque<std::shared_ptr<Errand>> waiting = {};
  std::set<std::shared_ptr<Errand>> under_way = {};
  bool is_closed = false;  ///< nothing more comes
  /// This run goes through the host as well, in a session and with a lock of its own.
  bool is_beside_own_walk = false;

  bool is_over() const { return is_closed && waiting.empty(); }
};

/// The hosts that carry out operations for others. Each has a session for that, opened when it is first asked and kept
/// to the end of the run, and does one operation after the other, whoever asks.
class Errands {
 public:
  /// Runs a host; `ended` is called when it has ended.
  using Start = std::function<void(const std::shared_ptr<HostRun>& host, std::function<void()> ended)>;
  /// `walking`: the hosts that this run goes through.
  Errands(RunContext& context, const Workspace& workspace, std::set<std::string> walking, Start start);
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;
  ~Errands();

  /// The host carries it out, in its turn. One that cannot be reached fails it, and all that is asked of it later.
  void ask(const std::string& host, const std::shared_ptr<Errand>& errand);
  /// Nothing more is asked: the hosts take leave.
  void close();
  /// Those that have not ended.
  std::vector<std::shared_ptr<HostRun>> hosts() const;

 private:
  struct Place;

  std::shared_ptr<Place> open(const std::string& host);
  void end(const std::string& host);

  RunContext& context_;
  const Workspace& workspace_;
  const std::set<std::string> walking_;
  const Start start_;
  std::map<std::string, std::shared_ptr<Place>> places_;
  std::map<std::string, Error> lost_;  ///< could not be reached
  bool is_closed_ = false;
};

}  // namespace espresso

#pragma once

#include "run/heard_signals.h"
#include "run/stage_gate.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace espresso {

/// Who is in which stage of a run, through with it, or lost for it: the one place that makes hosts wait for each other.
/// Hosts are numbers, the positions of their names. Knows no clock and no I/O: who waits is woken by a call of `wake`,
/// and asks again.
class StageBoard {
 public:
  using Wake = std::function<void(std::size_t host)>;
  StageBoard(std::vector<std::string> names, Wake wake);

  /// One more host will go through the stage. For a batch, hosts count in this order. All before any host begins.
  void expect(const std::string& stage, std::size_t host, const StageTerms& terms = {});
  /// The host's batch of `rolling` is not through before the host has ended `listener`, too. After both expect().
  void follow(const std::string& rolling, const std::string& listener, std::size_t host);
  const std::string& name_of(std::size_t host) const { return names_[host]; }
  HeardSignals& heard() { return heard_; }

  /// Whether any host goes through the stage in this run.
  bool knows(std::string_view stage) const { return entries_.contains(stage); }
  /// Whether all of them are through, or never will be; if not, the host is woken then.
  bool is_finished(std::string_view stage, std::size_t host);
  /// The hosts on which it did not succeed, folded; empty: none. Of a stage that is finished.
  const std::string& failed_on(std::string_view stage);

  /// Whether the host has ended it otherwise than by getting through.
  bool is_lost_for(std::string_view stage, std::size_t host) const;

  /// The terms that its hosts share; null when it has none.
  StageGate* gate(std::string_view stage);
  /// The host is through with it, or never will be. It has raised these signals.
  void finish(const std::string& stage, std::size_t host, StageEnd end, const std::set<std::string>& signals = {});

 private:
  struct Entry {
    std::size_t remaining = 0;
    std::vector<std::size_t> failed = {};
    std::string failed_names = {};
    std::set<std::size_t> waiting = {};
    std::unique_ptr<StageGate> gate = {};
    /// By host: the gate of the stage to whose batch this one belongs.
    std::unordered_map<std::size_t, StageGate*> follows = {};
  };
  void wake_waiting(Entry& entry);

  std::vector<std::string> names_;
  Wake wake_;
  std::map<std::string, Entry, std::less<>> entries_;
  HeardSignals heard_;
};

}  // namespace espresso

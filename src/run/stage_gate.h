#pragma once

#include "model/stage_terms.h"
#include "model/value.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace espresso {

/// How a host's way through a stage ended. Skipped: it was left out for what happened on other hosts.
enum class StageEnd { through, failed, skipped };

/// What a host is told that wants to begin a stage.
struct Ruling {
  enum class Kind {
    yes,
    wait,  ///< it is woken when it is to ask again
    no,    ///< it leaves the stage out, and what requires it
    done,  ///< another host has done it for all
  };
  Kind kind = Kind::yes;
  std::string why = {};  ///< of no and done
};

/// Who of a stage's hosts may begin it, where its terms make them wait for each other. Knows no clock and no I/O. Hosts
/// are numbers; each question and each end costs about the same however many there are.
class StageGate {
 public:
  /// `name_of` is what a host is called in reasons; `wake` is called for a host that waits, once for each wait.
  struct Hosts {
    std::function<std::string(std::size_t host)> name_of;
    std::function<void(std::size_t host)> wake;
  };
  StageGate(StageTerms terms, Hosts hosts) : terms_(std::move(terms)), hosts_(std::move(hosts)) {}

  /// One more host will come; their order is that of batches. All come before the first question.
  void expect(std::size_t host);
  /// Before a batch is through, the host has to end another stage, too: finish_part().
  void expect_part(std::size_t host);

  /// The host has got to the stage and wants to begin it. Asking again is free, also after a yes.
  Ruling may_begin(std::size_t host);
  /// The host is through with the stage, or never will be. Told once for each host.
  void finish(std::size_t host, StageEnd end);
  void finish_part(std::size_t host, StageEnd end);

  bool runs_once() const { return terms_.run_once; }
  /// Of run_once: whether one host has been through it, for all; if it failed, on which; and what it has registered.
  bool is_done_for_all() const { return is_done_; }
  std::string failed_for_all_on() const { return has_failed_ ? hosts_.name_of(order_[elected_]) : std::string(); }
  const Map& registered() const { return registered_; }
  void set_registered(Map values) { registered_ = std::move(values); }

 private:
  struct Place {
    std::size_t batch = 0;
    std::size_t parts = 1;  ///< stages to end before the batch is through
    bool has_arrived = false;
    bool has_begun = false;
    bool has_ended = false;
    bool has_failed = false;
    bool waits = false;
    bool is_queued = false;  ///< for its turn, with `throttle`
  };
  struct Batch {
    std::size_t end = 0;  ///< the position behind its last host
    std::size_t under_way = 0;
    std::size_t failed_before = 0;  ///< hosts that were lost before its turn had come
  };

  void open();
  Ruling wait(Place& place);
  Ruling closed() const { return {.kind = Ruling::Kind::no, .why = why_closed_}; }
  Ruling may_run_once(std::size_t host, Place& place);
  bool is_held_by_barrier() const { return terms_.barrier && gathered_ < order_.size(); }
  void gather();
  void take_turn(Place& place);
  void leave_turn();
  void end_run_once(std::size_t host, const Place& place, StageEnd end);
  void settle_part(std::size_t host, Place& place, StageEnd end);
  void count_failure(std::size_t host, Place& place);
  void next_batches();
  bool has_too_many_failures() const;
  void close();
  void wake(std::size_t host, Place& place);
  void wake_all(std::size_t first, std::size_t end);

  StageTerms terms_;
  Hosts hosts_;
  std::vector<std::size_t> order_;  ///< the hosts
  std::unordered_map<std::size_t, Place> places_;
  std::vector<Batch> batches_;
  std::size_t open_batch_ = 0;
  std::size_t gathered_ = 0;  ///< hosts that have got to it or have ended
  std::size_t in_it_ = 0;     ///< hosts in it, counted for `throttle`
  std::deque<std::size_t> queue_;
  std::vector<std::size_t> failed_;  ///< hosts, in batches that have begun
  std::string why_closed_;           ///< empty: it is open
  std::size_t elected_ = 0;          ///< of run_once: its position
  bool is_done_ = false;
  bool has_failed_ = false;
  Map registered_;
};

}  // namespace espresso

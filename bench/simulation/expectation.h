#pragma once

#include "simulated_host.h"

#include "run/event.h"
#include "run/workspace.h"

#include <string>
#include <vector>

namespace espresso::simulation {

/// How many operations each host goes through, in three stages: `before`, which all hosts go through at once, `deploy`,
/// which rolls, and `reload`, which listens to the first operation of that.
struct Shape {
  std::size_t hosts = 0;
  std::size_t before = 0;
  std::size_t deploy = 0;
};

/// Looks at a run as it happens, and afterwards, for what must hold: each host ends as its fate has it and alone, each
/// operation is carried out once and told once, no host begins before the batch before its own is through, and none
/// once too many have failed.
class Expectation : public Reporter {
 public:
  /// `terms` are those of the stage that rolls. The hosts must outlive it.
  Expectation(const Shape& shape, const StageTerms& terms, std::vector<SimulatedHost>& hosts);

  void on(const Event& event) override;
  /// The host is about to carry out its next operation.
  void begins_operation(const SimulatedHost& host);
  /// It was looked for, and is not there.
  void is_lost(const SimulatedHost& host) { ends_batch(number_of(host.name)); }

  /// All that is not as it must be, at the end; `hosts` is how each of them ended.
  std::vector<std::string> complaints(const std::map<std::string, Outcome>& hosts);
  const std::map<Outcome, std::size_t>& ends() const { return ends_; }
  std::size_t operations() const { return operations_; }
  std::size_t most_at_once() const { return most_at_once_; }

  static std::string name_of(std::size_t host);

 private:
  struct Told {
    std::uint32_t operations = 0;
    std::uint16_t ends = 0;
    bool has_ended_batch = false;
  };
  struct End {
    Outcome outcome = Outcome::ok;
    std::size_t operations = 0;
  };
  static std::size_t number_of(const std::string& name);
  std::size_t reached_batches() const;
  bool is_failure(const Fate& fate) const;
  bool listens(const Fate& fate) const { return fate.changes == shape_.before; }
  End expected_end(const Fate& fate, bool is_reached) const;
  void ends_batch(std::size_t host);
  void complain(std::string text);

  Shape shape_;
  StageTerms terms_;
  std::vector<SimulatedHost>& hosts_;
  std::vector<Told> told_;
  std::vector<std::size_t> batch_of_;  ///< by host
  std::vector<std::size_t> sizes_;     ///< of the batches
  std::vector<std::size_t> ended_;     ///< so many hosts of each are through with it, or lost
  std::size_t at_once_ = 0;
  std::size_t most_at_once_ = 0;
  std::size_t operations_ = 0;
  std::map<Outcome, std::size_t> ends_;
  std::vector<std::string> complaints_;
};

}  // namespace espresso::simulation

#pragma once

#include "run/event.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// What a check says that a run would do on each host; to be compared with what a later check says.
class Predictions {
 public:
  struct Operation {
    std::string stage;
    std::shared_ptr<const Result> result;
  };
  struct OfHost {
    std::vector<Operation> operations = {};
    std::optional<Event> end = {};  ///< host_finished
  };

  /// Takes from an event of a check what is of use here.
  void note(const Event& event);
  const std::map<std::string, OfHost>& hosts() const { return hosts_; }
  /// Whether the check went through all operations of the host.
  bool is_complete(const std::string& host) const;
  /// In what the host is not as these predictions say, when `now` is told of it; nothing when it is. Both must be
  /// complete for it.
  std::optional<std::string> drift(const std::string& host, const Predictions& now) const;

 private:
  std::map<std::string, OfHost> hosts_;
};

}  // namespace espresso

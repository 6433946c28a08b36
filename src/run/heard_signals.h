#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace espresso {

/// What stages hear from other hosts: who may still raise a signal, and who has. Hosts are numbers. Knows no I/O.
class HeardSignals {
 public:
  using Wake = std::function<void(std::size_t host)>;
  explicit HeardSignals(Wake wake) : wake_(std::move(wake)) {}

  /// `listener` listens to `signal` of these hosts, which the stages `raisers` raise.
  void listen(const std::string& listener, const std::string& signal, const std::vector<std::string>& raisers,
              const std::vector<std::size_t>& hosts);
  /// The host will go through the stage; after all listen().
  void expect(const std::string& stage, std::size_t host);

  /// The host is through with the stage, or never will be; it has raised these.
  void finish(const std::string& stage, std::size_t host, const std::set<std::string>& signals);
  /// A former run, which may be known, has left the signal at the host. Returns the stages of this run that will hear
  /// it: what has begun already does not.
  std::vector<std::string> raise_left(const std::string& signal, std::size_t host, const std::string& run = {});

  bool listens(std::string_view listener) const { return ears_.contains(listener); }
  /// Whether nobody can raise any more what the stage listens to; if not, the host is woken then.
  bool is_settled(std::string_view listener, std::size_t host);
  /// The hosts that have raised it, each with the runs in which it did: empty for this one, or one that is not known.
  using Raisers = std::map<std::size_t, std::set<std::string>>;
  const Raisers& raised_by(std::string_view listener) const;

  /// The host keeps no longer what was heard, or `is_known` is false: it may still, and nobody can tell. The first word
  /// counts.
  void acknowledge(std::size_t host, bool is_known);
  /// Which of that; nothing yet: the other host is woken then.
  std::optional<bool> has_acknowledged(std::size_t host, std::size_t waiting);

 private:
  struct Ear {
    std::size_t awaited = 0;  ///< hosts times stages
    Raisers raised_by = {};
    std::set<std::size_t> waiting = {};
    bool has_begun = false;  ///< somebody was told that it is settled
  };
  struct Source {
    std::string listener;
    std::string signal;
    std::unordered_set<std::size_t> hosts;
  };

  Wake wake_;
  std::map<std::string, Ear, std::less<>> ears_;  ///< by listener
  std::vector<Source> sources_;
  std::map<std::string, std::vector<std::size_t>> by_stage_;  ///< positions in sources_, by the stage that raises
  std::map<std::size_t, bool> acknowledged_;
  std::map<std::size_t, std::set<std::size_t>> waiting_for_word_;  ///< by the host of which it is wanted
};

}  // namespace espresso

#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace espresso {

/// Gathers equal things that hosts said at the same point of a stage, until all hosts that come by have passed it.
class Folding {
 public:
  /// One thing said, and who said it.
  struct Bucket {
    std::string label = {};
    std::string text = {};
    std::string details = {};
    std::vector<std::string> hosts = {};
  };
  /// The point after the last operation of a stage.
  static constexpr std::size_t stage_end = std::numeric_limits<std::size_t>::max();

  /// Who will go through the stage. Of a stage that is not named here, all hosts are expected.
  /// Of a stage whose hosts go through it in batches of these sizes, only those of one batch are waited for.
  void expect(const std::vector<std::string>& hosts, const std::map<std::string, std::vector<std::string>>& stages,
              const std::map<std::string, std::vector<std::size_t>>& batches = {});
  /// The host has passed the next operation of the stage; `said` is null when there is nothing to tell of it.
  void pass(const std::string& stage, const std::string& host, const Bucket* said);
  /// The host is through with the stage.
  void leave(const std::string& stage, const std::string& host, const Bucket* said);
  /// The host is through with everything.
  void leave_all(const std::string& host);

  /// The buckets that are complete now, in order; each is handed out once.
  std::vector<Bucket> take_complete();
  /// All that are left.
  std::vector<Bucket> take_all();

 private:
  struct Point {
    std::size_t passed = 0;
    std::vector<Bucket> buckets = {};
    std::unordered_map<std::string, std::size_t> known = {};  // what was said, to its bucket
  };
  struct Stage {
    std::size_t expected = 0;
    std::unordered_map<std::string, std::size_t> inside = {};  // hosts still to come by, to operations passed
    std::map<std::size_t, std::size_t> left_after = {};        // operations passed, to how many hosts left after them
    std::map<std::size_t, Point> points = {};
  };

  const std::string& part_of(const std::string& stage, const std::string& host) const;
  Stage& enter(const std::string& name, const std::string& host);
  void settle(const Stage& stage, std::size_t at, Point& point);
  static void say(Point& point, const std::string& host, const Bucket& said);
  static void hand_out(Point& point, std::vector<Bucket>& buckets);

  std::vector<std::string> hosts_;
  std::map<std::string, std::vector<std::string>> expected_;
  std::map<std::string, std::unordered_map<std::string, std::string>> parts_;  // by stage and host, that of its batch
  std::unordered_set<std::string> gone_;
  std::vector<std::string> order_;  // stages, or parts of them, as they were first entered
  std::unordered_map<std::string, Stage> stages_;
  std::vector<Bucket> complete_;
};

}  // namespace espresso

#pragma once

#include "model/inventory.h"
#include "model/yaml.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace espresso {

/// Collects groups, hosts and their variables as they are read, and makes the inventory of them: who is in which group,
/// which variable wins. Readers (YAML, a literal list) differ, what they build does not.
class InventoryBuilder {
 public:
  explicit InventoryBuilder(Diagnostics& diagnostics);

  using Id = std::size_t;
  static constexpr Id all = 0;

  Id group(const std::string& name, const Span& span);
  void add_child(Id parent, Id child, const Span& span);
  Id host(const std::string& name);
  void add_host(Id group, Id host);
  void set_group_variable(Id group, const std::string& name, Value value, const Span& span);
  void set_host_variable(Id host, const std::string& name, const Value& value, const Span& span);

  /// Circles of groups are mistakes. Variables are merged (peers: all < parents < children < host; groups of the same
  /// depth by priority, then by name).
  Inventory build();

 private:
  struct Draft {
    std::shared_ptr<Group> group;
    Span span;
    std::vector<Id> children, parents, hosts;
    std::vector<Span> child_spans;
    std::size_t depth = 0;
    std::int64_t priority = 1;
  };
  struct HostDraft {
    std::shared_ptr<Host> host;
    std::vector<Id> groups;
    Variables own;
  };

  void name_circle(std::vector<Id> path);
  bool find_circles();
  void set_depths();
  void add_ungrouped();
  std::vector<Id> groups_of(const HostDraft& host) const;
  void merge(HostDraft& host, const std::vector<Id>& groups);

  Diagnostics& diagnostics_;
  std::vector<Draft> groups_;
  std::vector<HostDraft> hosts_;
  std::unordered_map<std::string, Id> group_ids_;
  std::unordered_map<std::string, Id> host_ids_;
};

}  // namespace espresso

#pragma once

#include "model/inventory.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace espresso {

/// Collects groups, hosts and their variables as they are read, and makes the inventory of them: who is in which group,
/// which variable wins. Readers (YAML, INI, programs, a literal list, files of variables) differ, what they build does
/// not.
class InventoryBuilder {
 public:
  explicit InventoryBuilder(Diagnostics& diagnostics);

  using Id = std::size_t;
  static constexpr Id all = 0;

  Id group(const std::string& name, const Span& span);
  /// Only when there is one already.
  std::optional<Id> find_group(const std::string& name) const;
  std::optional<Id> find_host(const std::string& name) const;
  std::vector<std::string> group_names() const;
  void add_child(Id parent, Id child, const Span& span);
  Id host(const std::string& name);
  void add_host(Id group, Id host);
  void set_group_variable(Id group, const std::string& name, Value value, const Span& span);
  void set_host_variable(Id host, const std::string& name, const Value& value, const Span& span);
  /// Those of group_vars/ and host_vars/ in a folder; folders count from 0, later ones stand above.
  void set_group_variable(Id group, std::size_t folder, const std::string& name, Value value, const Span& span);
  void set_host_variable(Id host, std::size_t folder, const std::string& name, Value value, const Span& span);

  /// Circles of groups are mistakes. Variables are merged as in Ansible: what inventories say of groups (`all` <
  /// parents < children; groups of the same depth by priority, then by name) < group_vars/all of each folder <
  /// group_vars/ of the other groups, folder by folder < what inventories say of the host < host_vars/, folder by
  /// folder.
  Inventory build();

 private:
  struct Draft {
    std::shared_ptr<Group> group;
    Span span;
    std::vector<Id> children, parents, hosts;
    std::vector<Span> child_spans;
    Variables own;
    std::vector<Variables> files;  ///< of each folder
    std::size_t depth = 0;
    std::int64_t priority = 1;
  };
  struct HostDraft {
    std::shared_ptr<Host> host;
    std::vector<Id> groups;
    Variables own;
    std::vector<Variables> files;
  };

  void set_priority(Draft& group, const Value& value, const Span& span);
  void name_circle(std::vector<Id> path);
  bool find_circles();
  void set_depths();
  void add_ungrouped();
  std::vector<Id> groups_of(const HostDraft& host) const;
  void merge(HostDraft& host, const std::vector<Id>& groups);
  using Layers = std::vector<const Variables*>;
  Layers layers_of(const std::vector<Id>& groups) const;
  void lay_settings(Host& host, Layers of_groups, const Layers& of_host);

  Diagnostics& diagnostics_;
  std::size_t folders_ = 0;
  bool is_full_ = false;  ///< and this was told
  std::vector<Draft> groups_;
  std::vector<HostDraft> hosts_;
  std::map<Layers, std::shared_ptr<const std::vector<SettingsOverlay>>> settings_of_groups_;
  std::unordered_map<std::string, Id> group_ids_;
  std::unordered_map<std::string, Id> host_ids_;
};

}  // namespace espresso

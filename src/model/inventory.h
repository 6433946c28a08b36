#pragma once

#include "core/diagnostic.h"
#include "model/value.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace espresso {

/// Where the value of a variable comes from.
struct Origin {
  enum class Level { group, host, command_line };
  Level level = Level::host;
  std::string owner;  ///< name of the group or host; "-e" on the command line
  Span span;
};

/// Variables in effect, with where each comes from.
class Variables {
 public:
  const Map& values() const { return values_; }
  const Origin* origin(std::string_view name) const;
  /// In the order of `values`.
  const std::vector<Origin>& origins() const { return origins_; }
  void set(std::string name, Value value, Origin origin);
  /// Room for as many, when that is known.
  void reserve(std::size_t count);

 private:
  Map values_;
  std::vector<Origin> origins_;  ///< in the order of `values_`
};

/// Settings that a group or host lays over the configuration: its variable `config`.
struct SettingsOverlay {
  Value settings;
  Origin origin;
};

/// One target, with all its variables merged: group (parent before child, `all` first) < host < command line.
struct Host {
  std::string name;
  std::vector<std::string> groups;  ///< all groups it is in, also through children; sorted; without `all`
  Variables variables;              ///< without `config`
  /// What is laid over the configuration, lowest first; nullptr: nothing. Hosts of the same groups share it.
  std::shared_ptr<const std::vector<SettingsOverlay>> settings = {};
};

struct Group {
  std::string name;
  std::vector<std::string> hosts;     ///< its own, in order of appearance
  std::vector<std::string> children;  ///< names
  Variables variables;
};

/// What exists: hosts and groups.
class Inventory {
 public:
  /// Reads Ansible's YAML inventory shape (all: hosts, vars, children; nested; ranges web[1:5], web[01-20], [a-f]).
  /// All mistakes at once (unknown keys, wrong kinds, circles of groups), thrown as Mistakes. For files of other
  /// shapes, folders and group_vars/ see inventory_sources.h.
  static Inventory load(const std::filesystem::path& file);
  static Inventory parse(std::shared_ptr<const Source> source);
  /// From a literal list, "user@host:port,[2001:db8::1]:22,web[1-3]": variables user and port as far as given.
  static Inventory from_list(std::string_view list, std::string_view option_name = "--hosts");

  /// Command-line settings `-e`, above all others, on every host.
  void override_variables(const Map& values);

  /// In order of appearance.
  const std::vector<std::shared_ptr<const Host>>& hosts() const { return hosts_; }
  std::shared_ptr<const Host> find_host(std::string_view name) const;
  const Group* find_group(std::string_view name) const;
  /// `all` first, then in order of appearance. `ungrouped` holds the hosts that are in no group.
  const std::vector<std::shared_ptr<const Group>>& groups() const { return groups_; }
  /// All hosts of a group, also of its children, in order of appearance.
  std::vector<std::shared_ptr<const Host>> hosts_of(std::string_view group) const;

  /// The hosts a pattern names, in inventory order, each once. Comma (or colon) separated terms: names, globs, groups,
  /// `&` intersects, `!` excludes, `~regex` (anchored at its start), `@file` (a pattern a line), ranges web[1:5] and
  /// web[1-5], subscripts web[0], web[-1], web[0:2] of a group. As in Ansible, `&` and `!` apply after the rest.
  /// Where web[1:2] could be both, it is the range when all its names are hosts, else the subscript.
  /// A term that names nothing is a mistake at its place in the pattern, with the nearest name. Throws Mistakes.
  std::vector<std::shared_ptr<const Host>> select(std::string_view pattern, const Span& span) const;
  /// The same for text of the command line: the span is the option's text.
  std::vector<std::shared_ptr<const Host>> select_option(std::string_view pattern, std::string_view option) const;

 private:
  friend class InventoryBuilder;
  friend class Selection;
  std::vector<std::shared_ptr<const Host>> hosts_;
  std::vector<std::shared_ptr<const Group>> groups_;
  // Keys are the names of what `hosts_` and `groups_` hold.
  std::unordered_map<std::string_view, std::size_t> host_index_;
  std::unordered_map<std::string_view, std::size_t> group_index_;
  std::size_t position_of(const Host& host) const { return host_index_.at(host.name); }
};

/// "web[1:3]", "web[01-20]", "[a-c]", "x[1:9:2]-[a-b]": all names; several ranges from left to right.
/// Throws std::invalid_argument with what is wrong.
std::vector<std::string> expand_range(std::string_view pattern);
/// Whether the text holds a range, not just a set of characters such as "[abc]".
bool is_range(std::string_view pattern);

}  // namespace espresso

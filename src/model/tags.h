#pragma once

#include "core/diagnostic.h"
#include "model/yaml.h"

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A tag as --tags or --skip-tags names it.
struct ChosenTag {
  std::string name;
  Span span = {};
};

/// Which operations a run is for, by their tags. As in Ansible, some words mean more than themselves: operations that
/// are tagged `always` are in unless that is skipped, those tagged `never` only where one of their tags is named;
/// `all`, `tagged` and `untagged` stand for operations, not for tags.
struct TagChoice {
  std::vector<ChosenTag> only = {};  ///< none: all
  std::vector<ChosenTag> skip = {};

  bool takes(const std::vector<std::string>& tags) const;
  bool is_given() const { return !only.empty() || !skip.empty(); }
  /// Tags that no operation has are mistakes, with the nearest one that some has.
  void check(const std::vector<std::string>& known, Diagnostics& diagnostics) const;
};

/// The tags of an option given several times, each a list with commas.
std::vector<ChosenTag> parse_tags(std::string_view option, const std::vector<std::string>& values,
                                  Diagnostics& diagnostics);

/// The tags that a stage file gives a stage or an operation.
std::vector<std::string> read_tags(const Node& node, Diagnostics& diagnostics);

/// Adds those that `tags` lacks.
void add_tags(const std::vector<std::string>& more, std::vector<std::string>& tags);

}  // namespace espresso

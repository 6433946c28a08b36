#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What a key of the user's files takes.
enum class KeyShape {
  text,
  texts,      ///< one, or a list of them
  condition,  ///< a bare expression
  values,     ///< a list, or an expression that gives one
  name,       ///< of a variable
  truth,      ///< true or false
  duration,
  count,   ///< a number from 1 on
  tries,   ///< a whole number
  share,   ///< a number, or a percentage
  shares,  ///< one, or a list of them
  heard,   ///< a signal, or a mapping with `signal` and `from`, or a list of them
  any,
  type,       ///< of a parameter
  text_sets,  ///< a list of lists of texts
  stages,     ///< a mapping of names to stages; the next ones likewise
  components,
  parameters,
  operations,  ///< a list of operations
  hosts,       ///< a mapping of names to variables, or one name
  variables,   ///< a mapping of names to values
  groups,      ///< a mapping of names to groups
  storages,    ///< a folder or URL, or a mapping with `url`, or a list of them
};

/// A key of a mapping in the user's files: what readers accept, `espresso doc` explains and schemas offer.
struct Key {
  std::string_view name;
  KeyShape shape;
  std::string_view doc;
  bool required = false;
};
using Keys = std::vector<Key>;

const Keys& stage_file_keys();
const Keys& storage_keys();  ///< of a storage that needs more than its URL
const Keys& stage_keys();
const Keys& heard_keys();  ///< of a signal that is raised on other hosts
const Keys& component_keys();
const Keys& parameter_keys();  ///< of a helper or component
const Keys& operation_keys();  ///< those beside the helper
const Keys& group_keys();      ///< of an inventory

std::vector<std::string> names_of(const Keys& keys);

}  // namespace espresso

#include "core/text.h"
#include "ssh/config.h"
#include "ssh/config_words.h"

namespace espresso {

namespace {

using Names = std::vector<std::string>;

Names names_in(std::string_view list) {
  Names names;
  for (auto& name : split(list, ','))
    if (!name.empty()) names.push_back(std::move(name));
  return names;
}

void add_new(Names& names, const Names& more) {
  for (const auto& name : more)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

std::string apply_algorithm_list(std::string_view written, std::string_view defaults, std::string_view supported) {
  if (written.empty()) return std::string(defaults);
  const char mode = written.front();
  const bool has_mode = mode == '+' || mode == '-' || mode == '^';
  const std::string_view list = has_mode ? written.substr(1) : written;
  Names names;
  if (mode == '-') {
    for (auto& name : names_in(defaults))
      if (match_ssh_patterns(name, list) != ListMatch::positive) names.push_back(std::move(name));
    return join(names, ",");
  }
  if (mode == '+') names = names_in(defaults);
  add_new(names, names_in(list));
  if (mode == '^') add_new(names, names_in(defaults));
  if (supported.empty()) return join(names, ",");
  Names known;
  for (const auto& pattern : names)
    for (const auto& name : names_in(supported))
      if (matches_ssh_pattern(name, pattern)) add_new(known, {name});
  return join(known, ",");
}

}  // namespace espresso

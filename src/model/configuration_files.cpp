#include "model/stage_file.h"

#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

constexpr std::string_view local_suffix = ".local";

// Mappings are merged, everything else is replaced.
void lay_over(Map& below, const Map& above) {
  for (const auto& [key, value] : above) {
    Value* existing = below.find(key);
    if (existing && existing->is_map() && value.is_map())
      lay_over(existing->edit_map(), value.as_map());
    else
      below.set(key, value);
  }
}

Map load_namespace(const std::filesystem::path& file, Diagnostics& diagnostics) {
  const Node root = parse_yaml(load_source(file.string()), diagnostics);
  if (root.is_null()) return {};
  if (!root.is_map()) {
    diagnostics.add(root.span, fmt::format("a configuration file is a mapping of settings, not {}", root.describe()));
    return {};
  }
  const Value value = value_of(root, diagnostics);
  return value.is_map() ? value.as_map() : Map();
}

}  // namespace

Map load_configuration(const std::filesystem::path& stages_folder, Diagnostics& diagnostics) {
  Map configuration;
  auto files = yaml_files(stages_folder / "config");
  const auto is_local = [](const std::filesystem::path& file) { return file.stem().string().ends_with(local_suffix); };
  std::stable_partition(files.begin(), files.end(), [&](const auto& file) { return !is_local(file); });
  for (const auto& file : files) {
    std::string name = file.stem().string();
    if (is_local(file)) name.resize(name.size() - local_suffix.size());
    try {
      Map settings;
      settings.set(std::move(name), load_namespace(file, diagnostics));
      lay_over(configuration, settings);
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
  return configuration;
}

}  // namespace espresso

#include "model/configuration.h"
#include "model/ini.h"
#include "model/yaml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>

namespace espresso {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view local_suffix = ".local";

bool is_ini(const fs::path& file) { return file.extension() == ".conf"; }

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& file = entry->path();
    const auto suffix = file.extension();
    const bool is_settings = suffix == ".yaml" || suffix == ".yml" || suffix == ".conf";
    std::error_code ignored;
    if (is_settings && !file.filename().string().starts_with('.') && entry->is_regular_file(ignored))
      files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

Node read(const fs::path& file, Diagnostics& diagnostics) {
  if (is_ini(file)) return parse_ini(load_source(file.string()), diagnostics);
  return load_yaml(file.string(), diagnostics);
}

}  // namespace

Configuration::Configuration(const fs::path& folder, Diagnostics& diagnostics) {
  std::map<std::string, fs::path> of_namespace;
  std::vector<SettingsLayer> local;
  for (const auto& file : files_of((folder / "config").lexically_normal())) {
    std::string name = file.stem().string();
    const bool is_local = name.ends_with(local_suffix);
    if (is_local && is_ini(file)) {
      name.resize(name.size() - local_suffix.size());
      diagnostics.add({.source = load_source(file.string())},
                      fmt::format("what this machine lays over the configuration '{}' is no INI file", name),
                      fmt::format("write config/{}.local.yaml: espresso config set {}.NAME VALUE", name, name));
      continue;
    }
    try {
      const Node root = read(file, diagnostics);
      if (!is_local) {
        const auto [known, is_new] = of_namespace.emplace(name, file);
        if (!is_new)
          diagnostics.add(Diagnostic{.span = root.span,
                                     .message = fmt::format("the configuration '{}' lies in two files", name),
                                     .hint = "keep one of them",
                                     .notes = {{{.source = load_source(known->second.string())}, "the other"}}});
      }
      if (!root.is_map() && !root.is_null()) {
        diagnostics.add(root.span,
                        fmt::format("a configuration file is a mapping of settings, not {}", root.describe()));
        if (!is_local) unread_.push_back(name);
        continue;
      }
      if (is_local) name.resize(name.size() - local_suffix.size());
      Map settings;
      settings.set(name, root.is_null() ? Value(Map()) : value_of(root, diagnostics));
      (is_local ? local : files_)
          .push_back({.level = is_local ? SettingsLayer::Level::local_file : SettingsLayer::Level::file,
                      .owner = file.string(),
                      .settings = std::move(settings),
                      .span = root.span,
                      .node = std::make_shared<const Node>(root),
                      .within = name});
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
      if (!is_local) unread_.push_back(name);
    }
  }
  files_.insert(files_.end(), local.begin(), local.end());
  override_settings({});
}

}  // namespace espresso

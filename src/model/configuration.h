#pragma once

#include "core/diagnostic.h"
#include "model/inventory.h"
#include "model/value.h"
#include "model/yaml.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace espresso {

/// A place that says something of settings.
struct SettingsLayer {
  enum class Level { file, local_file, group, host, command_line };
  Level level = Level::file;
  std::string owner = {};  ///< the file, group or host; "-e"
  Value settings = {};     ///< {NAMESPACE: {…}}
  Span span = {};          ///< of all of it
  /// What `settings` is read from, when its parts have places of their own: below it lies `within`.
  std::shared_ptr<const Node> node = {};
  std::string within = {};  ///< the namespace that `node` is; empty: `node` is a mapping of namespaces
};

/// What a layer says of one setting.
struct SettingFound {
  SettingsLayer::Level level;
  std::string owner;
  Value value;
  Span span;
};

/// All that layers say of one setting, in their order. The last is in effect, unless mappings are merged.
std::vector<SettingFound> find_setting(const std::vector<SettingsLayer>& layers, const std::vector<std::string>& name);

/// "web.http.port" in its parts. Throws Mistakes when one of them is empty; `span` is where it was named.
std::vector<std::string> parse_setting_name(std::string_view name, const Span& span);

/// Settings in namespaces, read as config.NAMESPACE.section.name. Lowest first, mappings merged, all else replaced:
/// config/NAMESPACE.yaml (or .conf) < config/NAMESPACE.local.yaml < variable `config` of groups < that of the host <
/// -e.
class Configuration {
 public:
  Configuration() = default;
  /// Reads config/ below `folder`; it need not be there. Mistakes go to `diagnostics`.
  Configuration(const std::filesystem::path& folder, Diagnostics& diagnostics);

  /// Lays settings of the command line above all others.
  void override_settings(std::vector<SettingsLayer> layers);
  /// Namespaces that no file defines, and mappings that stand where other values do, are mistakes; also in what the
  /// hosts lay over it.
  void check(const std::vector<std::shared_ptr<const Host>>& hosts, Diagnostics& diagnostics) const;

  /// All settings, as this host sees them; without a host those of files and command line.
  const Value& values(const Host* host = nullptr) const;
  /// All that is merged for it, lowest first, with places.
  std::vector<SettingsLayer> layers(const Host* host = nullptr) const;

 private:
  std::vector<SettingsLayer> layers_of(const Host* host, bool with_places) const;
  void check_namespaces(const std::vector<SettingsLayer>& layers, Diagnostics& diagnostics) const;

  std::vector<SettingsLayer> files_;
  std::vector<std::string> unread_;  ///< namespaces whose file could not be read
  std::vector<SettingsLayer> command_line_;
  Value base_ = Map();
  // Hosts of the same groups share what they lay over it.
  mutable std::unordered_map<const void*, Value> merged_;
};

}  // namespace espresso

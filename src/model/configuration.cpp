#include "model/configuration.h"

#include "core/text.h"
#include "model/described.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace espresso {

namespace {

using Path = std::vector<std::string>;

/// What a mapping holds under this name; nullptr: nothing. A section that is null says nothing.
const Value* find_in(const Value& settings, const Path& path) {
  const Value* value = &settings;
  for (const auto& part : path) {
    if (!value->is_map()) return nullptr;
    value = value->as_map().find(part);
    if (!value) return nullptr;
  }
  return value;
}

/// The place of a setting within what was written; as near to it as there are nodes.
Span place_within(const Node& root, const Path& path) {
  const Node* node = &root;
  Span place = root.span;
  for (const auto& part : path) {
    const auto entry =
        std::find_if(node->entries.begin(), node->entries.end(), [&](const auto& e) { return e.key.text == part; });
    if (entry == node->entries.end()) break;
    // As in inventories: by its value, or by its name when the value begins on another line.
    place = entry->value.span.line == entry->key.span.line ? entry->value.span : entry->key.span;
    node = &entry->value;
  }
  return place;
}

const Node* find_written(const Node& node, const Span& span) {
  const auto is_here = [&](const Node& other) {
    return other.span.line == span.line && other.span.column == span.column;
  };
  for (const auto& entry : node.entries) {
    if (entry.key.text == "config" && (is_here(entry.key) || is_here(entry.value))) return &entry.value;
    if (const Node* found = find_written(entry.value, span)) return found;
  }
  return nullptr;
}

/// The variable `config` as it was written. Inventories keep values and the place of the whole; who asks for the place
/// of a part reads the text again.
std::shared_ptr<const Node> written(const Origin& origin) {
  if (!origin.span.source || origin.span.line == 0) return nullptr;
  try {
    Diagnostics ignored;
    const auto root = std::make_shared<const Node>(parse_yaml(origin.span.source, ignored));
    const Node* node = find_written(*root, origin.span);
    return node ? std::shared_ptr<const Node>(root, node) : nullptr;
  } catch (const Mistakes&) {
    return nullptr;  // a program's answer, or an INI file
  }
}

Span place_of(const SettingsLayer& layer, Path path) {
  if (!layer.node) return layer.span;
  if (!layer.within.empty() && !path.empty()) path.erase(path.begin());
  return place_within(*layer.node, path);
}

SettingsLayer layer_of(const SettingsOverlay& overlay, bool with_places) {
  const bool is_host = overlay.origin.level == Origin::Level::host;
  return {.level = is_host ? SettingsLayer::Level::host : SettingsLayer::Level::group,
          .owner = overlay.origin.owner,
          .settings = overlay.settings,
          .span = overlay.origin.span,
          .node = with_places ? written(overlay.origin) : nullptr};
}

/// Lays layers over each other, and finds where a mapping and another value claim the same name.
class Merging {
 public:
  /// Two layers disagree here; `below` are all those that lie under `above`.
  struct Clash {
    Path path;
    std::size_t above;
  };

  explicit Merging(const std::vector<SettingsLayer>& layers) {
    for (std::size_t at = 0; at < layers.size(); ++at) {
      above_ = at;
      if (layers[at].settings.is_map()) lay(merged_, layers[at].settings);
    }
  }

  Value take() { return std::move(merged_); }
  const std::vector<Clash>& clashes() const { return clashes_; }

 private:
  void lay(Value& below, const Value& above) {
    for (const auto& [key, value] : above.as_map()) {
      path_.push_back(key);
      Value* existing = below.edit_map().find(key);
      if (!existing)
        below.edit_map().append(key, value);
      else if (existing->is_map() && value.is_map())
        lay(*existing, value);
      else if (existing->is_map() && value.is_null())
        ;  // a section without settings says nothing
      else if (existing->is_map() != value.is_map() && !existing->is_null())
        clashes_.push_back({.path = path_, .above = above_});
      else
        *existing = value;
      path_.pop_back();
    }
  }

  Value merged_ = Map();
  std::vector<Clash> clashes_;
  Path path_;
  std::size_t above_ = 0;
};

Diagnostic render_clash(const std::vector<SettingsLayer>& layers, const Merging::Clash& clash) {
  const Value* above = find_in(layers[clash.above].settings, clash.path);
  const std::string name = join(clash.path, ".");
  Diagnostic diagnostic{.span = place_of(layers[clash.above], clash.path), .message = {}};
  if (above->is_map()) {
    diagnostic.message = fmt::format("'{}' is no mapping of settings and cannot become one", name);
    diagnostic.hint = "give it another name";
  } else {
    diagnostic.message = fmt::format("'{}' is a mapping of settings and cannot become {}", name, described(*above));
    diagnostic.hint = fmt::format("name the settings in it: {}.NAME", name);
  }
  for (std::size_t at = clash.above; at-- > 0;) {
    const Value* below = find_in(layers[at].settings, clash.path);
    if (!below || below->is_null()) continue;
    diagnostic.notes.push_back({place_of(layers[at], clash.path), "it is set here"});
    break;
  }
  return diagnostic;
}

}  // namespace

std::vector<std::string> parse_setting_name(std::string_view name, const Span& span) {
  Path path = split(name, '.');
  if (std::any_of(path.begin(), path.end(), [](const auto& part) { return part.empty(); })) {
    throw Mistakes(Diagnostic{.span = span,
                              .message = fmt::format("'{}' is no name of a setting", name),
                              .hint = "write NAMESPACE.section.name, as in expressions behind 'config.'"});
  }
  return path;
}

std::vector<SettingFound> find_setting(const std::vector<SettingsLayer>& layers, const Path& name) {
  std::vector<SettingFound> found;
  for (const auto& layer : layers) {
    if (const Value* value = find_in(layer.settings, name))
      found.push_back({.level = layer.level, .owner = layer.owner, .value = *value, .span = place_of(layer, name)});
  }
  return found;
}

void Configuration::override_settings(std::vector<SettingsLayer> layers) {
  command_line_ = std::move(layers);
  base_ = Merging(layers_of(nullptr, false)).take();
  merged_.clear();
}

std::vector<SettingsLayer> Configuration::layers_of(const Host* host, bool with_places) const {
  std::vector<SettingsLayer> layers = files_;
  if (host && host->settings) {
    for (const auto& overlay : *host->settings) layers.push_back(layer_of(overlay, with_places));
  }
  layers.insert(layers.end(), command_line_.begin(), command_line_.end());
  return layers;
}

std::vector<SettingsLayer> Configuration::layers(const Host* host) const { return layers_of(host, true); }

const Value& Configuration::values(const Host* host) const {
  if (!host || !host->settings) return base_;
  Value& merged = merged_[host->settings.get()];
  if (merged.is_null()) merged = Merging(layers_of(host, false)).take();
  return merged;
}

void Configuration::check_namespaces(const std::vector<SettingsLayer>& layers, Diagnostics& diagnostics) const {
  std::vector<std::string> known;
  for (const auto& file : files_) known.push_back(file.settings.as_map().begin()->first);
  known.insert(known.end(), unread_.begin(), unread_.end());
  for (const auto& layer : layers) {
    if (!layer.settings.is_map()) {
      diagnostics.add(layer.span,
                      fmt::format("'config' lays settings over those in config/: it must be a mapping of namespaces, "
                                  "not {}",
                                  described(layer.settings)),
                      "a variable of your own needs another name");
      continue;
    }
    for (const auto& [name, settings] : layer.settings.as_map()) {
      const Span span = place_of(layer, {name});
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string hint = did_you_mean(name, known);
        diagnostics.add(
            span, fmt::format("there is no configuration '{}'", name),
            hint.empty() ? fmt::format("write config/{}.yaml beside the stages; it may be empty", name) : hint);
      } else if (!settings.is_map() && !settings.is_null()) {
        diagnostics.add(span, fmt::format("'{}' is a mapping of settings, not {}", name, described(settings)));
      }
    }
  }
}

void Configuration::check(const std::vector<std::shared_ptr<const Host>>& hosts, Diagnostics& diagnostics) const {
  std::set<const void*> seen;
  std::set<std::string> told;
  const auto check_layers = [&](const Host* host) {
    const auto before = layers_of(host, false);
    Diagnostics found;
    check_namespaces(before, found);
    if (found.empty() && Merging(before).clashes().empty()) return;
    const auto layers = layers_of(host, true);
    Diagnostics placed;
    check_namespaces(layers, placed);
    const Merging merging(layers);
    for (const auto& clash : merging.clashes()) {
      const bool is_of_namespace = clash.path.size() == 1;  // told already: a namespace is a mapping
      if (!is_of_namespace) placed.add(render_clash(layers, clash));
    }
    // What a group says is wrong for all of its hosts alike.
    for (const auto& diagnostic : placed.all()) {
      if (told.insert(diagnostic.span.location() + diagnostic.message).second) diagnostics.add(diagnostic);
    }
  };
  check_layers(nullptr);
  for (const auto& host : hosts) {
    if (host->settings && seen.insert(host->settings.get()).second) check_layers(host.get());
  }
}

}  // namespace espresso

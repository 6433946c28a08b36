#include "model/inventory_variables.h"

#include "model/inventory_value.h"
#include "model/json_nodes.h"
#include "model/yaml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <system_error>

namespace espresso {

namespace {

namespace fs = std::filesystem;

bool is_suffix(std::string_view suffix) {
  constexpr std::array<std::string_view, 4> suffixes = {"", ".yml", ".yaml", ".json"};
  return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with('.') && !name.ends_with('~')) entries.push_back(entry->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void add_files(const fs::path& path, std::vector<fs::path>& files) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : entries_of(path)) {
    const std::string suffix = entry.extension();
    const bool is_folder = fs::is_directory(entry, ignored);
    if (is_folder ? suffix.empty() : is_suffix(suffix)) add_files(entry, files);
  }
}

// One of group_vars/ and host_vars/.
class Reader {
 public:
  Reader(bool of_groups, std::size_t index, InventoryBuilder& builder, Diagnostics& diagnostics)
      : of_groups_(of_groups), index_(index), builder_(builder), diagnostics_(diagnostics) {}

  void read(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::exists(folder, ignored)) return;
    if (!fs::is_directory(folder, ignored)) {
      diagnostics_.add({.source = std::make_shared<Source>(Source{folder.string(), {}})},
                       fmt::format("'{}' is no folder", folder.string()));
      return;
    }
    std::map<InventoryBuilder::Id, fs::path> found;
    for (const auto& entry : entries_of(folder)) {
      const std::string name = entry.filename(), suffix = entry.extension();
      if (const auto owner = find(name)) add(found, *owner, entry);
      if (suffix.empty() || !is_suffix(suffix)) continue;
      if (const auto owner = find(name.substr(0, name.size() - suffix.size()))) add(found, *owner, entry);
    }
    for (const auto& [owner, path] : found) {
      std::vector<fs::path> files;
      add_files(path, files);
      for (const auto& file : files) read_file(owner, file);
    }
  }

 private:
  std::optional<InventoryBuilder::Id> find(const std::string& name) const {
    return of_groups_ ? builder_.find_group(name) : builder_.find_host(name);
  }

  // Ansible takes the first of "web", "web.yml", "web.yaml" and "web.json", and says nothing of the others.
  void add(std::map<InventoryBuilder::Id, fs::path>& found, InventoryBuilder::Id owner, const fs::path& path) {
    const auto [known, is_new] = found.emplace(owner, path);
    if (is_new) return;
    diagnostics_.add({.source = std::make_shared<Source>(Source{path.string(), {}})},
                     fmt::format("both '{}' and '{}' are for the same {}", known->second.filename().string(),
                                 path.filename().string(), of_groups_ ? "group" : "host"),
                     "make one of them, or a folder of that name with both in it");
  }

  void read_file(InventoryBuilder::Id owner, const fs::path& file) {
    try {
      const auto source = load_source(file.string());
      const bool is_json = file.extension() == ".json" && source->text.starts_with('{');
      const Node root = is_json ? parse_json_nodes(source, diagnostics_) : parse_yaml_of_user(source, diagnostics_);
      if (root.is_map())
        read_variables(owner, root);
      else if (!root.is_null())
        diagnostics_.add(root.span, fmt::format("a file of variables is a mapping, but this is {}", root.describe()),
                         "write 'name: value'");
    } catch (const Mistakes& mistakes) {
      diagnostics_.add(mistakes);
    }
  }

  void read_variables(InventoryBuilder::Id owner, const Node& root) {
    if (!root.tag.empty()) value_of(root, diagnostics_);  // tells what is wrong with the tag
    for (const auto& [name, value] : root.entries) {
      const Span& span = place_of_variable(name, value);
      if (!of_groups_) {
        builder_.set_host_variable(owner, index_, name.text, inventory_value(value, diagnostics_), span);
      } else if (name.text == "ansible_group_priority") {
        diagnostics_.add(name.span, "'ansible_group_priority' has no effect in a file of variables",
                         "write it into the inventory itself, among the variables of the group");
      } else {
        builder_.set_group_variable(owner, index_, name.text, inventory_value(value, diagnostics_), span);
      }
    }
  }

  bool of_groups_;
  std::size_t index_;
  InventoryBuilder& builder_;
  Diagnostics& diagnostics_;
};

}  // namespace

void read_variable_folders(const fs::path& folder, std::size_t index, InventoryBuilder& builder,
                           Diagnostics& diagnostics) {
  Reader(true, index, builder, diagnostics).read(folder / "group_vars");
  Reader(false, index, builder, diagnostics).read(folder / "host_vars");
}

}  // namespace espresso

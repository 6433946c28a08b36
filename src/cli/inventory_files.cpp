#include "cli/inventory_files.h"

#include "model/inventory_builder.h"
#include "model/stage_file.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace espresso {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> default_places() {
  std::vector<fs::path> places = {"inventory.yaml", "inventory.yml", "inventory"};
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config && *config) {
    places.push_back(fs::path(config) / "espresso/inventory.yaml");
  } else if (home && *home) {
    places.push_back(fs::path(home) / ".config/espresso/inventory.yaml");
  }
  places.push_back("/etc/espresso/inventory.yaml");
  return places;
}

std::optional<fs::path> default_inventory() {
  std::error_code ignored;
  for (const auto& place : default_places()) {
    if (fs::is_directory(place, ignored) ? !yaml_files(place).empty() : fs::exists(place, ignored)) return place;
  }
  return std::nullopt;
}

// One after the other into one builder; what later ones say stands above.
void add_to(InventoryBuilder& builder, const Inventory& inventory) {
  for (const auto& group : inventory.groups()) {
    if (group->name == "ungrouped") continue;
    const auto id = group->name == "all" ? InventoryBuilder::all : builder.group(group->name, {});
    for (const auto& [name, value] : group->variables.values()) {
      const Origin* origin = group->variables.origin(name);
      builder.set_group_variable(id, name, value, origin ? origin->span : Span{});
    }
  }
  for (const auto& host : inventory.hosts()) {
    const auto id = builder.host(host->name);
    builder.add_host(InventoryBuilder::all, id);
    for (const auto& [name, value] : host->variables.values()) {
      const Origin* origin = host->variables.origin(name);
      if (origin && origin->level == Origin::Level::host) builder.set_host_variable(id, name, value, origin->span);
    }
  }
  for (const auto& group : inventory.groups()) {
    if (group->name == "ungrouped" || group->name == "all") continue;
    const auto id = builder.group(group->name, {});
    for (const auto& host : group->hosts) builder.add_host(id, builder.host(host));
    for (const auto& child : group->children) builder.add_child(id, builder.group(child, {}), {});
  }
}

class Loader {
 public:
  explicit Loader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void add(const std::string& name) {
    std::error_code ignored;
    if (name.find(',') != std::string::npos) {
      attempt([&] { return Inventory::from_list(name, "--inventory"); });
    } else if (fs::is_directory(name, ignored)) {
      const auto files = yaml_files(name);
      if (files.empty()) diagnostics_.add({}, fmt::format("the inventory '{}' holds no *.yaml files", name));
      for (const auto& file : files) attempt([&] { return Inventory::load(file); });
    } else {
      attempt([&] { return Inventory::load(name); });
    }
  }

  Inventory take() {
    if (inventories_.size() == 1) return std::move(inventories_.front());
    InventoryBuilder builder(diagnostics_);
    for (const auto& inventory : inventories_) add_to(builder, inventory);
    return builder.build();
  }

 private:
  template <typename Function>
  void attempt(Function&& read) {
    try {
      inventories_.push_back(read());
    } catch (const Mistakes& mistakes) {
      diagnostics_.add(mistakes);
    }
  }

  Diagnostics& diagnostics_;
  std::vector<Inventory> inventories_;
};

}  // namespace

std::optional<LoadedInventory> load_inventory(const Settings& settings, Diagnostics& diagnostics) {
  std::vector<std::string> names = settings.inventories;
  if (names.empty()) {
    if (const auto found = default_inventory()) names.push_back(found->string());
  }
  if (names.empty() && !settings.hosts.empty()) {
    return LoadedInventory{.inventory = Inventory::from_list(joined_pattern(settings.hosts), "--hosts"),
                           .is_hosts_option = true};
  }
  if (names.empty()) {
    diagnostics.add({}, "there is no inventory",
                    "write inventory.yaml, name a file with -i, or hosts with --hosts user@host,…");
    return std::nullopt;
  }
  const std::size_t before = diagnostics.size();
  Loader loader(diagnostics);
  for (const auto& name : names) loader.add(name);
  if (diagnostics.size() != before) return std::nullopt;
  return LoadedInventory{.inventory = loader.take(), .is_hosts_option = false};
}

}  // namespace espresso

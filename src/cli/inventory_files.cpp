#include "cli/inventory_files.h"

#include "core/text.h"
#include "model/inventory_sources.h"

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
    if (fs::is_directory(place, ignored) ? !inventory_files_in(place).empty() : fs::exists(place, ignored))
      return place;
  }
  return std::nullopt;
}

}  // namespace

std::optional<LoadedInventory> load_inventory(const Settings& settings, const std::optional<fs::path>& stages_folder,
                                              std::vector<std::string>& notes, Diagnostics& diagnostics) {
  InventorySources sources{.names = settings.inventories, .beside = stages_folder};
  LoadedInventory loaded;
  if (sources.names.empty()) {
    sources.runs_programs = false;
    if (const auto found = default_inventory()) sources.names.push_back(found->string());
  }
  if (sources.names.empty() && !settings.hosts.empty()) {
    // The comma keeps the name of a file from being taken for a file.
    sources.names.push_back(joined_pattern(settings.hosts) + ",");
    sources.option = "--hosts";
    loaded.is_hosts_option = true;
  }
  if (sources.names.empty()) {
    diagnostics.add({}, "there is no inventory",
                    "write inventory.yaml, name a file with -i, or hosts with --hosts user@host,…");
    return std::nullopt;
  }
  sources.bounds.heard = [&notes](const std::string& called, std::string_view said) {
    for (const auto& line : split(said, '\n')) notes.push_back(called + ": " + line);
  };
  loaded.inventory = load_inventory_sources(sources);
  return loaded;
}

}  // namespace espresso

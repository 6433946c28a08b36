#include "model/inventory_sources.h"

#include "core/text.h"
#include "model/inventory_builder.h"
#include "model/inventory_readers.h"
#include "model/inventory_variables.h"
#include "model/json_nodes.h"
#include "model/sealed.h"
#include "model/vault.h"
#include "model/yaml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include <unistd.h>

namespace espresso {

namespace {

namespace fs = std::filesystem;

enum class Kind { program, yaml, json, ini, toml };

// What such folders hold besides inventories: ansible-core's INVENTORY_IGNORE_EXTS, where .ini is ignored no more.
bool is_passed_over(const std::string& name) {
  constexpr std::array<std::string_view, 12> suffixes = {".pyc", ".pyo", ".swp", ".bak",  "~",    ".rpm",
                                                         ".md",  ".txt", ".rst", ".orig", ".cfg", ".retry"};
  if (name.starts_with('.') || name == "group_vars" || name == "host_vars" || name == "vars_plugins") return true;
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) { return name.ends_with(suffix); });
}

Span span_of_file(const std::string& path) { return {.source = std::make_shared<Source>(Source{path, {}})}; }

// "#!" or the magic of ELF: what an executable file without them holds is text.
bool begins_as_program(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> bytes{};
  file.read(bytes.data(), bytes.size());
  const std::string_view head(bytes.data(), static_cast<std::size_t>(file.gcount()));
  return head.starts_with("#!") || head ==
                                       "\x7f"
                                       "ELF";
}

// Whether the first line that says anything is one of YAML: "---", "%YAML", "key:" or "key: value".
bool begins_as_yaml(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[' || line[0] == ';') return false;
    return line == "---" || line.starts_with("--- ") || line.starts_with("%YAML") || line[0] == '{' ||
           line.ends_with(':') || line.find(": ") != std::string_view::npos;
  }
  return false;
}

Kind kind_of_text(const fs::path& path, const std::string& text) {
  const std::string suffix = path.extension();
  if (is_vault(text) || is_sealed(text)) return Kind::yaml;
  if (suffix == ".toml") return Kind::toml;
  if (suffix == ".json" || (suffix.empty() && trim(text).starts_with('{'))) return Kind::json;
  if (suffix == ".yaml" || suffix == ".yml" || (suffix.empty() && begins_as_yaml(text))) return Kind::yaml;
  return Kind::ini;
}

class Loader {
 public:
  explicit Loader(const InventorySources& sources) : sources_(sources), builder_(diagnostics_) {}

  Inventory load() {
    for (const auto& name : sources_.names) read(name);
    if (sources_.beside) add_folder(*sources_.beside);
    std::size_t index = 0;
    for (const auto& folder : folders_) read_variable_folders(folder.path, index++, builder_, diagnostics_);
    Inventory inventory = builder_.build();
    diagnostics_.throw_if_any();
    return inventory;
  }

 private:
  struct Folder {
    fs::path path, real_path;
  };

  void read(const std::string& name) {
    std::error_code ignored;
    if (name.find(',') != std::string::npos && !fs::exists(name, ignored)) {
      read_host_list(std::make_shared<Source>(Source{sources_.option, name}), builder_, diagnostics_);
    } else if (fs::is_directory(name, ignored)) {
      const auto files = inventory_files_in(name);
      if (files.empty())
        diagnostics_.add({}, fmt::format("the inventory '{}' holds no files", name),
                         "write one into it, such as hosts.yaml");
      for (const auto& file : files) read_file(file.string());
      add_folder(name);
    } else {
      read_file(name);
      add_folder(fs::path(name).parent_path());
    }
  }

  // Files that lie beside two sources stand as high as the later one.
  void add_folder(const fs::path& folder) {
    std::error_code ignored;
    const fs::path real_path = fs::weakly_canonical(folder.empty() ? "." : folder, ignored);
    std::erase_if(folders_, [&](const Folder& known) { return known.real_path == real_path; });
    folders_.push_back({folder == "." ? fs::path() : folder, real_path});
  }

  void read_file(const std::string& path) {
    try {
      if (is_program(path))
        read_program_inventory(path, sources_.bounds, builder_, diagnostics_);
      else
        read_text(path);
    } catch (const Mistakes& mistakes) {
      diagnostics_.add(mistakes);
    }
  }

  bool is_program(const std::string& path) {
    if (!begins_as_program(path)) return false;
    if (::access(path.c_str(), X_OK) != 0)
      throw Mistakes(Diagnostic{.span = span_of_file(path),
                                .message = "this begins as a program ('#!'), but it may not be executed",
                                .hint = fmt::format("chmod +x {}", path)});
    if (!sources_.runs_programs)
      throw Mistakes(Diagnostic{.span = span_of_file(path),
                                .message = "this is a program, which is not run unless it is asked for",
                                .hint = fmt::format("name it, or its folder: -i {}", path)});
    return true;
  }

  void read_text(const std::string& path) {
    const auto source = load_source(path);
    switch (kind_of_text(path, source->text)) {
      case Kind::json:
        return read_yaml_inventory(parse_json_nodes(source, diagnostics_), builder_, diagnostics_);
      case Kind::yaml:
        return read_yaml_inventory(parse_yaml_of_user(source, diagnostics_), builder_, diagnostics_);
      case Kind::toml:
        diagnostics_.add(span_of_file(path), "inventories in TOML are not read", "write it as YAML or INI");
        return;
      default:
        return read_ini_inventory(source, builder_, diagnostics_);
    }
  }

  const InventorySources& sources_;
  Diagnostics diagnostics_;
  InventoryBuilder builder_;
  std::vector<Folder> folders_;
};

void add_files_in(const fs::path& folder, std::vector<fs::path>& files) {
  std::vector<fs::path> entries;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure))
    if (!is_passed_over(entry->path().filename())) entries.push_back(entry->path());
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    std::error_code ignored;
    if (fs::is_directory(entry, ignored))
      add_files_in(entry, files);
    else
      files.push_back(entry);
  }
}

}  // namespace

std::vector<fs::path> inventory_files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  add_files_in(folder, files);
  return files;
}

Inventory load_inventory_sources(const InventorySources& sources) { return Loader(sources).load(); }

}  // namespace espresso

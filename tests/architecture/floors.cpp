#include "floors.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

namespace espresso::testing {

namespace {

// What each floor may include; a name with a slash is one header.
const std::map<std::string, std::vector<std::string>, std::less<>> below = {
    {"core", {"core"}},
    {"model", {"model", "core"}},
    {"ssh", {"ssh", "core"}},
    {"helpers", {"helpers", "model", "core"}},
    {"run", {"run", "helpers", "model", "ssh", "core"}},
    {"report", {"report", "run/event.h", "core"}},
    {"cli", {"cli", "report", "run", "helpers", "model", "ssh", "core"}},
};

/// A third party: how its headers begin, and how the files that may include them begin.
struct Door {
  std::string name;
  std::vector<std::string> headers;
  std::vector<std::string> files;
};

const std::vector<Door> doors = {
    {"yaml-cpp", {"yaml-cpp/"}, {"model/yaml."}},
    {"Lua", {"lua.h", "lauxlib.h", "lualib.h", "lua5"}, {"model/lua_", "model/expression.", "model/template."}},
    {"RE2", {"re2/"}, {"model/lua_regex."}},
    {"libsodium", {"sodium"}, {"model/sealed.", "ssh/ed25519."}},
    {"libssh", {"libssh/"}, {"ssh/"}},
    {"CLI11", {"CLI/"}, {"cli/"}},
    {"spdlog", {"spdlog/"}, {"cli/"}},
    {"nlohmann-json", {"nlohmann/"}, {"model/value.cpp", "report/", "cli/"}},
    {"Asio", {"asio/", "asio.hpp"}, {"core/async.", "ssh/", "run/"}},
};

bool starts_with_any(std::string_view text, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](const auto& one) { return text.starts_with(one); });
}

std::string first_folder(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

/// The header a line includes, and whether it is in quotes.
struct Include {
  std::string header;
  bool is_quoted = false;
};

std::optional<Include> parse_include(std::string_view line) {
  const auto skip = [&](std::string_view token) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.starts_with(token)) return false;
    line.remove_prefix(token.size());
    return true;
  };
  if (!skip("#") || !skip("include")) return std::nullopt;
  const bool is_quoted = skip("\"");
  if (!is_quoted && !skip("<")) return std::nullopt;
  return Include{std::string(line.substr(0, line.find(is_quoted ? '"' : '>'))), is_quoted};
}

std::optional<std::string> objection(const std::string& file, const Include& include) {
  const std::string floor = first_folder(file), target = first_folder(include.header);
  if (include.is_quoted && target == include.header) return "'" + include.header + "' is not named by its floor";
  const bool stands_on_top = floor == file;  // in no folder: what others include of all floors
  if (below.contains(target) && !stands_on_top) {
    const auto allowed = below.find(floor);
    if (allowed == below.end()) return "'" + floor + "' is no floor";
    const bool is_below = std::any_of(allowed->second.begin(), allowed->second.end(),
                                      [&](const auto& one) { return one == target || one == include.header; });
    if (!is_below) return floor + " must not include '" + include.header + "'";
  }
  for (const auto& door : doors) {
    if (starts_with_any(include.header, door.headers) && !starts_with_any(file, door.files))
      return "'" + include.header + "' is " + door.name + ", whose door this file is not";
  }
  return std::nullopt;
}

}  // namespace

Includes check_includes(const std::filesystem::path& source) {
  Includes result;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
    const auto extension = entry.path().extension();
    if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
    const std::string file = entry.path().lexically_relative(source).generic_string();
    std::ifstream stream(entry.path());
    std::size_t number = 0;
    for (std::string line; std::getline(stream, line);) {
      ++number;
      const auto include = parse_include(line);
      if (!include) continue;
      ++result.count;
      if (const auto found = objection(file, *include))
        result.violations.push_back(file + ":" + std::to_string(number) + ": " + *found);
    }
  }
  std::sort(result.violations.begin(), result.violations.end());
  return result;
}

}  // namespace espresso::testing

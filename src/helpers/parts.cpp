#include "helpers/parts.h"

#include "core/embedded.h"
#include "core/text.h"

#include <map>

namespace espresso {

extern const std::vector<EmbeddedText> embedded_helpers;

namespace {

constexpr std::string_view folder = "parts/";
constexpr std::string_view extension = ".sh";

const std::map<std::string, std::string, std::less<>>& parts() {
  static const auto all = [] {
    std::map<std::string, std::string, std::less<>> found;
    for (const auto& file : embedded_helpers) {
      std::string_view name = file.name;
      if (!name.starts_with(folder)) continue;
      name.remove_prefix(folder.size());
      name.remove_suffix(extension.size());
      found.emplace(name, without_comments(file.text));
    }
    return found;
  }();
  return all;
}

}  // namespace

const std::string* find_part(std::string_view name) {
  const auto found = parts().find(name);
  return found == parts().end() ? nullptr : &found->second;
}

std::vector<std::string> part_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : parts()) names.push_back(name);
  return names;
}

std::string without_comments(std::string_view script) {
  std::string kept;
  for (const auto& line : split(script, '\n')) {
    const auto text = trim(line);
    if (!text.empty() && !text.starts_with('#')) kept += line + "\n";
  }
  return kept;
}

}  // namespace espresso

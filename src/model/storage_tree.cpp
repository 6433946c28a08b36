#include "model/storage_tree.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/private_file.h"
#include "model/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdlib.h>

namespace espresso {

namespace {

namespace fs = std::filesystem;

// Hosts get these: what a store of objects holds has no modes.
constexpr auto folder_mode = static_cast<fs::perms>(0755);
constexpr auto file_mode = static_cast<fs::perms>(0644);

std::string identity_of(const std::vector<TreePart>& parts) {
  Sha256 hash;
  for (const auto& part : parts) {
    hash.add(part.path);
    hash.add(std::string_view("\0", 1));
    hash.add(part.content.filename().native());
    hash.add(std::string_view("\0", 1));
  }
  return hash.finish().substr(0, 40);
}

void make_folder(const fs::path& folder) {
  fs::create_directories(folder);
  fs::permissions(folder, folder_mode);
}

void put(const fs::path& root, const TreePart& part) {
  const fs::path path = root / part.path;
  fs::path above = root;
  for (const auto& name : fs::path(part.path).parent_path()) make_folder(above /= name);
  if (part.content.empty()) return;  // a folder, made above
  fs::permissions(part.content, file_mode);
  std::error_code error;
  fs::create_hard_link(part.content, path, error);
  if (error == std::errc::file_exists) throw fs::filesystem_error("there is a folder of this name", path, error);
  if (error) fs::copy_file(part.content, path);  // there are so many links that no more can be
}

void fill(const fs::path& folder, const std::vector<TreePart>& parts) {
  make_folder(folder);
  for (const auto& part : parts) put(folder, part);
}

fs::path names_file(const fs::path& cache, const std::string& name) {
  return cache / ("names-" + sha256(name).substr(0, 40) + ".json");
}

}  // namespace

fs::path make_tree(const fs::path& cache, std::vector<TreePart> parts) {
  std::sort(parts.begin(), parts.end(), [](const TreePart& a, const TreePart& b) { return a.path < b.path; });
  const fs::path place = cache / ("tree-" + identity_of(parts));
  std::error_code error;
  fs::last_write_time(place, fs::file_time_type::clock::now(), error);  // it is in use
  if (!error) return place;
  std::string pattern = (cache / "tree-new-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw Error(fmt::format("cannot make a folder in '{}'", cache.string()));
  try {
    fill(pattern, parts);
    fs::rename(pattern, place, error);  // fails when another process was first, with the same
    if (error) fs::remove_all(pattern);
    if (error && !fs::is_directory(place)) throw fs::filesystem_error("cannot rename", place, error);
  } catch (const fs::filesystem_error& trouble) {
    fs::remove_all(pattern, error);
    throw Error(fmt::format("cannot make a folder of objects: {}: {}",
                            trouble.path1().lexically_relative(pattern).string(), trouble.code().message()),
                "an object may be named like a folder of others");
  }
  return place;
}

std::optional<std::vector<std::string>> read_tree_names(const fs::path& cache, const std::string& name) {
  std::ifstream stream(names_file(cache, name), std::ios::binary);
  if (!stream) return std::nullopt;
  try {
    const Value value = parse_json(std::string{std::istreambuf_iterator<char>(stream), {}});
    std::vector<std::string> names;
    for (const auto& item : value.as_list()) names.push_back(item.as_string());
    return names;
  } catch (const std::exception&) {
    return std::nullopt;  // as if it were not there
  }
}

void write_tree_names(const fs::path& cache, const std::string& name, const std::vector<std::string>& names) {
  List list;
  for (const auto& one : names) list.push_back(one);
  write_private_file(names_file(cache, name), to_json(std::move(list)));
}

}  // namespace espresso

#include "cli/skeleton.h"

#include "core/diagnostic.h"
#include "core/embedded.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>

namespace espresso {

extern const std::vector<EmbeddedText> embedded_skeleton;

namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

std::string no_folder(const fs::path& path) { return fmt::format("'{}' is there and is no folder", path.string()); }

[[noreturn]] void cannot(std::string_view what, const fs::path& path, const std::error_code& error) {
  throw Mistakes(
      Diagnostic{.span = {}, .message = fmt::format("cannot {} '{}': {}", what, path.string(), error.message())});
}

// All the folders of `folder` and its files, those above first.
std::set<fs::path> folders_below(const fs::path& folder) {
  std::set<fs::path> folders;
  for (const auto& file : embedded_skeleton) {
    for (fs::path parent = fs::path(file.name).parent_path(); !parent.empty(); parent = parent.parent_path())
      folders.insert(folder / parent);
  }
  return folders;
}

void refuse_what_is_there(const fs::path& folder) {
  Diagnostics diagnostics;
  std::error_code ignored;
  for (const auto& path : folders_below(folder)) {
    if (is_there(path) && !fs::is_directory(path, ignored)) diagnostics.add({}, no_folder(path));
  }
  for (const auto& file : embedded_skeleton) {
    const fs::path path = folder / file.name;
    if (is_there(path)) diagnostics.add({}, fmt::format("'{}' is there already", path.string()));
  }
  if (diagnostics.empty()) return;
  auto all = diagnostics.all();
  all.back().hint = "choose another folder, or move these away: 'espresso init' overwrites nothing";
  throw Mistakes(std::move(all));
}

/// What came to be, and goes again unless it is kept.
class Beginning {
 public:
  Beginning() = default;
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;
  ~Beginning() {
    std::error_code ignored;
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) fs::remove(*path, ignored);
  }

  void keep() { made_.clear(); }

  void make_folder(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return;
    if (is_there(path)) throw Mistakes(Diagnostic{.span = {}, .message = no_folder(path)});
    if (!path.parent_path().empty()) make_folder(path.parent_path());
    if (fs::create_directory(path, error)) made_.push_back(path);
    if (error) cannot("make", path, error);
  }

  void write(const fs::path& path, std::string_view text) {
    std::FILE* file = std::fopen(path.c_str(), "wbx");  // x: whoever made it meanwhile keeps it (C11, 7.21.5.3)
    if (!file) cannot("write", path, {errno, std::generic_category()});
    made_.push_back(path);
    const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const int write_error = errno;
    if (std::fclose(file) != 0) cannot("write", path, {errno, std::generic_category()});
    if (!is_written) cannot("write", path, {write_error, std::generic_category()});
  }

 private:
  std::vector<fs::path> made_;
};

}  // namespace

std::vector<std::string> write_skeleton(const fs::path& folder) {
  refuse_what_is_there(folder);
  Beginning beginning;
  beginning.make_folder(folder.has_filename() ? folder : folder.parent_path());
  for (const auto& path : folders_below(folder)) beginning.make_folder(path);
  std::vector<std::string> names;
  for (const auto& file : embedded_skeleton) {
    beginning.write(folder / file.name, file.text);
    names.emplace_back(file.name);
  }
  beginning.keep();
  return names;
}

}  // namespace espresso

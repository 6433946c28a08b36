#include "core/error.h"
#include "model/storage.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

namespace fs = std::filesystem;

// Names serve suggestions only: a directory of millions of files must not make a mistake expensive.
constexpr std::size_t max_names = 10'000;

bool stays_inside(const fs::path& name) {
  return !name.empty() && name.is_relative() &&
         std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

bool is_below(const fs::path& path, const fs::path& directory) {
  return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first == directory.end();
}

class DirectoryStorage : public Storage {
 public:
  DirectoryStorage(fs::path named, fs::path root) : named_(std::move(named)), root_(std::move(root)) {}

  Value::Item find(std::string_view name) const override {
    if (name.find('\0') != std::string_view::npos || !stays_inside(name)) return nullptr;
    const fs::path path = root_ / name;
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    if (error || !is_below(real, root_)) return nullptr;
    const fs::file_status status = fs::status(real, error);
    if (status.type() == fs::file_type::not_found) return nullptr;
    if (error) throw Error(fmt::format("cannot read '{}': {}", path.string(), error.message()));
    std::uint64_t size = 0;
    if (fs::is_regular_file(status)) {
      size = fs::file_size(real, error);
      if (error) throw Error(fmt::format("cannot read '{}': {}", path.string(), error.message()));
    } else if (!fs::is_directory(status)) {
      return nullptr;  // reading a socket, a pipe or a device might never end
    }
    return std::make_shared<StorageItem>(StorageItem{.name = std::string(name), .path = path, .size = size});
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(root_, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator() && names.size() < max_names; entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_regular_file(ignored)) names.push_back(entry->path().lexically_relative(root_).generic_string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string describe() const override { return named_.string(); }

 private:
  fs::path named_;
  fs::path root_;
};

}  // namespace

std::unique_ptr<Storage> open_directory_storage(const std::filesystem::path& directory) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) throw Error(fmt::format("cannot open storage '{}': {}", directory.string(), error.message()));
  if (!fs::is_directory(root, error)) {
    throw Error(fmt::format("cannot open storage '{}': not a directory", directory.string()));
  }
  return std::make_unique<DirectoryStorage>(directory, root);
}

}  // namespace espresso

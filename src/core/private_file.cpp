#include "core/private_file.h"

#include "core/descriptor.h"
#include "core/error.h"
#include "core/hash.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace espresso {

namespace {

namespace fs = std::filesystem;

Error cannot(const char* what, const fs::path& path) {
  return Error(fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

void write_all(const Descriptor& file, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t size = ::write(file.number(), text.data(), text.size());
    if (size < 0 && errno != EINTR) throw cannot("write", path);
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
}

Descriptor create(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) throw cannot("write", path);
  return file;
}

void write_synced(const fs::path& path, std::string_view text) {
  const Descriptor file = create(path);
  write_all(file, text, path);
  if (::fsync(file.number()) != 0) throw cannot("write", path);
}

bool is_usable(const char* folder) {
  struct stat status {};
  return folder && *folder && ::stat(folder, &status) == 0 && S_ISDIR(status.st_mode) && ::access(folder, W_OK) == 0;
}

fs::path place_for_secrets() {
  for (const char* folder : std::initializer_list<const char*>{"/dev/shm", std::getenv("XDG_RUNTIME_DIR")}) {
    if (is_usable(folder)) return folder;
  }
  return fs::temp_directory_path();
}

// What it held is gone from a disk, too, as far as the disk lets us.
void overwrite(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  const std::string zeros(static_cast<std::size_t>(status.st_size), '\0');
  if (::write(file.number(), zeros.data(), zeros.size()) >= 0) ::fdatasync(file.number());
}

}  // namespace

void write_private_file(const fs::path& path, std::string_view text) { FreshPrivateFile(path, text).put_in_place(); }

FreshPrivateFile::FreshPrivateFile(fs::path path, std::string_view text)
    : path_(std::move(path)),
      fresh_(path_.parent_path() / fmt::format(".{}.{}", path_.filename().string(), random_hex(8))) {
  try {
    write_synced(fresh_, text);
  } catch (const Error&) {
    ::unlink(fresh_.c_str());
    throw;
  }
}

FreshPrivateFile::~FreshPrivateFile() {
  if (!fresh_.empty()) ::unlink(fresh_.c_str());
}

void FreshPrivateFile::put_in_place() {
  if (::rename(fresh_.c_str(), path_.c_str()) != 0) throw cannot("write", path_);
  fresh_.clear();
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  const Descriptor place(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (place) ::fsync(place.number());
}

PrivateFolder::PrivateFolder(const std::string& file_name, std::string_view text) {
  std::string pattern = (place_for_secrets() / "espresso-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw cannot("make a folder in", fs::path(pattern).parent_path());
  folder_ = pattern;
  file_ = folder_ / file_name;
  try {
    write_all(create(file_), text, file_);
  } catch (const Error&) {
    ::rmdir(folder_.c_str());
    throw;
  }
}

PrivateFolder::~PrivateFolder() {
  // Editors leave copies beside it.
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) overwrite(entry.path());
  fs::remove_all(folder_, ignored);
}

}  // namespace espresso

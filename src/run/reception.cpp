#include "run/reception.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace espresso {

namespace fs = std::filesystem;

Reception::~Reception() {
  if (file_ >= 0) ::close(file_);
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
}

void Reception::fail_with_system_error(const std::string& what) {
  problem_ = fmt::format("{} on the workstation: {}", what, std::generic_category().message(errno));
}

void Reception::begin(std::uint64_t size) {
  if (begun_) problem_ = "the host has sent it twice";
  begun_ = true;
  if (!problem_.empty()) return;
  size_ = size;
  if (size > destination_.limit) {
    problem_ = fmt::format("the host announced more bytes than the limit of {}", destination_.limit);
    return;
  }
  const fs::path folder = destination_.path.parent_path();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    problem_ = fmt::format("cannot make '{}' on the workstation: {}", folder.string(), error.message());
    return;
  }
  std::string name = (folder / ".espresso-XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) return fail_with_system_error(fmt::format("cannot make a file in '{}'", folder.string()));
  temporary_ = name;
}

void Reception::take(std::string_view bytes) {
  if (!problem_.empty() || file_ < 0) return;
  if (bytes.size() > size_ - received_) {
    problem_ = "more came than the host had announced";
    return;
  }
  received_ += bytes.size();
  hash_.add(bytes);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_with_system_error(fmt::format("cannot write '{}'", destination_.path.string()));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Reception::end(std::string_view sha256) {
  ended_ = true;
  if (!problem_.empty()) return;
  if (received_ != size_ || hash_.finish() != sha256) problem_ = "it changed while it was being fetched; run again";
}

// A file that was there keeps its mode; a new one has that of temporary files, 0600.
void Reception::put_in_place() {
  const std::string path = destination_.path.string();
  struct stat former {};
  const bool is_there = ::lstat(path.c_str(), &former) == 0 && S_ISREG(former.st_mode);
  const bool is_ready = !is_there || ::fchmod(file_, former.st_mode & 07777) == 0;
  const bool is_closed = ::close(file_) == 0;
  file_ = -1;
  if (is_ready && is_closed && ::rename(temporary_.c_str(), path.c_str()) == 0)
    temporary_.clear();
  else
    fail_with_system_error(fmt::format("cannot put '{}' in place", path));
}

std::string Reception::finish() {
  if (problem_.empty() && !begun_) problem_ = "the host did not send it";
  if (problem_.empty() && !ended_) problem_ = "the host did not send all of it";
  if (problem_.empty()) put_in_place();
  return problem_;
}

}  // namespace espresso

#include "report/journal_file.h"

#include "core/error.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace espresso {

namespace {

using namespace std::chrono_literals;

// What a crash of the machine may cost. Disks that turn sync about a hundred times a second, and others have work, too.
constexpr auto sync_interval = 50ms;

std::string id_of(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds);
  return fmt::format("{:%Y%m%d-%H%M%S}-{:03}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     rest.count());
}

Error cannot(const char* what, const std::filesystem::path& path) {
  return Error(fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

}  // namespace

JournalFile::JournalFile(const std::filesystem::path& folder, std::chrono::system_clock::time_point now) {
  for (;; now += 1ms) {
    id_ = id_of(now);
    path_ = folder / (id_ + ".jsonl");
    // Read, too: locks on NFS want it (flock(2)).
    file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file_) break;
    if (errno != EEXIST) throw cannot("write", path_);
  }
  if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0) throw cannot("lock", path_);
  const Descriptor place(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (place) ::fsync(place.number());
  syncing_ = std::thread([this] { sync_now_and_then(); });
}

JournalFile::~JournalFile() { end_syncing(); }

void JournalFile::add(std::string_view line) {
  while (!line.empty()) {
    const ssize_t size = ::write(file_.number(), line.data(), line.size());
    if (size < 0 && errno != EINTR) throw cannot("write", path_);
    if (size > 0) line.remove_prefix(static_cast<std::size_t>(size));
  }
  const std::lock_guard lock(mutex_);
  if (is_dirty_) return;
  is_dirty_ = true;
  changed_.notify_one();
}

void JournalFile::finish() {
  end_syncing();
  if (::fdatasync(file_.number()) != 0) throw cannot("sync", path_);
}

void JournalFile::discard() { ::unlink(path_.c_str()); }

void JournalFile::sync_now_and_then() {
  std::unique_lock lock(mutex_);
  while (!has_ended_) {
    changed_.wait(lock, [this] { return is_dirty_ || has_ended_; });
    is_dirty_ = false;
    lock.unlock();
    // A disk that cannot is told of at the end: what is there to be done meanwhile?
    ::fdatasync(file_.number());
    lock.lock();
    changed_.wait_for(lock, sync_interval, [this] { return has_ended_; });
  }
}

void JournalFile::end_syncing() {
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  changed_.notify_one();
  if (syncing_.joinable()) syncing_.join();
}

}  // namespace espresso

#include "model/storage_cache.h"

#include "core/error.h"
#include "core/private_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>

namespace espresso {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

// A run that was told of content reads it within this time.
constexpr auto unused_content_stays = 24h;
constexpr auto partial_content_stays = 7 * 24h;
constexpr std::string_view content_prefix = "content-";

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw Error(fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)),
              "XDG_CACHE_HOME names another folder for what is fetched");
}

fs::path cache_home() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return cache;
  const char* home = std::getenv("HOME");
  if (home && *home) return fs::path(home) / ".cache";
  throw Error("there is no folder for what is fetched", "set HOME or XDG_CACHE_HOME");
}

Map read_map(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return {};
  try {
    Value value = parse_json(std::string{std::istreambuf_iterator<char>(stream), {}});
    return value.is_map() ? value.as_map() : Map();
  } catch (const std::exception&) {
    return {};  // as if it were not there: it is fetched again
  }
}

std::string text_in(const Map& map, std::string_view key) {
  const Value* value = map.find(key);
  return value && value->is_string() ? value->as_string() : std::string();
}

bool is_older_than(const fs::path& file, std::chrono::hours age) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  return !error && fs::file_time_type::clock::now() - written > age;
}

void sweep(const fs::path& folder) {
  const fs::path mark = folder / "swept";
  std::error_code error;
  if (fs::exists(mark, error) && !is_older_than(mark, unused_content_stays)) return;
  std::set<std::string> used;
  std::vector<fs::path> candidates;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
    const std::string name = path.filename().string();
    if (path.extension() == ".json") used.insert(std::string(content_prefix) + text_in(read_map(path), "sha256"));
    if (name.starts_with(content_prefix) && is_older_than(path, unused_content_stays)) candidates.push_back(path);
    if (name.starts_with("tree-") && is_older_than(path, unused_content_stays)) fs::remove_all(path, error);
    if (path.extension() == ".part" && is_older_than(path, partial_content_stays)) fs::remove(path, error);
  }
  for (const auto& path : candidates) {
    if (!used.contains(path.filename().string())) fs::remove(path, error);
  }
  write_private_file(mark, "");
}

}  // namespace

fs::path open_cache_folder(const std::string& identity) {
  const fs::path folder = cache_home() / "espresso" / "storage" / sha256(identity).substr(0, 32);
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail("make the folder", folder);
  if (::chmod(folder.c_str(), 0700) != 0) fail("use the folder", folder);
  sweep(folder);
  return folder;
}

CachedObject::CachedObject(fs::path folder, const std::string& name)
    : folder_(std::move(folder)), name_(name), key_(sha256(name).substr(0, 40)) {
  const fs::path lock = beside(".lock");
  lock_ = Descriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_ || ::flock(lock_.number(), LOCK_EX) != 0) fail("lock", lock);
  const Map about = read_map(beside(".json"));
  is_known_missing_ = about.find("missing") != nullptr;
  Known known{.version = {.etag = text_in(about, "etag"), .last_modified = text_in(about, "last_modified")},
              .sha256 = text_in(about, "sha256")};
  std::error_code error;
  known.size = known.sha256.empty() ? 0 : fs::file_size(path_of(known), error);
  const Value* size = about.find("size");
  const bool is_whole =
      !error && size && size->is_integer() && size->as_integer() == static_cast<std::int64_t>(known.size);
  if (!known.sha256.empty() && is_whole) known_ = std::move(known);
}

fs::path CachedObject::path_of(const Known& known) const {
  return folder_ / (std::string(content_prefix) + known.sha256);
}

CachedObject::Partial CachedObject::partial() const {
  const std::string etag = text_in(read_map(beside(".part.json")), "etag");
  std::error_code error;
  const auto size = fs::file_size(beside(".part"), error);
  // What has no ETag cannot be told from another version of the same size.
  return error || etag.empty() ? Partial() : Partial{.etag = etag, .size = size};
}

void CachedObject::open_partial(int flags) {
  file_ = Descriptor(::open(beside(".part").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (!file_) fail("write", beside(".part"));
  hash_ = std::make_unique<Sha256>();
  size_ = 0;
}

void CachedObject::begin(const ObjectVersion& version) {
  version_ = version;
  // A weak one (RFC 9110, 8.8.1) does not promise the same bytes.
  const bool is_strong = !version.etag.empty() && !version.etag.starts_with("W/");
  Map about;
  about.set("etag", is_strong ? version.etag : "");
  open_partial(O_TRUNC);
  write_private_file(beside(".part.json"), to_json(about));
}

void CachedObject::resume(const ObjectVersion& version) {
  version_ = version;
  open_partial(O_APPEND);
  std::ifstream before(beside(".part"), std::ios::binary);
  std::string piece(1 << 16, '\0');
  while (before.read(piece.data(), static_cast<std::streamsize>(piece.size())), before.gcount() > 0) {
    hash_->add(std::string_view(piece).substr(0, static_cast<std::size_t>(before.gcount())));
    size_ += static_cast<std::uint64_t>(before.gcount());
  }
}

void CachedObject::add(std::string_view bytes) {
  hash_->add(bytes);
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      drop();  // no disk is left full
      errno = why;
      fail("write", beside(".part"));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

CachedObject::Known CachedObject::keep(const std::string& sha256) {
  Known known{.version = version_, .sha256 = sha256, .size = size_};
  if (::fsync(file_.number()) != 0 || ::rename(beside(".part").c_str(), path_of(known).c_str()) != 0)
    fail("write", path_of(known));
  file_ = Descriptor();
  Map about;
  about.set("name", name_);
  about.set("etag", known.version.etag);
  about.set("last_modified", known.version.last_modified);
  about.set("size", static_cast<std::int64_t>(known.size));
  about.set("sha256", sha256);
  write_private_file(beside(".json"), to_json(about));
  std::error_code ignored;
  fs::remove(beside(".part.json"), ignored);
  known_ = known;
  return known;
}

void CachedObject::drop() {
  file_ = Descriptor();
  std::error_code ignored;
  fs::remove(beside(".part"), ignored);
  fs::remove(beside(".part.json"), ignored);
}

void CachedObject::forget() {
  drop();
  std::error_code ignored;
  fs::remove(beside(".json"), ignored);
  known_.reset();
}

void CachedObject::keep_absence() {
  if (is_known_missing_) return;
  forget();
  Map about;
  about.set("name", name_);
  about.set("missing", true);
  write_private_file(beside(".json"), to_json(about));
}

}  // namespace espresso

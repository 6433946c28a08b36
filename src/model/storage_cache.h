#pragma once

#include "core/descriptor.h"
#include "core/hash.h"
#include "model/storage_remote.h"

#include <filesystem>
#include <optional>
#include <string>

namespace espresso {

/// The folder of one remote storage in the cache, of mode 0700; made when it is not there, swept of what nothing refers
/// to any more once a day. `identity` sets it apart from others. Throws Error.
std::filesystem::path open_cache_folder(const std::string& identity);

/// One object in the cache. Other processes that want it wait until this is gone.
///
/// Content lies under its SHA-256: what one run reads is not replaced while another fetches anew.
class CachedObject {
 public:
  /// What is here of an earlier time.
  struct Known {
    ObjectVersion version;
    std::string sha256;
    std::uint64_t size = 0;
  };
  /// The beginning of a version that a transfer left behind; of size 0 when there is none.
  struct Partial {
    std::string etag;
    std::uint64_t size = 0;
  };

  CachedObject(std::filesystem::path folder, const std::string& name);

  const std::optional<Known>& known() const { return known_; }
  /// Whether there was none the last time.
  bool is_known_missing() const { return is_known_missing_; }
  Partial partial() const;
  /// Where the content of a known object lies.
  std::filesystem::path path_of(const Known& known) const;

  /// Begins anew with a version. Throws Error, as all of the following.
  void begin(const ObjectVersion& version);
  /// Goes on behind partial().
  void resume(const ObjectVersion& version);
  void add(std::string_view bytes);
  /// SHA-256 of all that was added; once.
  std::string hash() { return hash_->finish(); }
  /// It is whole: syncs it and puts it in its place.
  Known keep(const std::string& sha256);
  /// Drops the transfer; what was known stays.
  void drop();
  /// Drops what was known, too.
  void forget();
  /// The same, and remembers that there is none.
  void keep_absence();

 private:
  std::filesystem::path beside(const char* suffix) const { return folder_ / (key_ + suffix); }
  void open_partial(int flags);

  std::filesystem::path folder_;
  std::string name_;
  std::string key_;
  Descriptor lock_;
  std::optional<Known> known_;
  bool is_known_missing_ = false;
  Descriptor file_;
  ObjectVersion version_;
  std::uint64_t size_ = 0;
  std::unique_ptr<Sha256> hash_;
};

}  // namespace espresso

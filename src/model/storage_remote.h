#pragma once

#include "model/storage.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// By what a server tells one version of an object from another (RFC 9110, 8.8). Empty: it does not.
struct ObjectVersion {
  std::string etag = {};
  std::string last_modified = {};
  bool empty() const { return etag.empty() && last_modified.empty(); }
};

/// A store of objects somewhere else. Backends differ in addresses and in how they know who asks.
class ObjectSource {
 public:
  struct Request {
    std::string name;
    ObjectVersion known = {};  ///< of what is here already: the answer may be `unchanged`
    std::uint64_t offset = 0;  ///< bytes that are here from an attempt that broke off
    std::string if_etag = {};  ///< `offset` counts only while this is its ETag; else all is sent
  };
  struct Answer {
    enum class Outcome { missing, unchanged, whole, rest };
    Outcome outcome = Outcome::missing;
    ObjectVersion version = {};
  };
  /// Takes the next piece of the object; the answer tells whether it begins anew.
  using Body = std::function<void(const Answer&, std::string_view)>;

  virtual ~ObjectSource() = default;
  /// Once, blocking. Throws Error; HttpTrouble where another attempt may help.
  virtual Answer fetch(const Request& request, const Body& body) = 0;
  /// Whether it tells what it holds; without that it has no folders.
  virtual bool can_list() const { return false; }
  /// The names that begin with `folder` (empty, or ending with "/"); those of folders end with "/". More than `most`
  /// need not be looked for. Throws as fetch() does.
  virtual std::vector<std::string> list(const std::string& /*folder*/, std::size_t /*most*/) { return {}; }
  /// As it may be shown.
  virtual std::string describe() const = 0;
};

/// What remote storages have in common.
struct RemoteSettings {
  /// What sets this storage apart from others in the cache.
  std::string identity;
  /// Only what was fetched before; no server is asked.
  bool offline = false;
  /// SHA-256 of objects by name, or the name of an object that lists them as sha256sum(1) does; nullopt: not checked.
  std::optional<Value> checksums = {};
  std::chrono::milliseconds retry_pause{500};
};

/// Content that lies on a server, and is fetched when it is asked for: once a run, and only what has changed since an
/// earlier one. It is kept below $XDG_CACHE_HOME/espresso (or ~/.cache/espresso), for its owner only, written whole or
/// not at all; a transfer that broke off goes on where it stopped. Memory does not grow with the size of objects.
/// A name of which there are only longer ones ("site" of "site/index.html") is a folder, "." that of all; its files are
/// of mode 0644 and its folders 0755, as servers keep none.
/// Throws Error when the server cannot be asked, refuses, or sends what does not have its checksum.
std::unique_ptr<Storage> open_remote_storage(std::unique_ptr<ObjectSource> source, RemoteSettings settings);

}  // namespace espresso

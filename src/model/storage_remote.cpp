#include "model/storage_remote.h"

#include "core/error.h"
#include "core/text.h"
#include "model/http_client.h"
#include "model/storage_cache.h"
#include "model/storage_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <thread>

namespace espresso {

namespace {

namespace fs = std::filesystem;

constexpr int attempts = 3;
constexpr std::size_t most_suggestions = 10'000;
constexpr std::size_t most_of_a_tree = 100'000;
constexpr std::string_view all = ".";

// Names mean the same here as in a folder: none leads out of it.
bool is_name(std::string_view name) {
  const fs::path path(name);
  return !name.empty() && name.find('\0') == std::string_view::npos && path.is_relative() && !name.ends_with('/') &&
         name.find("//") == std::string_view::npos && std::none_of(path.begin(), path.end(), [](const fs::path& part) {
           return part == ".." || part == "." || part.empty();
         });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// Asks again where that may help; once it was in vain, no more: there may be many names to ask for.
class Patience {
 public:
  explicit Patience(std::chrono::milliseconds pause) : pause_(pause) {}

  template <typename Asking>
  auto operator()(Asking asking) {
    auto pause = pause_;
    for (int attempt = 1;; ++attempt) {
      try {
        return asking();
      } catch (const HttpTrouble& trouble) {
        is_over_ = is_over_ || (trouble.may_pass() && attempt == attempts);
        if (!trouble.may_pass() || is_over_) throw;
        std::this_thread::sleep_for(pause);
        pause *= 4;
      }
    }
  }

 private:
  std::chrono::milliseconds pause_;
  bool is_over_ = false;
};

class RemoteStorage : public Storage {
 public:
  RemoteStorage(std::unique_ptr<ObjectSource> source, RemoteSettings settings)
      : source_(std::move(source)), settings_(std::move(settings)), patiently_(settings_.retry_pause) {}

  Value::Item find(std::string_view name) const override {
    if (name != all && !is_name(name)) return nullptr;
    return find_once(std::string(name));
  }

  // Of a server that does not tell them, those that were asked for and are there.
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    if (source_->can_list() && !settings_.offline) {
      try {
        names = source_->list("", most_suggestions);
        std::erase_if(names, [](const std::string& name) { return name.ends_with('/'); });
        return names;
      } catch (const Error&) {
        names.clear();  // they are for a hint only
      }
    }
    for (const auto& [name, item] : found_) {
      if (item) names.push_back(name);
    }
    return names;
  }

  std::string describe() const override { return source_->describe(); }

 private:
  const fs::path& folder() const {
    if (folder_.empty()) folder_ = open_cache_folder(settings_.identity);
    return folder_;
  }

  Value::Item find_once(const std::string& name) const {
    const auto found = found_.find(name);
    if (found != found_.end()) return found->second;
    if (const auto failed = failed_.find(name); failed != failed_.end()) std::rethrow_exception(failed->second);
    try {
      Value::Item item = source_->can_list() ? find_file_or_tree(name) : look_for(name, checksum_of(name));
      found_.emplace(name, item);
      return item;
    } catch (const Error&) {
      failed_.emplace(name, std::current_exception());
      throw;
    }
  }

  Value::Item find_file_or_tree(const std::string& name) const {
    if (name == all || (settings_.offline && read_tree_names(folder(), name))) return find_tree(name);
    std::optional<std::string> checksum;
    try {
      checksum = checksum_of(name);
    } catch (const Error&) {
      // The checksums may be those of its files.
      if (Value::Item tree = settings_.offline ? nullptr : find_tree(name)) return tree;
      throw;
    }
    Value::Item file = look_for(name, checksum);
    return file || settings_.offline ? file : find_tree(name);
  }

  Value::Item find_tree(const std::string& name) const {
    const std::string above = name == all ? "" : name + "/";
    std::vector<TreePart> parts;
    for (const auto& object : names_of_tree(name, above)) {
      const bool is_folder = object.ends_with('/');
      const std::string below = object.substr(above.size());
      if (below.empty()) {
        parts.push_back({});  // the folder itself
        continue;
      }
      if (!is_name(is_folder ? object.substr(0, object.size() - 1) : object))
        throw Error(fmt::format("the object '{}' of '{}' cannot be a file", printable(object), describe()),
                    "rename it, or take another folder");
      const Value::Item file = is_folder ? nullptr : find_part(object);
      parts.push_back({.path = below, .content = file ? file->path : fs::path()});
    }
    if (parts.empty()) return nullptr;
    return std::make_shared<StorageItem>(StorageItem{.name = name, .path = make_tree(folder(), std::move(parts))});
  }

  Value::Item find_part(const std::string& name) const {
    Value::Item& file = found_[name];
    if (!file) file = look_for(name, checksum_of(name));
    if (!file)
      throw Error(fmt::format("'{}' of '{}' went away while its folder was fetched", name, describe()), "try again");
    return file;
  }

  std::vector<std::string> names_of_tree(const std::string& name, const std::string& above) const {
    if (settings_.offline) {
      if (auto names = read_tree_names(folder(), name)) return *names;
      throw Error(fmt::format("'{}' of '{}' was not fetched before, and --offline is given", name, describe()));
    }
    std::vector<std::string> names = patiently_([&] { return source_->list(above, most_of_a_tree); });
    if (names.size() > most_of_a_tree)
      throw Error(fmt::format("the folder '{}' of '{}' holds more than {} objects", name, describe(), most_of_a_tree),
                  "take a folder of it");
    if (!names.empty() || read_tree_names(folder(), name)) write_tree_names(folder(), name, names);
    return names;
  }

  Value::Item look_for(const std::string& name, const std::optional<std::string>& checksum) const {
    CachedObject object(folder(), name);
    if (settings_.offline && object.is_known_missing()) return nullptr;
    if (settings_.offline && !object.known())
      throw Error(fmt::format("'{}' of '{}' was not fetched before, and --offline is given", name, describe()));
    if (!settings_.offline && !fetch(name, object, checksum)) return nullptr;
    const CachedObject::Known known = *object.known();
    if (checksum && known.sha256 != *checksum) {
      object.forget();
      throw wrong_checksum(name, known.sha256, *checksum);
    }
    return std::make_shared<StorageItem>(StorageItem{.name = name, .path = object.path_of(known), .size = known.size});
  }

  Error wrong_checksum(const std::string& name, const std::string& is, const std::string& expected) const {
    return Error(
        fmt::format("'{}' of '{}' has the SHA-256 {}, but 'checksums' says {}", name, describe(), is, expected),
        "either of them is not what you expect; nothing is kept of it");
  }

  /// Afterwards the object is known; or there is none.
  bool fetch(const std::string& name, CachedObject& object, const std::optional<std::string>& checksum) const {
    const auto answer = patiently_([&] { return ask_once(name, object); });
    switch (answer.outcome) {
      case ObjectSource::Answer::Outcome::missing:
        object.keep_absence();
        return false;
      case ObjectSource::Answer::Outcome::unchanged:
        if (!object.known())
          throw Error(fmt::format("'{}' says that '{}' has not changed, but it was not fetched", describe(), name));
        return true;
      case ObjectSource::Answer::Outcome::whole:
      case ObjectSource::Answer::Outcome::rest:
        break;
    }
    const std::string hash = object.hash();
    if (checksum && hash != *checksum) {
      object.drop();
      throw wrong_checksum(name, hash, *checksum);
    }
    object.keep(hash);
    return true;
  }

  ObjectSource::Answer ask_once(const std::string& name, CachedObject& object) const {
    const CachedObject::Partial partial = object.partial();
    ObjectSource::Request request{.name = name, .offset = partial.size, .if_etag = partial.etag};
    if (object.known()) request.known = object.known()->version;
    bool has_begun = false;
    const auto begin = [&](const ObjectSource::Answer& answer) {
      has_begun = true;
      if (answer.outcome == ObjectSource::Answer::Outcome::rest)
        object.resume(answer.version);
      else
        object.begin(answer.version);
    };
    const auto answer = source_->fetch(request, [&](const ObjectSource::Answer& now, std::string_view bytes) {
      if (!has_begun) begin(now);
      object.add(bytes);
    });
    const bool has_body =
        answer.outcome == ObjectSource::Answer::Outcome::whole || answer.outcome == ObjectSource::Answer::Outcome::rest;
    if (has_body && !has_begun) begin(answer);  // of no bytes
    return answer;
  }

  std::optional<std::string> checksum_of(const std::string& name) const {
    if (!settings_.checksums) return std::nullopt;
    if (settings_.checksums->is_string()) {
      const std::string& list = settings_.checksums->as_string();
      if (listed_.empty()) read_list(list);
      const auto found = listed_.find(name);
      if (found != listed_.end()) return found->second;
      throw Error(fmt::format("'{}' of '{}' lists no checksum of '{}'", list, describe(), name),
                  fmt::format("add a line 'SHA256  {}' to it", name));
    }
    const Value* expected = settings_.checksums->as_map().find(name);
    if (expected) return lower(expected->to_text());
    throw Error(fmt::format("'checksums' of '{}' says nothing of '{}'", describe(), name),
                fmt::format("add '{}: SHA256' to them", name));
  }

  // As sha256sum(1) writes them: "HASH  NAME", or "HASH *NAME" of a file read as binary.
  void read_list(const std::string& list) const {
    const Value::Item item = look_for(list, std::nullopt);
    if (!item) throw Error(fmt::format("'{}' has no '{}', where its checksums should be", describe(), list));
    for (const auto& line : split(Value(item).to_text(), '\n')) {
      const std::string_view words = trim(line);
      const std::size_t space = words.find(' ');
      if (space == std::string_view::npos || !is_sha256(words.substr(0, space))) continue;
      std::string_view name = words.substr(space + 1);
      if (name.starts_with(' ') || name.starts_with('*')) name.remove_prefix(1);
      if (name.starts_with("./")) name.remove_prefix(2);
      listed_.insert_or_assign(std::string(name), lower(words.substr(0, space)));
    }
    if (listed_.empty()) throw Error(fmt::format("'{}' of '{}' holds no checksums", list, describe()));
  }

  static std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
  }

  std::unique_ptr<ObjectSource> source_;
  RemoteSettings settings_;
  mutable Patience patiently_;
  mutable fs::path folder_;
  mutable std::map<std::string, Value::Item, std::less<>> found_;
  mutable std::map<std::string, std::exception_ptr, std::less<>> failed_;
  mutable std::map<std::string, std::string, std::less<>> listed_;
};

}  // namespace

std::unique_ptr<Storage> open_remote_storage(std::unique_ptr<ObjectSource> source, RemoteSettings settings) {
  return std::make_unique<RemoteStorage>(std::move(source), std::move(settings));
}

}  // namespace espresso

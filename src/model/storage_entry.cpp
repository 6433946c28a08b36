#include "model/storage_entry.h"

#include "core/error.h"
#include "core/secrets.h"
#include "core/text.h"
#include "model/fields.h"
#include "model/keys.h"
#include "model/storage_http.h"
#include "model/storage_s3.h"
#include "model/storage_swift.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace espresso {

namespace {

constexpr std::string_view takes = "a folder, a URL, or a list of them";

std::string_view scheme_of(std::string_view location) {
  const std::size_t end = location.find("://");
  return end == std::string_view::npos ? std::string_view() : location.substr(0, end);
}

StorageEntry read_settings(const Node& node, const std::filesystem::path& base, Diagnostics& diagnostics) {
  StorageEntry entry{.location = {}, .base = base, .span = node.span};
  for (const auto& [key, value] : node.entries) {
    if (key.text == "url") {
      if (auto text = read_text("url", value, "a URL or a folder", diagnostics)) {
        entry.location = std::move(text->text);
        entry.span = std::move(text->span);
      }
    } else if (const auto known = names_of(storage_keys());
               std::find(known.begin(), known.end(), key.text) == known.end()) {
      unknown_key(key, known, diagnostics);
    } else {
      entry.settings.push_back({key, value});
    }
  }
  if (!node.find("url")) diagnostics.add(node.span, "a storage needs a 'url'", "write {url: https://HOST/PATH}");
  return entry;
}

// Which kinds of storages take a key.
bool takes_key(std::string_view scheme, std::string_view key) {
  static const std::map<std::string_view, std::vector<std::string_view>> kinds = {
      {"headers", {"http", "https"}},
      {"endpoint", {"s3", "swift"}},
      {"region", {"s3", "swift"}},
      {"profile", {"s3"}},
      {"token", {"s3"}},
      {"anonymous", {"s3"}},
      {"auth_url", {"swift"}},
      {"project", {"swift"}},
      {"domain", {"swift"}},
      {"application_credential", {"swift"}},
  };
  const auto found = kinds.find(key);
  return found == kinds.end() || std::find(found->second.begin(), found->second.end(), scheme) != found->second.end();
}

/// The settings of a storage on a server.
class RemoteEntry {
 public:
  RemoteEntry(const StorageEntry& entry, std::string_view scheme, Diagnostics& diagnostics)
      : base_(entry.base), diagnostics_(diagnostics) {
    for (const auto& [key, value] : entry.settings) {
      if (takes_key(scheme, key.text))
        read(key, value);
      else
        diagnostics.add(key.span, fmt::format("a storage of the kind '{}://' takes no '{}'", scheme, key.text));
    }
    http.user = text("user");
    http.password = text("password");
    check_keys(entry, scheme);
  }
  HttpSettings http;
  RemoteSettings remote;
  bool is_anonymous = false;

  std::string text(std::string_view key) const {
    const auto found = texts_.find(key);
    return found == texts_.end() ? std::string() : found->second;
  }

 private:
  // Half of what a server asks for would be completed with half of something else.
  void check_keys(const StorageEntry& entry, std::string_view scheme) {
    if (scheme == "s3" && http.user.empty() != http.password.empty())
      diagnostics_.add(entry.span, "the keys of an s3:// storage are 'user' and 'password', both",
                       "or leave both to the environment or a 'profile'");
    if (is_anonymous && !http.user.empty())
      diagnostics_.add(entry.span, "a storage is either 'anonymous' or has a 'user'", "remove one of them");
  }

  void read(const Node& key, const Node& value) {
    if (key.text == "anonymous") {
      is_anonymous = read_boolean("anonymous", value, diagnostics_);
      return;
    }
    if (key.text == "headers") return read_headers(value);
    if (key.text == "checksums") return read_checksums(value);
    const auto text = read_text(key.text, value, key.text == "timeout" ? "a time such as 30s" : "a text", diagnostics_);
    if (!text) return;
    texts_.insert_or_assign(key.text, text->text);
    if (key.text == "ca") http.ca_file = (base_ / text->text).string();
    if (key.text == "timeout") read_timeout(*text);
    if (key.text == "proxy") read_proxy(*text);
  }

  void read_proxy(const Text& text) {
    http.proxy = text.text;
    if (text.text == "none") return;
    try {
      const UrlParts parts = take_apart(text.text);
      if (!parts.password.empty()) known_secrets().add(parts.password, "the password of a proxy");
    } catch (const Error&) {
      diagnostics_.add(text.span, fmt::format("'{}' is no proxy", shown_url(text.text)),
                       "write http://HOST:PORT, with USER:PASSWORD@ before the host where it wants them, or none");
    }
  }

  void read_timeout(const Text& text) {
    const auto duration = parse_duration(text.text);
    if (!duration || duration->count() <= 0)
      return diagnostics_.add(text.span, fmt::format("'{}' is no duration", text.text), "write it as 90s, 5m or 1h");
    http.connect_timeout = http.stall_timeout = *duration;
  }

  void read_headers(const Node& node) {
    if (!node.is_map()) return wrong_kind("headers", node, "a mapping of names to values", diagnostics_);
    for (const auto& [name, value] : node.entries) {
      const auto text = read_text(name.text, value, "a text", diagnostics_);
      if (!text) continue;
      // Whatever ends a line would begin another header.
      if ((name.text + text->text).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
        diagnostics_.add(value.span, fmt::format("the header '{}' holds more than one line", name.text));
      http.headers.emplace_back(name.text, text->text);
    }
  }

  void read_checksums(const Node& node) {
    if (!node.is_scalar() && !node.is_map())
      return wrong_kind("checksums", node, "a mapping of names to SHA-256, or the name of a list of them",
                        diagnostics_);
    if (node.is_scalar()) {
      if (auto text = read_text("checksums", node, "the name of a list", diagnostics_)) remote.checksums = text->text;
      return;
    }
    Map checksums;
    for (const auto& [name, value] : node.entries) {
      const bool is_hash =
          value.text.size() == 64 && value.text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
      if (!is_hash)
        diagnostics_.add(value.span, fmt::format("'{}' is no SHA-256", value.text), "it has 64 hexadecimal digits");
      checksums.set(name.text, value.text);
    }
    remote.checksums = std::move(checksums);
  }

  const std::filesystem::path& base_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string, std::less<>> texts_;
};

std::unique_ptr<Storage> open_s3(const std::string& url, RemoteEntry entry) {
  const AwsCredentials keys{.access_key = entry.http.user,
                            .secret_key = entry.http.password,
                            .session_token = entry.text("token"),
                            .origin = "this storage's 'user'"};
  return open_s3_storage(url,
                         {.endpoint = entry.text("endpoint"),
                          .region = entry.text("region"),
                          .profile = entry.text("profile"),
                          .credentials = keys,
                          .anonymous = entry.is_anonymous},
                         std::move(entry.http), std::move(entry.remote));
}

std::unique_ptr<Storage> open_swift(const std::string& url, RemoteEntry entry) {
  const OpenstackLogin login{.auth_url = entry.text("auth_url"),
                             .user = entry.http.user,
                             .password = entry.http.password,
                             .project = entry.text("project"),
                             .user_domain = entry.text("domain"),
                             .project_domain = entry.text("domain"),
                             .application_credential = entry.text("application_credential"),
                             .region = entry.text("region")};
  return open_swift_storage(url, login, entry.text("endpoint"), std::move(entry.http), std::move(entry.remote));
}

const std::vector<std::string>& remote_kinds() {
  static const std::vector<std::string> kinds = {"http", "https", "s3", "swift"};
  return kinds;
}

}  // namespace

std::vector<StorageEntry> read_storages(const Node& node, const std::filesystem::path& base, Diagnostics& diagnostics) {
  std::vector<StorageEntry> entries;
  const auto add = [&](const Node& item) {
    if (item.is_map()) return entries.push_back(read_settings(item, base, diagnostics));
    if (auto text = read_text("storage", item, takes, diagnostics))
      entries.push_back({.location = std::move(text->text), .base = base, .span = std::move(text->span)});
  };
  if (!node.is_list()) add(node);
  for (const auto& item : node.items) add(item);
  return entries;
}

std::unique_ptr<Storage> open_storage(const StorageEntry& entry, bool offline, Diagnostics& diagnostics) {
  const std::string scheme(scheme_of(entry.location));
  if (entry.location.empty()) return nullptr;  // told when it was read
  try {
    if (const auto& kinds = remote_kinds(); std::find(kinds.begin(), kinds.end(), scheme) != kinds.end()) {
      const std::size_t before = diagnostics.size();
      RemoteEntry settings(entry, scheme, diagnostics);
      settings.remote.offline = offline;
      if (diagnostics.size() != before) return nullptr;
      if (scheme == "s3") return open_s3(entry.location, std::move(settings));
      if (scheme == "swift") return open_swift(entry.location, std::move(settings));
      return open_http_storage(entry.location, std::move(settings.http), std::move(settings.remote));
    }
    if (!scheme.empty()) {
      const std::string hint = did_you_mean(scheme, remote_kinds());
      diagnostics.add(entry.span, fmt::format("there are no storages of the kind '{}://'", scheme),
                      hint.empty() ? "name a folder, relative to this file, or https://HOST/PATH" : hint);
      return nullptr;
    }
    for (const auto& [key, value] : entry.settings)
      diagnostics.add(key.span, fmt::format("a folder takes no '{}'", key.text));
    return open_directory_storage(entry.base / entry.location);
  } catch (const Error& error) {
    diagnostics.add(entry.span, error.what(), error.hint());
    return nullptr;
  }
}

}  // namespace espresso

#include "helpers/content_cache.h"

#include "core/error.h"
#include "core/hash.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>

namespace espresso {

namespace {

bool fits_inline(std::string_view text) {
  return text.size() <= inline_content_limit && text.find('\0') == std::string_view::npos;
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::system_error(errno, std::generic_category(), "open");
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void cannot_read(const StorageItem& item, const Span& span, const std::string& why) {
  throw Mistakes({.span = span, .message = fmt::format("cannot read '{}' of the storage: {}", item.name, why)});
}

// Identity of the file's present content, as far as one can tell without reading it.
std::string key_of(const std::filesystem::path& path, const struct stat& status) {
  return fmt::format("{}:{}:{}.{}:{}", path.string(), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     status.st_ino);
}

std::string key_of(const StorageItem& item, const Span& span) {
  struct stat status {};
  if (::stat(item.path.c_str(), &status) != 0) cannot_read(item, span, std::strerror(errno));
  return key_of(item.path, status);
}

}  // namespace

Delivery ContentCache::of_text(std::string text) {
  if (fits_inline(text)) return {.inline_text = std::move(text)};
  std::string hash = sha256(text);
  auto& known = texts_[hash];
  auto content = known.lock();
  if (!content) {
    content = hashed_content_of_text(std::move(text));
    known = content;
  }
  return {.content = std::move(content)};
}

Delivery ContentCache::of_item(const StorageItem& item, const Span& span) {
  std::string key = key_of(item, span);
  if (const auto known = items_.find(key); known != items_.end()) return known->second;
  Delivery delivery;
  try {
    const std::uint64_t size = std::filesystem::file_size(item.path);
    if (size <= inline_content_limit) {
      if (std::string text = read_whole(item.path); fits_inline(text)) delivery.inline_text = std::move(text);
    }
    if (!delivery.inline_text) {
      delivery.content = hashed_content_of_file(item.path);
    }
  } catch (const std::system_error& error) {
    cannot_read(item, span, error.code().message());
  }
  return items_.emplace(std::move(key), std::move(delivery)).first->second;
}

std::shared_ptr<const Tree> ContentCache::tree_of(const StorageItem& item, const std::vector<std::string>& exclude,
                                                  const Span& span) {
  auto& known = trees_[{item.path.string(), exclude}];
  if (known) return known;
  if (std::error_code ignored; !std::filesystem::is_directory(item.path, ignored)) {
    throw Mistakes({.span = span,
                    .message = fmt::format("'{}' of the storage is a file, not a folder", item.name),
                    .hint = "use fs.ensure_file for a file"});
  }
  try {
    known = std::make_shared<const Tree>(item.path, exclude);
  } catch (const Error& error) {
    throw Mistakes({.span = span, .message = error.what(), .hint = error.hint()});
  }
  return known;
}

void ContentCache::look_at(Destination& destination) {
  const auto mistake = [&](std::string message, std::string hint = {}) {
    return Mistakes({.span = destination.span, .message = std::move(message), .hint = std::move(hint)});
  };
  struct stat status {};
  if (::lstat(destination.path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    throw mistake(fmt::format("cannot look at '{}' on the workstation: {}", destination.text, std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    throw mistake(fmt::format("'{}' is a directory on the workstation", destination.text),
                  "add the name of the file that is to be in it");
  }
  if (!S_ISREG(status.st_mode)) {
    throw mistake(fmt::format("'{}' is {} on the workstation, not a file", destination.text,
                              S_ISLNK(status.st_mode) ? "a symbolic link" : "something else"),
                  "choose another name, or remove it");
  }
  destination.size = static_cast<std::uint64_t>(status.st_size);
  auto& hash = hashes_[key_of(destination.path, status)];
  try {
    if (hash.empty()) hash = sha256_of_file(destination.path);
  } catch (const std::system_error& error) {
    throw mistake(fmt::format("cannot read '{}' on the workstation: {}", destination.text, error.code().message()));
  }
  destination.sha256 = hash;
}

const Template& ContentCache::template_of(const StorageItem& item, const Span& span) {
  std::string key = item.path.string();
  if (const auto known = templates_.find(key); known != templates_.end()) return known->second;
  std::string text;
  try {
    text = read_whole(item.path);
  } catch (const std::system_error& error) {
    cannot_read(item, span, error.code().message());
  }
  Diagnostics diagnostics;
  Template parsed = Template::parse(std::make_shared<Source>(Source{key, std::move(text)}), diagnostics);
  diagnostics.throw_if_any();
  return templates_.emplace(std::move(key), std::move(parsed)).first->second;
}

Value::Item find_item(const Storage* storage, const std::string& name, const Span& span) {
  const auto missing = [&](std::string message, std::string hint) {
    return Mistakes({.span = span, .message = std::move(message), .hint = std::move(hint)});
  };
  if (!storage)
    throw missing(fmt::format("there is no storage that could hold '{}'", name), "name one under 'storage:'");
  try {
    if (auto item = storage->find(name)) return item;
  } catch (const Error& error) {
    throw missing(fmt::format("cannot look for '{}': {}", name, error.what()), error.hint());
  }
  std::string hint = did_you_mean(name, storage->names());
  if (hint.empty()) hint = fmt::format("put it into {}", storage->describe());
  throw missing(fmt::format("no storage has '{}'", name), std::move(hint));
}

}  // namespace espresso

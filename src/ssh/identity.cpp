#include "ssh/identity.h"

#include "core/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso {
namespace {

[[noreturn]] void throw_unreadable(const std::string& file, const std::string& why, const std::string& hint) {
  throw Error("the key '" + file + "' cannot be read: " + why, hint);
}

struct Contents {
  std::string text;
  struct stat status {};
};

/// As OpenSSH does, only for one's own files: whoever else owns it has made it readable on purpose.
void refuse_open_to_others(const std::string& file, const struct stat& status) {
  if (status.st_uid != ::getuid() || (status.st_mode & 077) == 0) return;
  throw Error(
      fmt::format("the key '{}' is not private: its mode {:04o} lets others at it", file, status.st_mode & 07777),
      "make it yours alone: chmod 600 " + file);
}

Contents contents(const std::string& file, const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_unreadable(file, std::strerror(errno), "name an existing private key file");
  const std::unique_ptr<const int, void (*)(const int*)> owner(&descriptor, [](const int* open) { ::close(*open); });
  Contents result{.text = std::string(1 << 16, '\0')};  // far above any key
  auto& text = result.text;
  if (::fstat(descriptor, &result.status) != 0) throw_unreadable(file, std::strerror(errno), "name a private key file");
  std::size_t length = 0;
  while (length < text.size()) {
    const auto size = ::read(descriptor, text.data() + length, text.size() - length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw_unreadable(file, std::strerror(errno), "name a private key file");
    if (size == 0) break;
    length += static_cast<std::size_t>(size);
  }
  text.resize(length);
  return result;
}

}  // namespace

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home && *home) return home;
  const auto* user = ::getpwuid(::getuid());
  return user && user->pw_dir ? user->pw_dir : "/";
}

std::shared_ptr<const Identity> Identities::load(const std::string& file) {
  if (const auto found = loaded_.find(file); found != loaded_.end()) return found->second;
  const auto path = file.starts_with("~/") ? home_directory() + file.substr(1) : file;
  const auto [text, status] = contents(file, path);
  bool encrypted = false;
  ssh_key key = nullptr;
  const auto ask = [](const char*, char*, std::size_t, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
  };
  const int answer = ssh_pki_import_privkey_base64(text.c_str(), nullptr, ask, &encrypted, &key);
  if (answer != SSH_OK && !encrypted) {
    const bool is_public = text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-");
    throw_unreadable(file, is_public ? "it is a public key" : "it is not a private key",
                     is_public ? "name the file without '.pub'" : "name a private key as ssh-keygen writes it");
  }
  auto identity = std::make_shared<Identity>(Identity{.file = file, .key = nullptr});
  if (answer == SSH_OK) identity->key = std::shared_ptr<ssh_key_struct>(key, &ssh_key_free);
  refuse_open_to_others(file, status);
  return loaded_[file] = identity;
}

}  // namespace espresso

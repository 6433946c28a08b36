#include "ssh/identity.h"

#include "core/account.h"
#include "core/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso {
namespace {

[[noreturn]] void throw_unreadable(const std::string& file, const std::string& why, const std::string& hint) {
  throw Error("the key '" + file + "' cannot be read: " + why, hint);
}

std::string path_of(const std::string& file) {
  return file.starts_with("~/") ? home_directory() + file.substr(1) : file;
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

Contents contents(const std::string& file) {
  const int descriptor = ::open(path_of(file).c_str(), O_RDONLY | O_CLOEXEC);
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

/// Of a file that may be missing.
std::optional<PublicKey> public_key_beside(const std::string& file) {
  if (::access(path_of(file).c_str(), R_OK) != 0) return std::nullopt;
  return parse_public_key(contents(file).text);
}

std::optional<Certificate> certificate_beside(const std::string& file) {
  const auto key = public_key_beside(file + "-cert.pub");
  return key ? parse_certificate(*key) : std::nullopt;
}

std::optional<PublicKey> public_part(ssh_key key) {
  char* text = nullptr;
  ssh_key open = nullptr;
  if (ssh_pki_export_privkey_to_pubkey(key, &open) != SSH_OK) return std::nullopt;
  const SharedKey owner(open, &ssh_key_free);
  if (ssh_pki_export_pubkey_base64(open, &text) != SSH_OK) return std::nullopt;
  auto result = parse_public_key(std::string(ssh_key_type_to_char(ssh_key_type(open))) + " " + text);
  ssh_string_free_char(text);
  return result;
}

struct Parsed {
  SharedKey key;
  bool encrypted = false;
};

/// `passphrase`: none when there is none yet.
Parsed parse(const std::string& text, const char* passphrase) {
  Parsed result;
  ssh_key key = nullptr;
  // Called for files that are encrypted, when no passphrase is given.
  const auto ask = [](const char*, char*, std::size_t, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
  };
  if (ssh_pki_import_privkey_base64(text.c_str(), passphrase, ask, &result.encrypted, &key) == SSH_OK)
    result.key = SharedKey(key, &ssh_key_free);
  return result;
}

bool is_outdated(const std::string& text, const std::optional<PublicKey>& key) {
  return text.find("BEGIN DSA PRIVATE KEY") != std::string::npos || (key && key->type() == "ssh-dss");
}

/// A file that holds no private key: a public one, or nothing of use.
Identity public_identity(const std::string& file, const std::string& text) {
  Identity identity{.file = file, .state = Identity::State::public_only, .public_key = parse_public_key(text)};
  if (!identity.public_key)
    throw_unreadable(file, "it is not a private key", "name a private key as ssh-keygen writes it");
  if (identity.public_key->is_certificate())
    throw_unreadable(file, "it is a certificate", "name the private key it was made for");
  return identity;
}

Identity read_identity(const std::string& file) {
  const bool is_missing = ::access(path_of(file).c_str(), F_OK) != 0;
  if (is_missing && ::access(path_of(file + ".pub").c_str(), R_OK) == 0) {
    auto identity = public_identity(file, contents(file + ".pub").text);
    identity.certificate = certificate_beside(file);
    return identity;
  }
  const auto [text, status] = contents(file);
  const auto parsed = parse(text, nullptr);
  Identity identity{.file = file, .key = parsed.key, .public_key = public_part_of(text)};
  if (!identity.public_key && parsed.key) identity.public_key = public_part(parsed.key.get());
  if (!identity.public_key) identity.public_key = public_key_beside(file + ".pub");
  if (is_outdated(text, identity.public_key)) {
    identity.state = Identity::State::outdated;
  } else if (public_part_of(text) && identity.public_key->is_security_key()) {
    identity.state = Identity::State::security_key;
  } else if (parsed.encrypted) {
    identity.state = Identity::State::encrypted;
  } else if (!parsed.key) {
    return public_identity(file, text);
  }
  refuse_open_to_others(file, status);
  identity.certificate = certificate_beside(file);
  return identity;
}

}  // namespace

std::shared_ptr<const Identity> Identities::load(const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (const auto found = loaded_.find(file); found != loaded_.end()) return found->second;
  return loaded_[file] = std::make_shared<const Identity>(read_identity(file));
}

bool Identities::unlock(const std::string& file, const std::string& passphrase) {
  const auto parsed = parse(contents(file).text, passphrase.c_str());
  if (!parsed.key) return false;
  auto identity = *load(file);
  identity.key = parsed.key;
  identity.state = Identity::State::ready;
  if (!identity.public_key) identity.public_key = public_part(parsed.key.get());
  const std::lock_guard lock(mutex_);
  loaded_[file] = std::make_shared<const Identity>(std::move(identity));
  return true;
}

std::shared_ptr<const Certificate> Identities::load_certificate(const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (const auto found = certificates_.find(file); found != certificates_.end()) return found->second;
  const auto fail = [&file](const std::string& why) {
    throw Error("the certificate '" + file + "' cannot be read: " + why,
                "name a certificate as ssh-keygen -s writes it");
  };
  if (::access(path_of(file).c_str(), R_OK) != 0) fail(std::strerror(errno));
  const auto key = parse_public_key(contents(file).text);
  const auto certificate = key ? parse_certificate(*key) : std::nullopt;
  if (!certificate) fail("it is no certificate");
  return certificates_[file] = std::make_shared<const Certificate>(*certificate);
}

SharedKey Identities::certify(const Identity& identity, const Certificate& certificate) {
  const std::lock_guard lock(mutex_);
  const auto [place, is_new] = certified_.try_emplace({identity.file, certificate.key.blob});
  if (!is_new) return place->second;
  ssh_key from_file = nullptr;
  const auto line = certificate.key.line();
  const auto type = ssh_key_type_from_name(certificate.key.type().c_str());
  if (ssh_pki_import_cert_base64(line.c_str() + line.find(' ') + 1, type, &from_file) != SSH_OK) return nullptr;
  const SharedKey owner(from_file, &ssh_key_free);
  const SharedKey key(ssh_key_dup(identity.key.get()), &ssh_key_free);
  if (key && ssh_pki_copy_cert_to_privkey(from_file, key.get()) == SSH_OK) place->second = key;
  return place->second;
}

}  // namespace espresso

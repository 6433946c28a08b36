#pragma once

#include "ssh/public_key.h"

#include <libssh/libssh.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace espresso {

using SharedKey = std::shared_ptr<ssh_key_struct>;

/// A key file that was read once, for all sessions.
struct Identity {
  /// What there is to sign with.
  enum class State {
    ready,         ///< `key`
    encrypted,     ///< needs its passphrase, or an agent that holds the key
    security_key,  ///< lives in hardware: only an agent can use it
    public_only,   ///< only an agent can use it
    outdated,      ///< DSA
  };
  std::string file;
  State state = State::ready;
  SharedKey key = {};
  std::optional<PublicKey> public_key = {};     ///< of the file, or of FILE.pub
  std::optional<Certificate> certificate = {};  ///< of FILE-cert.pub
};

/// The key files of a run. May be used by several threads.
class Identities {
 public:
  /// Throws Error: missing, unreadable or malformed. `~/` is the home directory. A missing file whose FILE.pub is there
  /// is a public key, as is FILE.pub itself.
  std::shared_ptr<const Identity> load(const std::string& file);

  /// Decrypts a file that was loaded; false when the passphrase is wrong. Takes a tenth of a second of CPU and more.
  bool unlock(const std::string& file, const std::string& passphrase);

  /// Throws Error: missing, unreadable, or no certificate.
  std::shared_ptr<const Certificate> load_certificate(const std::string& file);

  /// The key together with a certificate for it; none when libssh cannot read the certificate.
  SharedKey certify(const Identity& identity, const Certificate& certificate);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Identity>> loaded_;
  std::map<std::string, std::shared_ptr<const Certificate>> certificates_;
  std::map<std::pair<std::string, std::string>, SharedKey> certified_;  // by file and certificate
};

}  // namespace espresso

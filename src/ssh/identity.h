#pragma once

#include <libssh/libssh.h>

#include <map>
#include <memory>
#include <string>

namespace espresso {

/// A private key file, parsed once and shared by all sessions.
struct Identity {
  std::string file;
  std::shared_ptr<ssh_key_struct> key;  ///< none when the file is encrypted: only an agent can use it
};

/// The keys of a run.
class Identities {
 public:
  /// Throws Error: missing, unreadable or malformed. `~/` is the home directory.
  std::shared_ptr<const Identity> load(const std::string& file);

 private:
  std::map<std::string, std::shared_ptr<const Identity>> loaded_;
};

/// The user's home directory.
std::string home_directory();

}  // namespace espresso

#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace espresso {

/// The keys that files of RevokedHostKeys list (ssh_config(5)): public keys, one a line, or what `ssh-keygen -k` writes
/// (PROTOCOL.krl of OpenSSH). Each file is read once. For any number of threads.
class RevokedKeys {
 public:
  /// Whether the file lists the key, which is in base64. Throws Error when that cannot be told.
  bool lists(const std::string& file, std::string_view key);

 private:
  struct Content {
    std::set<std::string, std::less<>> keys = {};          ///< in base64
    std::set<std::string, std::less<>> fingerprints = {};  ///< "SHA256:…"
    std::string trouble = {};                              ///< why all this is not to be relied on
  };
  static Content read(const std::string& file);
  static void read_list(std::string_view text, Content& content);

  std::mutex mutex_;
  std::map<std::string, Content> files_;
};

}  // namespace espresso

#pragma once

#include "core/error.h"
#include "ssh/hashed_names.h"
#include "ssh/known_hosts_line.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sys/stat.h>
#include <sys/types.h>

namespace espresso {

/// A file does not take a host key.
class NotWritten : public Error {
 public:
  using Error::Error;
};

/// One known_hosts file, read once into an index. For any number of threads.
class KnownHostsFile {
 public:
  using Lines = std::vector<KnownHostsLine>;

  /// A missing file is as an empty one; so is one that cannot be read, but trouble() says why.
  explicit KnownHostsFile(std::string path);
  /// Of no file: what is added to it is forgotten with it.
  KnownHostsFile(std::string name, std::string_view text);
  KnownHostsFile(const KnownHostsFile&) = delete;
  KnownHostsFile& operator=(const KnownHostsFile&) = delete;

  const std::string& path() const { return path_; }
  /// Why the file cannot be read: "Permission denied". Empty when it could be, or is not there.
  const std::string& trouble() const { return trouble_; }

  /// Lines that list the name (listed_name()) readably, in order.
  Lines readable_lines(std::string_view name) const;
  /// Lines that list it as a hash, without @revoked ones; takes an HMAC a line the first time it is asked for a name.
  Lines hashed_lines(const std::string& name) const;
  /// @revoked lines that list it as a hash.
  Lines hashed_revocations(const std::string& name) const;

  /// Appends a line to the file (created 0600, its folder 0700) under a lock, unless it was added meanwhile by this
  /// program or another one, and to the index. `hashed`: as HashKnownHosts in ssh_config(5).
  /// Throws NotWritten when the file cannot be written, Unreachable when it lists another key of that name meanwhile;
  /// the index stays as it is.
  void append(const std::string& name, std::string_view type, std::string_view key, bool hashed);

 private:
  /// What tells whether a file has been changed.
  struct Sight {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec changed = {};
    bool operator==(const struct stat& status) const;
  };

  void read();
  void see(int descriptor);
  void add_text(std::string text);
  void add_line(const KnownHostsLine& line);
  void add_name(std::string_view name, std::uint32_t line);
  void write(const std::string& line, const KnownHostsLine& known);
  bool is_among(const Lines& lines, std::string_view key) const;
  Lines lines_at(std::vector<std::uint32_t> numbers) const;
  void make_hashed() const;

  std::string path_;
  std::string trouble_;
  const bool is_memory_;
  mutable std::mutex mutex_;       // for all below
  std::deque<std::string> texts_;  // words of lines are views of these
  Lines lines_;
  Sight sight_;
  std::size_t newlines_ = 0;  ///< in the file as last seen
  char last_ = '\n';          ///< its last character
  std::unordered_multimap<std::string_view, std::uint32_t> names_;
  std::vector<std::uint32_t> patterns_;  ///< lines with wildcards or negation
  // Lines with hashes are not looked into before a name is asked for that is not listed readably.
  mutable std::vector<std::uint32_t> hashes_to_add_;
  mutable std::shared_ptr<const HashedNames> hashed_ = std::make_shared<HashedNames>();
  mutable std::shared_ptr<const HashedNames> hashed_revoked_ = std::make_shared<HashedNames>();
  mutable std::unordered_map<std::string, std::vector<std::uint32_t>> found_;
  mutable std::vector<std::uint32_t> found_lines_;  ///< still in hashed_, though they can list no other name
};

}  // namespace espresso

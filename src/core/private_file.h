#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace espresso {

/// Writes a file that nobody else may read, at once or not at all: to a new file beside it, of mode 0600 from the
/// start, synced, then in its place. Throws Error.
void write_private_file(const std::filesystem::path& path, std::string_view text);

/// The same in two steps, for several files that belong together: each lies beside its place until all of them are
/// written. What is not put in place is gone at the end.
class FreshPrivateFile {
 public:
  /// Throws Error.
  FreshPrivateFile(std::filesystem::path path, std::string_view text);
  FreshPrivateFile(const FreshPrivateFile&) = delete;
  FreshPrivateFile& operator=(const FreshPrivateFile&) = delete;
  ~FreshPrivateFile();
  /// Throws Error.
  void put_in_place();

 private:
  std::filesystem::path path_, fresh_;  ///< `fresh_` is empty once it is in place
};

/// A folder of mode 0700, in memory where that is possible (/dev/shm, else $XDG_RUNTIME_DIR, else the folder for
/// temporary files), with one file of mode 0600 for somebody to edit. The file is overwritten and the folder gone at
/// the end.
class PrivateFolder {
 public:
  /// Throws Error.
  PrivateFolder(const std::string& file_name, std::string_view text);
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder();
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path folder_, file_;
};

}  // namespace espresso

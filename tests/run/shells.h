#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace espresso {

/// A shell and the tools it finds: what hosts are made of.
struct Shell {
  std::string name;      ///< fit for the name of a test
  std::string command;   ///< absolute
  bool busybox = false;  ///< its tools are busybox's
  /// PATH: where its tools are, and then those of `more`.
  std::string path(const std::string& more = "") const;
  /// The line that starts the runner in it.
  std::string boot(const std::string& path) const;
  std::string boot() const { return boot(path()); }
  friend void PrintTo(const Shell& shell, std::ostream* out) { *out << shell.name; }
};

/// dash, bash and mksh, each with GNU's tools and with busybox's, and busybox ash, which takes its own tools before any
/// others, whatever PATH says.
std::vector<Shell> shells_to_test();

/// A folder of its own for one test, gone with this object.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Busybox's tools under their names; one folder a process, made when first asked for.
const std::filesystem::path& busybox_tools();

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace espresso

#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace espresso {

/// A shell and the tools it finds: what hosts are made of.
struct Shell {
  std::string name;     ///< fit for the name of a test
  std::string command;  ///< absolute
  std::string path;     ///< PATH
  friend void PrintTo(const Shell& shell, std::ostream* out) { *out << shell.name; }
};

/// dash and bash with GNU's tools, busybox ash with its own.
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

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace espresso

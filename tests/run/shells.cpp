#include "shells.h"

#include "core/text.h"
#include "shell_host.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

namespace espresso {

namespace {

// Busybox's tools under their names; one folder a process.
const std::string& busybox_tools() {
  static const ScratchFolder folder;
  static const std::string path = [] {
    if (run_shell("/bin/busybox --install -s " + quote_for_any_shell(folder.path().string())) != 0) {
      throw std::runtime_error("busybox does not install its tools");
    }
    // Other users run them, too.
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    return folder.path().string();
  }();
  return path;
}

}  // namespace

std::vector<Shell> shells_to_test() {
  const std::string gnu = "/usr/local/bin:/usr/bin:/bin";
  return {
      {.name = "dash", .command = "/bin/dash", .path = gnu},
      {.name = "bash", .command = "/bin/bash", .path = gnu},
      {.name = "ash", .command = busybox_tools() + "/ash", .path = busybox_tools()},
  };
}

ScratchFolder::ScratchFolder() {
  std::string name = std::filesystem::temp_directory_path() / "espresso-test-XXXXXX";
  if (!mkdtemp(name.data())) throw std::runtime_error("no scratch folder");
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace espresso

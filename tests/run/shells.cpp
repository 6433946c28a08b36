#include "shells.h"

#include "shell_host.h"

#include "core/text.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

namespace espresso {

const std::filesystem::path& busybox_tools() {
  static const ScratchFolder folder;
  static const bool installed = [] {
    if (run_shell("/bin/busybox --install -s " + quote_for_any_shell(folder.path().string())) != 0) {
      throw std::runtime_error("busybox does not install its tools");
    }
    // Other users run them, too.
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    return true;
  }();
  static_cast<void>(installed);
  return folder.path();
}

std::string Shell::path(const std::string& more) const {
  const std::string own = busybox ? busybox_tools().string() : "/usr/local/bin:/usr/bin:/bin";
  return more.empty() ? own : own + ":" + more;
}

std::string Shell::boot(const std::string& path) const {
  return "PATH=" + quote_for_any_shell(path) + "; export PATH; " + shell_command(boot_script(), command);
}

std::vector<Shell> shells_to_test() {
  std::vector<Shell> shells;
  for (const auto& [name, command] :
       {std::pair{"dash", "/bin/dash"}, std::pair{"bash", "/bin/bash"}, std::pair{"mksh", "/bin/mksh-static"}}) {
    shells.push_back({.name = name, .command = command});
    shells.push_back({.name = std::string(name) + "_with_busybox", .command = command, .busybox = true});
  }
  shells.push_back({.name = "ash_with_busybox", .command = "/bin/busybox ash", .busybox = true});
  return shells;
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

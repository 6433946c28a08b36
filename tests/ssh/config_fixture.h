#pragma once

#include "core/diagnostic.h"
#include "process.h"
#include "ssh/config.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace espresso::testing {

/// A user with a home and a system folder of its own.
class ConfigFixture : public ::testing::Test {
 protected:
  ConfigFixture() : user_(local_user()) {
    user_.home = folder_ / "home";
    user_.system_folder = folder_ / "etc";
    std::filesystem::create_directories(user_.home + "/.ssh");
    std::filesystem::create_directories(user_.system_folder);
  }

  std::string user_file() const { return user_.home + "/.ssh/config"; }
  std::string system_file() const { return user_.system_folder + "/ssh_config"; }

  SshOptions of_defaults(const std::string& host) {
    return SshConfig::load("", {}, user_, lookup_).resolve({.host = host});
  }
  SshOptions of(const std::string& text, const std::string& host) {
    write_file(folder_ / "config", text);
    return SshConfig::load(folder_ / "config", {}, user_, lookup_).resolve({.host = host});
  }

  // What is told of a file, with its place as "config".
  std::string refusal_of(const std::string& text, const std::string& host = "h",
                         const std::vector<std::string>& options = {}) {
    write_file(folder_ / "config", text);
    try {
      SshConfig::load(folder_ / "config", options, user_, lookup_).resolve({.host = host});
    } catch (const Mistakes& mistakes) {
      return without_folder(mistakes.what());
    }
    return "(nothing is refused)";
  }
  std::string without_folder(std::string text) const {
    const std::string prefix = folder_ / "";
    for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }

  TemporaryFolder folder_;
  LocalUser user_;
  std::map<std::string, std::string> names_;
  std::atomic<int> lookups_ = 0;
  HostLookup lookup_ = [this](const std::string& name, AddressFamily) -> std::optional<std::string> {
    ++lookups_;
    const auto found = names_.find(name);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
  };
};

}  // namespace espresso::testing

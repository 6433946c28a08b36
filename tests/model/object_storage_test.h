#pragma once

#include "core/error.h"
#include "core/temporary_folder.h"
#include "model/http_client.h"
#include "model/storage.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// A cache of its own, a home folder of its own, and nothing in the environment that says who asks.
class ObjectStorageTest : public ::testing::Test {
 protected:
  ObjectStorageTest() {
    for (const char* name : {"AWS_ACCESS_KEY_ID",
                             "AWS_SECRET_ACCESS_KEY",
                             "AWS_SESSION_TOKEN",
                             "AWS_PROFILE",
                             "AWS_DEFAULT_PROFILE",
                             "AWS_REGION",
                             "AWS_DEFAULT_REGION",
                             "AWS_ENDPOINT_URL",
                             "AWS_ENDPOINT_URL_S3",
                             "AWS_CONFIG_FILE",
                             "AWS_SHARED_CREDENTIALS_FILE",
                             "OS_AUTH_URL",
                             "OS_USERNAME",
                             "OS_PASSWORD",
                             "OS_PROJECT_NAME",
                             "OS_PROJECT_ID",
                             "OS_USER_DOMAIN_NAME",
                             "OS_PROJECT_DOMAIN_NAME",
                             "OS_REGION_NAME",
                             "OS_INTERFACE",
                             "OS_APPLICATION_CREDENTIAL_ID",
                             "OS_APPLICATION_CREDENTIAL_SECRET",
                             "ST_AUTH",
                             "ST_USER",
                             "ST_KEY"})
      unsetenv(name);
    setenv("XDG_CACHE_HOME", cache_.path().c_str(), 1);
    setenv("HOME", home_.path().c_str(), 1);
  }
  ~ObjectStorageTest() override { unsetenv("XDG_CACHE_HOME"); }

  static HttpSettings quick() { return {.retry_pause = std::chrono::milliseconds(1)}; }
  static std::string text(const Storage& storage, const std::string& name) {
    const auto item = storage.find(name);
    return item ? Value(item).to_text() : "(none)";
  }
  /// What is said, with `server` as SERVER.
  static std::string trouble(const Storage& storage, const std::string& name, const std::string& server = "") {
    try {
      storage.find(name);
      return "(none)";
    } catch (const Error& error) {
      std::string message = error.what() + (error.hint().empty() ? "" : "; " + error.hint());
      for (std::size_t at; !server.empty() && (at = message.find(server)) != std::string::npos;)
        message.replace(at, server.size(), "SERVER");
      return message;
    }
  }
  /// "PATH MODE CONTENT" of all below a folder, sorted; of folders "PATH/ MODE".
  static std::vector<std::string> tree(const Storage& storage, const std::string& name) {
    namespace fs = std::filesystem;
    std::vector<std::string> lines;
    const auto item = storage.find(name);
    if (!item) return {"(none)"};
    for (const auto& entry : fs::recursive_directory_iterator(item->path)) {
      char mode[8];
      std::snprintf(mode, sizeof mode, "%03o", static_cast<unsigned>(entry.status().permissions()) & 0777U);
      std::string line = entry.path().lexically_relative(item->path).string();
      if (entry.is_directory()) {
        lines.push_back(line + "/ " + mode);
        continue;
      }
      std::ifstream stream(entry.path());
      lines.push_back(line + " " + mode + " " + std::string{std::istreambuf_iterator<char>(stream), {}});
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  testing::TemporaryFolder cache_;
  testing::TemporaryFolder home_;
};

}  // namespace espresso

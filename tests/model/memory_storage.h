#pragma once

#include "model/storage.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace espresso {

/// A storage of texts for tests: lies in a folder that goes with it.
class MemoryStorage : public Storage {
 public:
  explicit MemoryStorage(const std::map<std::string, std::string>& texts) {
    std::string name = (std::filesystem::temp_directory_path() / "espresso-storage-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    for (const auto& [file, text] : texts) std::ofstream(folder_ / file, std::ios::binary) << text;
    storage_ = open_directory_storage(folder_);
  }
  ~MemoryStorage() override { std::filesystem::remove_all(folder_); }
  MemoryStorage(const MemoryStorage&) = delete;
  MemoryStorage& operator=(const MemoryStorage&) = delete;

  Value::Item find(std::string_view name) const override { return storage_->find(name); }
  std::vector<std::string> names() const override { return storage_->names(); }
  std::string describe() const override { return "files"; }
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Storage> storage_;
};

}  // namespace espresso

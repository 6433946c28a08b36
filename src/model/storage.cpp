#include "model/storage.h"

#include "core/text.h"

#include <algorithm>

namespace espresso {

Value::Item StoragePath::find(std::string_view name) const {
  for (const auto& storage : storages_) {
    if (auto item = storage->find(name)) return item;
  }
  return nullptr;
}

std::vector<std::string> StoragePath::names() const {
  std::vector<std::string> names;
  for (const auto& storage : storages_) {
    const auto more = storage->names();
    names.insert(names.end(), more.begin(), more.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string StoragePath::describe() const {
  std::vector<std::string> words;
  for (const auto& storage : storages_) words.push_back(storage->describe());
  return join(words, ", ");
}

}  // namespace espresso

#pragma once

#include "core/diagnostic.h"
#include "helpers/operation.h"
#include "model/storage.h"
#include "model/template.h"
#include "model/value.h"

#include <map>
#include <memory>
#include <string>

namespace espresso {

/// How content travels: inside the operation's line, or apart from it. One of both is set.
struct Delivery {
  std::optional<std::string> inline_text = {};
  std::shared_ptr<const Content> content = {};
};

/// Content of a run, read and hashed once however many hosts and operations need it.
class ContentCache {
 public:
  Delivery of_text(std::string text);
  /// Throws Mistakes with the place when the file cannot be read.
  Delivery of_item(const StorageItem& item, const Span& span);
  /// Read and hashed once. Throws Mistakes with the place when it is no folder or cannot be read.
  std::shared_ptr<const Tree> tree_of(const StorageItem& item, const std::vector<std::string>& exclude,
                                      const Span& span);
  /// Sets what is there already, hashed once. Throws Mistakes when it is in the way of a file or cannot be read.
  void look_at(Destination& destination);
  /// Parsed once. Throws Mistakes: the template's own, or with the place when it cannot be read.
  const Template& template_of(const StorageItem& item, const Span& span);

 private:
  std::map<std::string, std::weak_ptr<const Content>> texts_;  // by hash: each lives as long as an operation needs it
  std::map<std::string, Delivery> items_;                      // by path, size and time of the last change
  std::map<std::string, std::string> hashes_;                  // likewise
  std::map<std::string, Template> templates_;
  std::map<std::pair<std::string, std::vector<std::string>>, std::shared_ptr<const Tree>> trees_;  // by path, exclude
};

/// The storage item of this name. A name that no storage has is a mistake with the nearest one.
Value::Item find_item(const Storage* storage, const std::string& name, const Span& span);

}  // namespace espresso

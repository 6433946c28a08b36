#include "model/storage_http.h"
#include "model/storage_s3.h"
#include "model/storage_swift.h"
#include "nginx_server.h"
#include "object_storage_test.h"
#include "swift_server.h"

#include <functional>

namespace espresso {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

/// Something that a storage can be opened on, empty at first. Names are below what the storage is opened for.
class Place {
 public:
  virtual ~Place() = default;
  virtual void put(const std::string& name, const std::string& content) = 0;
  virtual void remove(const std::string& name) = 0;
  /// As a new run of the program does.
  virtual std::unique_ptr<Storage> open() const = 0;
  /// Whether it tells what it holds.
  virtual bool has_folders() const { return true; }
};

class DirectoryPlace : public Place {
 public:
  void put(const std::string& name, const std::string& content) override {
    const auto path = folder_.path() / name;
    for (auto above = path.parent_path(); above != folder_.path(); above = above.parent_path()) made_.push_back(above);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(0644));
    for (const auto& above : made_) std::filesystem::permissions(above, static_cast<std::filesystem::perms>(0755));
  }
  void remove(const std::string& name) override { std::filesystem::remove(folder_.path() / name); }
  std::unique_ptr<Storage> open() const override { return open_directory_storage(folder_.path()); }

 private:
  testing::TemporaryFolder folder_;
  std::vector<std::filesystem::path> made_;
};

class NginxPlace : public Place {
 public:
  void put(const std::string& name, const std::string& content) override {
    const auto path = server_.files() / "base" / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  void remove(const std::string& name) override { std::filesystem::remove(server_.files() / "base" / name); }
  std::unique_ptr<Storage> open() const override {
    return open_http_storage(server_.url() + "/base", {.ca_file = server_.ca_file()}, {.identity = {}});
  }
  bool has_folders() const override { return false; }

 private:
  NginxServer server_;
};

class SwiftPlace : public Place {
 public:
  void put(const std::string& name, const std::string& content) override {
    server_.put("things", "base/" + encode_path(name), content);
  }
  void remove(const std::string& name) override { server_.remove("things", "base/" + encode_path(name)); }
  std::unique_ptr<Storage> open() const override {
    return open_swift_storage("swift://things/base",
                              {.auth_url = server_.auth_url(), .user = "test:tester", .password = "testing"}, "", {},
                              {.identity = {}});
  }

 protected:
  SwiftServer server_;
};

class S3Place : public SwiftPlace {
 public:
  std::unique_ptr<Storage> open() const override {
    return open_s3_storage("s3://things/base",
                           {.endpoint = server_.url(),
                            .region = "eu-test-1",
                            .credentials = {.access_key = "test:tester", .secret_key = "testing"}},
                           {}, {.identity = {}});
  }
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Place>()> make;
};

/// What holds for each storage, of whatever kind, against real servers.
class StorageContract : public ObjectStorageTest, public ::testing::WithParamInterface<Kind> {
 protected:
  StorageContract() : place_(GetParam().make()) {}
  std::unique_ptr<Place> place_;
};

TEST_P(StorageContract, FilesAreFoundByName) {
  std::string large;
  for (int i = 0; i < 300'000; ++i) large += std::to_string(i) + '\0' + "\r\n\xff";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"plain", "text\n"}, {"in/a/folder", "x"}, {"a b/ü%+&=?#;:@'\"", "odd"}, {"empty", ""}, {"large", large}};
  for (const auto& [name, content] : files) place_->put(name, content);
  const auto storage = place_->open();
  for (const auto& [name, content] : files) {
    const auto item = storage->find(name);
    ASSERT_NE(item, nullptr) << name;
    EXPECT_EQ(item->name, name);
    EXPECT_EQ(item->size, content.size()) << name;
    EXPECT_EQ(Value(item).to_text() == content, true) << name;
  }
  for (const std::string none : {"none", "plain/x", "plai", "Plain", "../base/plain", "in/../plain", "/plain", ""})
    EXPECT_EQ(storage->find(none), nullptr) << none;
  if (place_->has_folders()) {
    EXPECT_THAT(storage->names(), ElementsAre("a b/ü%+&=?#;:@'\"", "empty", "in/a/folder", "large", "plain"));
  }

  place_->put("plain", "changed");
  place_->remove("empty");
  const auto later = place_->open();
  EXPECT_EQ(text(*later, "plain"), "changed");
  EXPECT_EQ(later->find("empty"), nullptr);
  EXPECT_EQ(text(*later, "in/a/folder"), "x");
}

class StorageWithFolders : public StorageContract {};

TEST_P(StorageWithFolders, FoldersAreTrees) {
  place_->put("site/index.html", "index");
  place_->put("site/css/a.css", "css");
  place_->put("site/css/b.css", "css");
  place_->put("sitemap", "none of it");
  const auto storage = place_->open();
  EXPECT_THAT(tree(*storage, "site"),
              ElementsAre("css/ 755", "css/a.css 644 css", "css/b.css 644 css", "index.html 644 index"));
  EXPECT_THAT(tree(*storage, "site/css"), ElementsAre("a.css 644 css", "b.css 644 css"));
  EXPECT_THAT(tree(*storage, "."), IsSupersetOf({"site/ 755", "site/css/a.css 644 css", "sitemap 644 none of it"}));
  EXPECT_EQ(text(*storage, "site/index.html"), "index");
  EXPECT_EQ(storage->find("sit"), nullptr);

  place_->put("site/new", "n");
  place_->remove("site/css/b.css");
  EXPECT_THAT(tree(*place_->open(), "site"),
              ElementsAre("css/ 755", "css/a.css 644 css", "index.html 644 index", "new 644 n"));
}

const Kind directory{"Directory", [] { return std::make_unique<DirectoryPlace>(); }};
const Kind nginx{"Nginx", [] { return std::make_unique<NginxPlace>(); }};
const Kind s3{"S3", [] { return std::make_unique<S3Place>(); }};
const Kind swift{"Swift", [] { return std::make_unique<SwiftPlace>(); }};
const auto name_of = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Kinds, StorageContract, ::testing::Values(directory, nginx, s3, swift), name_of);
INSTANTIATE_TEST_SUITE_P(Kinds, StorageWithFolders, ::testing::Values(directory, s3, swift), name_of);

}  // namespace
}  // namespace espresso

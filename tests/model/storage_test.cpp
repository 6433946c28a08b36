#include "core/error.h"
#include "model/storage.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace espresso {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class StorageTest : public testing::Test {
 protected:
  StorageTest() {
    std::string name = (fs::temp_directory_path() / "espresso-storage-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    fs::create_directories(folder_ / "files/nginx");
    write("files/motd", "hello\n");
    write("files/nginx/site.conf", "listen 80;\n");
    write("secret", "outside");
  }
  ~StorageTest() override { fs::remove_all(folder_); }

  void write(const fs::path& name, std::string_view text) { std::ofstream(folder_ / name) << text; }

  fs::path folder_;
};

TEST_F(StorageTest, FindsFilesByTheirRelativeName) {
  const auto storage = open_directory_storage(folder_ / "files");
  const auto item = storage->find("nginx/site.conf");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->name, "nginx/site.conf");
  EXPECT_EQ(item->size, 11U);
  EXPECT_EQ(Value(item).to_text(), "listen 80;\n");
  EXPECT_EQ(storage->find("nginx/other.conf"), nullptr);
}

TEST_F(StorageTest, DoesNotFindWhatLiesOutside) {
  fs::create_symlink(folder_ / "secret", folder_ / "files/link");
  fs::create_symlink("motd", folder_ / "files/inside");
  const auto storage = open_directory_storage(folder_ / "files");
  for (const std::string name : {"../secret", "nginx/../../secret", "/etc/passwd", "link", "", "nginx/.."}) {
    EXPECT_EQ(storage->find(name), nullptr) << name;
  }
  EXPECT_EQ(storage->find(std::string_view("motd\0x", 6)), nullptr);
  EXPECT_TRUE(storage->find("inside"));
}

TEST_F(StorageTest, NamesAreSortedAndOfAllFolders) {
  EXPECT_THAT(open_directory_storage(folder_ / "files")->names(), ElementsAre("motd", "nginx/site.conf"));
}

TEST_F(StorageTest, WhatIsNoDirectoryCannotBeOpened) {
  try {
    open_directory_storage(folder_ / "secret");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot open storage '" + (folder_ / "secret").string() + "': not a directory");
  }
  EXPECT_THROW(open_directory_storage(folder_ / "missing"), Error);
}

TEST_F(StorageTest, StoragesAreSearchedInOrder) {
  fs::create_directories(folder_ / "own");
  write("own/motd", "mine");
  StoragePath path;
  path.add(open_directory_storage(folder_ / "own"));
  path.add(open_directory_storage(folder_ / "files"));
  EXPECT_EQ(Value(path.find("motd")).to_text(), "mine");
  EXPECT_EQ(Value(path.find("nginx/site.conf")).to_text(), "listen 80;\n");
  EXPECT_THAT(path.names(), ElementsAre("motd", "nginx/site.conf"));
  EXPECT_EQ(path.describe(), (folder_ / "own").string() + ", " + (folder_ / "files").string());
}

}  // namespace
}  // namespace espresso

#include "helpers/tree.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace espresso {
namespace {

namespace fs = std::filesystem;

class Trees : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text, mode_t mode = 0644) {
    fs::create_directories((folder.path() / "tree" / name).parent_path());
    std::ofstream(folder.path() / "tree" / name, std::ios::binary) << text;
    ::chmod((folder.path() / "tree" / name).c_str(), mode);
  }
  Tree tree(const std::vector<std::string>& exclude = {}) const { return Tree(folder.path() / "tree", exclude); }
  std::string manifest(const std::vector<std::string>& exclude = {}) const {
    return tree(exclude).manifest()->read(1 << 20);
  }
  // What tar makes of the archive that follows the manifest, as `find` tells it.
  fs::path unpacked(const Tree& tree, const std::string& wanted) const {
    const std::string whole = tree.content_for(wanted)->read(1 << 26);
    std::ofstream(folder.path() / "tar", std::ios::binary) << whole.substr(tree.manifest()->size);
    const std::string out = folder.path() / "out";
    fs::create_directory(out);
    EXPECT_EQ(std::system(("tar -x -p -C " + out + " -f " + (folder.path() / "tar").string()).c_str()), 0);
    return out;
  }
  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  espresso::testing::TemporaryFolder folder;
};

TEST_F(Trees, TheManifestHasALineForEach) {
  write("b/c d", "x", 0600);
  write("a", "");
  fs::permissions(folder.path() / "tree/b", static_cast<fs::perms>(0750));
  fs::create_symlink("../a", folder.path() / "tree/b/l");
  EXPECT_EQ(manifest(), "f 644 0 " + sha256("") +
                            " a\n"
                            "d 750 - - b\n"
                            "f 600 1 " +
                            sha256("x") +
                            " b/c d\n"
                            "l 777 - - b/l\x1f../a\n.\n");
}

TEST_F(Trees, NamesAndPathsAreLeftOutByPattern) {
  write("keep", "");
  write("x.swp", "");
  write("cache/a/b", "");
  write("deep/cache/c", "");
  const std::string none = sha256("");
  EXPECT_EQ(manifest({"*.swp", "deep/c*"}), "d 755 - - cache\nd 755 - - cache/a\nf 644 0 " + none +
                                                " cache/a/b\nd 755 - - deep\nf 644 0 " + none + " keep\n.\n");
  EXPECT_EQ(manifest({"*.swp", "cache"}), "d 755 - - deep\nf 644 0 " + none + " keep\n.\n");
}

TEST_F(Trees, WhatNoHostCouldHoldIsRefused) {
  write("new\nline", "");
  EXPECT_EQ(error_of([&] { tree(); }), "'new\\nline' has a control character in its name");
  fs::remove(folder.path() / "tree/new\nline");
  ::mkfifo((folder.path() / "tree/pipe").c_str(), 0600);
  EXPECT_EQ(error_of([&] { tree(); }),
            "'" + (folder.path() / "tree/pipe").string() + "' is neither a file, a directory nor a symbolic link");
}

TEST_F(Trees, TheArchiveHoldsWhatIsWanted) {
  std::string long_name(251, 'n');
  long_name[120] = '/';
  const std::string large(3 * 1024 * 1024 + 5, 'L');
  write("a", "hello", 0640);
  write("b", "not wanted");
  write("large", large);
  write(long_name, "long");
  fs::create_symlink(std::string(150, 't'), folder.path() / "tree/link");
  const Tree whole = tree();
  ASSERT_EQ(whole.entries().size(), 6U);
  const fs::path out = unpacked(whole, "1\n3\n4\n5\n6\n");
  EXPECT_EQ(read(out / "a"), "hello");
  EXPECT_EQ(static_cast<unsigned>(fs::status(out / "a").permissions()), 0640U);
  EXPECT_FALSE(fs::exists(out / "b"));
  EXPECT_EQ(read(out / "large"), large);
  EXPECT_EQ(read(out / long_name), "long");
  EXPECT_EQ(fs::read_symlink(out / "link"), std::string(150, 't'));
}

TEST_F(Trees, HostsThatWantTheSameShareOneArchive) {
  write("a", "hello");
  const Tree whole = tree();
  const auto first = whole.content_for("1\n");
  EXPECT_EQ(first, whole.content_for("1\n"));
}

TEST_F(Trees, AHostCannotAskForWhatIsNotThere) {
  write("a", "hello");
  write("b", "hello");
  const Tree whole = tree();
  for (const std::string wanted : {"3\n", "0\n", "2\n1\n", "1\n1\n", "1", "x\n", "-1\n", "99999999999999999999\n"})
    EXPECT_EQ(error_of([&] { whole.content_for(wanted); }), "the host asks for files that are not in the tree")
        << wanted;
}

TEST(SharedFiles, APieceIsReadOnceForAllWhoAreNear) {
  const espresso::testing::TemporaryFolder folder;
  const fs::path path = folder.path() / "f";
  std::ofstream(path) << std::string(SharedFile::piece_size, 'a') << "bc";
  SharedFile file(path, SharedFile::piece_size + 2);
  EXPECT_EQ(file.pieces(), 2U);
  EXPECT_EQ(*file.piece(1), "bc");
  EXPECT_EQ(file.piece(1), file.piece(1));
}

TEST(SharedFiles, AFileThatShrankGivesZerosInItsPlace) {
  const espresso::testing::TemporaryFolder folder;
  const fs::path path = folder.path() / "f";
  std::ofstream(path) << "abc";
  SharedFile file(path, 5);
  EXPECT_EQ(*file.piece(0), std::string("abc\0\0", 5));
}

}  // namespace
}  // namespace espresso

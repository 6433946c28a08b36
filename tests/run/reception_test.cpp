#include "run/reception.h"

#include "shells.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <csignal>
#include <sys/resource.h>

namespace espresso {
namespace {

namespace fs = std::filesystem;

// Whatever becomes of what is sent, the folder holds one file or none: no temporary ones.
class Receiving : public testing::Test {
 protected:
  Destination destination(std::uint64_t limit = 100) const {
    return {.path = folder / "here/f", .text = "here/f", .literal = "here/f", .span = {}, .limit = limit};
  }
  void put(const std::string& text) const {
    fs::create_directories(folder / "here");
    write_file(folder / "here/f", text);
  }
  /// What happened to the file that was there.
  std::string found() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / "here")) names.push_back(entry.path().filename());
    if (names.empty()) return "nothing";
    return names == std::vector<std::string>{"f"} ? read_file(folder / "here/f") : "more than one file";
  }
  /// Announced, sent, and its hash told: what went wrong.
  std::string receive(std::uint64_t size, const std::string& bytes, const std::string& sum) const {
    Reception reception(destination());
    reception.begin(size);
    reception.take(bytes);
    reception.end(sum);
    return reception.finish();
  }

  ScratchFolder folder;
};

TEST_F(Receiving, PutsTheFileInPlaceWithItsFolders) {
  EXPECT_EQ(receive(5, std::string("a\0b\n\n", 5), sha256(std::string("a\0b\n\n", 5))), "");
  EXPECT_EQ(found(), std::string("a\0b\n\n", 5));
  EXPECT_EQ(fs::status(folder / "here/f").permissions(), fs::perms(0600));
}

TEST_F(Receiving, KeepsTheModeOfWhatWasThere) {
  put("old");
  fs::permissions(folder / "here/f", fs::perms(0640));
  EXPECT_EQ(receive(3, "new", sha256("new")), "");
  EXPECT_EQ(found(), "new");
  EXPECT_EQ(fs::status(folder / "here/f").permissions(), fs::perms(0640));
}

TEST_F(Receiving, LeavesWhatWasThereWhenMoreComesThanAnnounced) {
  put("old");
  EXPECT_EQ(receive(3, "news", sha256("news")), "more came than the host had announced");
  EXPECT_EQ(found(), "old");
}

TEST_F(Receiving, LeavesWhatWasThereWhenLessComes) {
  put("old");
  EXPECT_EQ(receive(5, "new", sha256("new")), "it changed while it was being fetched; run again");
  EXPECT_EQ(found(), "old");
}

TEST_F(Receiving, LeavesWhatWasThereWhenTheHashIsAnother) {
  put("old");
  EXPECT_EQ(receive(3, "new", sha256("old")), "it changed while it was being fetched; run again");
  EXPECT_EQ(found(), "old");
}

TEST_F(Receiving, TakesNothingBeyondTheLimit) {
  put("old");
  EXPECT_EQ(receive(101, "x", sha256("x")), "the host announced more bytes than the limit of 100");
  EXPECT_EQ(receive(~std::uint64_t{0}, "x", sha256("x")), "the host announced more bytes than the limit of 100");
  EXPECT_EQ(found(), "old");
}

TEST_F(Receiving, LeavesWhatWasThereWhenNothingOrNotAllIsSent) {
  put("old");
  EXPECT_EQ(Reception(destination()).finish(), "the host did not send it");
  {
    Reception reception(destination());
    reception.begin(3);
    reception.take("ne");
    EXPECT_EQ(reception.finish(), "the host did not send all of it");
  }
  EXPECT_EQ(found(), "old");
}

TEST_F(Receiving, LeavesWhatWasThereWhenItIsSentTwice) {
  put("old");
  {
    Reception reception(destination());
    reception.begin(3);
    reception.take("new");
    reception.begin(4);
    reception.take("evil");
    reception.end(sha256("evil"));
    EXPECT_EQ(reception.finish(), "the host has sent it twice");
  }
  EXPECT_EQ(found(), "old");
}

TEST_F(Receiving, ReplacesALinkThatAppearsInItsPlaceAndNotWhatItLeadsTo) {
  put("old");
  fs::rename(folder / "here/f", folder / "elsewhere");
  fs::create_symlink("../elsewhere", folder / "here/f");
  EXPECT_EQ(receive(3, "new", sha256("new")), "");
  EXPECT_FALSE(fs::is_symlink(folder / "here/f"));
  EXPECT_EQ(read_file(folder / "elsewhere"), "old");
}

TEST_F(Receiving, TellsWhatIsInTheWay) {
  write_file(folder / "here", "a file");
  EXPECT_EQ(receive(1, "x", sha256("x")),
            "cannot make '" + (folder / "here") + "' on the workstation: Not a directory");
  fs::remove(folder / "here");
  fs::create_directories(folder / "here/f");
  EXPECT_EQ(receive(1, "x", sha256("x")),
            "cannot put '" + (folder / "here/f") + "' in place on the workstation: Is a directory");
}

TEST_F(Receiving, TellsAFolderThatTakesNoFiles) {
  Destination there = destination();
  there.path = "/proc/f";
  Reception reception(there);
  reception.begin(1);
  reception.take("x");
  EXPECT_EQ(reception.finish(), "cannot make a file in '/proc' on the workstation: No such file or directory");
}

TEST_F(Receiving, TellsAFullDisk) {
  // The limit of file sizes stands in for the disk's end.
  rlimit former{};
  getrlimit(RLIMIT_FSIZE, &former);
  rlimit small = former;
  small.rlim_cur = 10;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string text(50, 'x');
  const std::string problem = receive(text.size(), text, sha256(text));
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(problem, "cannot write '" + (folder / "here/f") + "' on the workstation: File too large");
  EXPECT_EQ(found(), "nothing");
}

}  // namespace
}  // namespace espresso

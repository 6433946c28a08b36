#include "ssh/revoked_keys.h"

#include "core/error.h"
#include "sshd.h"

#include <gtest/gtest.h>

namespace espresso::testing {
namespace {

std::string base64_of(const KeyFile& key) {
  const auto line = without_comment(key.public_line());
  return line.substr(line.find(' ') + 1);
}

class Revoked : public ::testing::Test {
 protected:
  /// Which of the three keys the file lists, or what is wrong with it.
  std::string listed(const std::string& file) {
    RevokedKeys revoked;
    std::string names;
    try {
      for (const auto* key : {&a_, &b_, &c_}) names += revoked.lists(file, base64_of(*key)) ? key->path.back() : '-';
    } catch (const Error& error) {
      return error.what();
    }
    return names;
  }
  /// Of a list that ssh-keygen makes of these lines.
  std::string listed_of(const std::string& lines) {
    write_file(folder_ / "lines", lines);
    output_of({"ssh-keygen", "-q", "-k", "-f", folder_ / "list", folder_ / "lines"});
    return listed(folder_ / "list");
  }

  TemporaryFolder folder_;
  KeyFile a_ = make_key(folder_, "a", "ed25519"), b_ = make_key(folder_, "b", "ecdsa"),
          c_ = make_key(folder_, "c", "rsa");
};

TEST_F(Revoked, KeysStandInLines) {
  write_file(folder_ / "keys", "# a comment\n\n  " + a_.public_line() + without_comment(c_.public_line()));
  EXPECT_EQ(listed(folder_ / "keys"), "a-c");
}
TEST_F(Revoked, NoneIsListedInAnEmptyFile) {
  write_file(folder_ / "keys", "");
  EXPECT_EQ(listed(folder_ / "keys"), "---");
}
TEST_F(Revoked, KeysStandInListsOfSshKeygen) {
  EXPECT_EQ(listed_of("key: " + b_.public_line()), "-b-");
  EXPECT_EQ(listed_of("sha256: " + without_comment(a_.public_line()) + "\nkey: " + c_.public_line()), "a-c");
}
TEST_F(Revoked, WhatCannotBeUnderstoodIsNotReliedOn) {
  EXPECT_EQ(listed(folder_ / "none"), "cannot read '" + (folder_ / "none") + "': No such file or directory");
  write_file(folder_ / "keys", a_.public_line() + "no key\n" + b_.public_line());
  EXPECT_EQ(listed(folder_ / "keys"), "line 2 of '" + (folder_ / "keys") + "' is no public key");
  EXPECT_EQ(listed_of("sha1: " + a_.public_line()), "it holds SHA-1 hashes, which are not supported");
  listed_of("key: " + a_.public_line());
  const auto list = read_file(folder_ / "list");
  // Each cut but that of the whole header is noticed; an end behind the header is that of an empty list.
  const std::size_t header = 8 + 4 + 3 * 8 + 4 + 4;
  for (std::size_t size = 8; size < list.size(); ++size) {
    write_file(folder_ / "cut", list.substr(0, size));
    const auto told = listed(folder_ / "cut");
    EXPECT_EQ(told.size() == 3, size == header) << size << ": " << told;
  }
}

}  // namespace
}  // namespace espresso::testing

#include "core/cksum.h"

#include "temporary_folder.h"

#include <gtest/gtest.h>

#include <string>
#include <system_error>

namespace espresso {
namespace {

std::uint32_t cksum(std::string_view data) {
  Cksum cksum;
  cksum.add(data);
  return cksum.finish();
}

// What cksum(1) of Debian's coreutils says.
TEST(CksumOf, MatchesKnownValues) {
  EXPECT_EQ(cksum(""), 4294967295U);
  EXPECT_EQ(cksum("a"), 1220704766U);
  EXPECT_EQ(cksum("123456789"), 930766865U);
}

TEST(CksumOf, IsThatOfTheToolHoweverItIsCut) {
  const testing::TemporaryFolder folder;
  std::string data;
  for (int i = 0; i < 100'003; ++i) data += static_cast<char>(i * 7919 >> 3);
  const std::string path = folder.write("f", data);
  const std::uint32_t whole = cksum(data);
  EXPECT_EQ(std::to_string(whole) + "\n", testing::output_of("cksum <" + path + " | cut -d' ' -f1"));
  EXPECT_EQ(cksum_of_file(path), whole);
  Cksum pieces;
  for (std::size_t at = 0; at < data.size(); at += at % 101 + 1)
    pieces.add(std::string_view(data).substr(at, at % 101 + 1));
  EXPECT_EQ(pieces.finish(), whole);
  EXPECT_THROW(cksum_of_file(folder.path() / "none"), std::system_error);
}

}  // namespace
}  // namespace espresso

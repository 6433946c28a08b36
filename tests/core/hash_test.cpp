#include "core/hash.h"

#include "temporary_folder.h"

#include <gmock/gmock.h>

#include <system_error>

namespace espresso {
namespace {

// FIPS 180-4 examples.
TEST(Sha256, MatchesKnownVectors) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(sha256_of_file(folder.write("empty", "")), sha256(""));
  EXPECT_EQ(sha256_of_file(folder.write("large", std::string(1'000'000, 'a'))), sha256(std::string(1'000'000, 'a')));
  EXPECT_THROW(sha256_of_file(folder.path() / "none"), std::system_error);
  EXPECT_THROW(sha256_of_file(folder.path()), std::system_error);
}

TEST(Base64, MatchesRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string_view("\0\xff", 2)), "AP8=");
}

TEST(RandomHex, IsOfItsLengthAndNeverTheSame) {
  EXPECT_THAT(random_hex(16), ::testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(random_hex(16), random_hex(16));
  EXPECT_EQ(random_hex(0), "");
}

}  // namespace
}  // namespace espresso

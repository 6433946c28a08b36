#include "model/sealed.h"

#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espresso {
namespace {

constexpr SealingCost cheap{.passes = 1, .memory = 8192};

SealingKey passphrase(std::string text) { return {.kind = SealingKey::Kind::passphrase, .secret = std::move(text)}; }
SealingKey key(char of) { return {.kind = SealingKey::Kind::key, .secret = std::string(sealing_key_size, of)}; }

std::string error_of(const std::string& text, const SealingKey& with) {
  try {
    return "opened: " + unseal(text, with);
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Sealed, OpensWithItsPassphraseOrKey) {
  for (const std::string& plain : {std::string(), std::string("db: {password: x}\n"), std::string(100'000, '\0')}) {
    EXPECT_EQ(unseal(seal(plain, passphrase("correct horse"), cheap), passphrase("correct horse")), plain);
    EXPECT_EQ(unseal(seal(plain, key('k')), key('k')), plain);
  }
}

TEST(Sealed, IsTextOfLinesThatSaysHowItsKeyIsMade) {
  const std::string text = seal("hello", passphrase("correct horse"), cheap);
  EXPECT_THAT(text,
              ::testing::MatchesRegex("\\$ESPRESSO_SECRET;1;argon2id;1;8192;[A-Za-z0-9+/]*=*\n[A-Za-z0-9+/]*=*\n"));
  EXPECT_THAT(seal("hello", key('k')), ::testing::StartsWith("$ESPRESSO_SECRET;1;key\n"));
  EXPECT_TRUE(is_sealed(text));
  EXPECT_FALSE(is_sealed("db: {}\n"));
}

TEST(Sealed, IsAnotherTextEachTime) { EXPECT_NE(seal("hello", key('k')), seal("hello", key('k'))); }

TEST(Sealed, StaysClosedToOthers) {
  EXPECT_EQ(error_of(seal("hello", passphrase("correct horse"), cheap), passphrase("correct hors")),
            "this passphrase does not open it: it is another one, or the file was changed");
  EXPECT_EQ(error_of(seal("hello", key('k')), key('l')),
            "this key does not open it: it is another one, or the file was changed");
}

TEST(Sealed, StaysClosedWhereAnythingWasChanged) {
  const std::string text = seal("hello", key('k'));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_THAT(error_of(changed, key('k')), ::testing::Not(::testing::StartsWith("opened"))) << at;
  }
  for (std::size_t size = 0; size + 1 < text.size(); ++size)
    EXPECT_THAT(error_of(text.substr(0, size), key('k')), ::testing::Not(::testing::StartsWith("opened"))) << size;
}

TEST(Sealed, IsRefusedWhenItAsksForTooMuch) {
  const std::string salt = "AAAAAAAAAAAAAAAAAAAAAA==";
  EXPECT_EQ(
      error_of("$ESPRESSO_SECRET;1;argon2id;3;1099511627776;" + salt + "\nAAAA\n", passphrase("x")),
      "this secret file asks for 3 passes over 1099511627776 bytes to make its key, which is more than any should");
  EXPECT_EQ(
      error_of("$ESPRESSO_SECRET;1;argon2id;1000000000;8192;" + salt + "\nAAAA\n", passphrase("x")),
      "this secret file asks for 1000000000 passes over 8192 bytes to make its key, which is more than any should");
  EXPECT_EQ(error_of("$ESPRESSO_SECRET;1;argon2id;0;0;" + salt + "\nAAAA\n", passphrase("x")),
            "this secret file is broken: it was cut short or changed");
  EXPECT_EQ(error_of("$ESPRESSO_SECRET;2;argon2id;1;8192;" + salt + "\nAAAA\n", passphrase("x")),
            "this secret file is of version '2', which this Espresso does not know");
}

}  // namespace
}  // namespace espresso

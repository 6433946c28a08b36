#include "core/text.h"

#include "temporary_folder.h"

#include <gmock/gmock.h>

#include <random>

namespace espresso {
namespace {

TEST(Quote, MakesOneWordOnOneLine) {
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("a b"), "'a b'");
  EXPECT_EQ(quote("it's"), "'it'\\''s'");
  EXPECT_EQ(quote("a\nb"), "'a'\"$n_\"'b'");
  EXPECT_EQ(quote_for_any_shell("a\nb'c"), "'a\nb'\\''c'");
}

// Every byte but NUL, and more often those that mean something to a shell.
std::vector<std::string> words() {
  const std::string special = "'\"\\$`\n\r\t !*?[]{}()<>|&;#~=%-\x7f\xff\xc3\xa9";
  std::mt19937 random(20240131);
  std::vector<std::string> words = {"",    "'",   "''",      "\n", "\n\n", "'\n'", "\\",
                                    "\\n", "$n_", "\"$n_\"", "-n", "a\\",  "\r\n"};
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  words.push_back(every);
  for (int i = 0; i < 600; ++i) {
    std::string word;
    for (auto length = random() % 60; length > 0; --length)
      word += random() % 2 ? special[random() % special.size()] : static_cast<char>(1 + random() % 255);
    words.push_back(word);
  }
  return words;
}

class QuoteThroughShell : public ::testing::TestWithParam<const char*> {};

TEST_P(QuoteThroughShell, ComesBackIdentical) {
  const std::vector<std::string> sent = words();
  std::string script = "n_='\n'\n";
  std::string expected;
  for (const auto& word : sent) {
    ASSERT_EQ(quote(word).find('\n'), std::string::npos);
    script += "printf '%s\\0' " + quote(word) + "\nprintf '%s\\0' " + quote_for_any_shell(word) + "\n";
    expected += word + '\0' + word + '\0';
  }
  const testing::TemporaryFolder folder;
  const std::string output = testing::output_of(GetParam() + (" " + folder.write("script", script)));
  const auto received = split(output, '\0');
  ASSERT_EQ(received.size(), 2 * sent.size() + 1) << "is " << GetParam() << " installed?";
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(received[2 * i], sent[i]) << quote(sent[i]);
    EXPECT_EQ(received[2 * i + 1], sent[i]) << quote_for_any_shell(sent[i]);
  }
  EXPECT_TRUE(output == expected);
}

INSTANTIATE_TEST_SUITE_P(Shells, QuoteThroughShell, ::testing::Values("dash", "bash", "bash --posix", "busybox sh"));

}  // namespace
}  // namespace espresso

#include "core/secrets.h"

#include "core/hash.h"
#include "core/masking_stream.h"
#include "core/text.h"

#include <gtest/gtest.h>

#include <sstream>

namespace espresso {
namespace {

std::string masked(std::string_view secret, std::string_view text) {
  Secrets secrets;
  secrets.add(secret);
  return secrets.mask(text);
}

TEST(Secrets, LeaveTextsAloneWhereThereAreNone) {
  EXPECT_EQ(Secrets().mask("hunter2 stays"), "hunter2 stays");
  EXPECT_EQ(masked("hunter2", "nothing of it: hunter1"), "nothing of it: hunter1");
}

TEST(Secrets, AreMaskedWhereverTheyStand) {
  EXPECT_EQ(masked("hunter2", "hunter2"), "***");
  EXPECT_EQ(masked("hunter2", "a hunter2, b=hunter2;hunter2hunter2"), "a ***, b=***;******");
}

TEST(Secrets, AreMaskedInBase64AtEachAlignment) {
  const std::string secret = "hun/ter2+x?";
  for (const std::string before : {"", "a", "ab", "abc"}) {
    for (const std::string after : {"", "\n", "zz"}) {
      const std::string text = base64(before + secret + after);
      const std::string shown = masked(secret, text);
      EXPECT_NE(shown.find("***"), std::string::npos) << text;
      EXPECT_LE(shown.size(), 3 + 4 + 4U + 2) << text << " " << shown;
    }
  }
  EXPECT_EQ(masked("hunter2", base64("hunter2")), "***");
  EXPECT_EQ(masked("hunter2", "aHVudGVyMg"), "***");
}

TEST(Secrets, AreMaskedInBase64OfSeveralLines) {
  const std::string secret(100, 's');
  const std::string text = base64(secret);
  for (std::size_t width = 16; width < 80; ++width) {
    std::string wrapped;
    for (std::size_t at = 0; at < text.size(); at += width) wrapped += text.substr(at, width) + "\n";
    EXPECT_LE(masked(secret, wrapped).size(), 8U) << width;
  }
}

TEST(Secrets, AreMaskedAsShellsQuoteThem) {
  const std::string secret = "it's $5 \"or\" \\more";
  EXPECT_EQ(masked(secret, quote(secret)), "'***'");
  EXPECT_EQ(masked(secret, R"('it'"'"'s $5 "or" \more')"), "'***'");
  EXPECT_EQ(masked(secret, R"(it\'s\ \$5\ \"or\"\ \\more)"), "***");
  EXPECT_EQ(masked(secret, R"("it's \$5 \"or\" \\more")"), "\"***\"");
  EXPECT_EQ(masked(secret, R"($'it\'s $5 "or" \\more')"), "$'***'");
}

TEST(Secrets, AreMaskedInJsonUrlsAndHexadecimal) {
  EXPECT_EQ(masked("a\"b\\c/d", R"({"x":"a\"b\\c/d","y":"a\"b\\c\/d"})"), R"({"x":"***","y":"***"})");
  EXPECT_EQ(masked("a\"b\\c/d", R"("{\"x\":\"a\\\"b\\\\c/d\"}")"), R"("{\"x\":\"***\"}")");
  EXPECT_EQ(masked("passwört😀", R"("passw\u00f6rt\ud83d\ude00")"), R"("***")");
  EXPECT_EQ(masked("a b/c&d", "?x=a%20b%2Fc%26d&y=a+b%2fc%26d&z=a%20b/c%26d"), "?x=***&y=***&z=***");
  EXPECT_EQ(masked("hunter2", "68756e74657232 68756E74657232"), "*** ***");
}

TEST(Secrets, AreMaskedAsATerminalShowsThem) {
  const std::string secret = "one\x1b[31mtwo";
  EXPECT_EQ(masked(secret, printable(secret)), "***");
}

TEST(Secrets, OfSeveralLinesAreMaskedLineByLine) {
  const std::string key = "-----BEGIN KEY-----\nabcdef\nxy\nghijkl\n-----END KEY-----\n";
  EXPECT_EQ(masked(key, "+  abcdef\n-ghijkl\nxy"), "+  ***\n-***\nxy");
  EXPECT_EQ(masked(key, "key is " + base64(key)), "key is ***Cg==");
}

TEST(Secrets, ThatOverlapLeaveNothingBetweenThem) {
  Secrets secrets;
  secrets.add("abcdef");
  secrets.add("defghi");
  EXPECT_EQ(secrets.mask("xabcdefghiy"), "x***y");
}

TEST(Secrets, TooShortOnesAreMaskedAsAWholeOnlyAndNamed) {
  Secrets secrets;
  secrets.add("ab\n", "the password");
  EXPECT_EQ(secrets.mask("ab"), "***");
  EXPECT_EQ(secrets.mask("ab\n"), "***\n");
  EXPECT_EQ(secrets.mask("cab"), "cab");
  EXPECT_EQ(secrets.short_ones(), std::vector<std::string>{"the password"});
}

TEST(Secrets, AreMaskedWhereATextWasCutWithinThem) {
  Secrets secrets;
  secrets.add("hunter2");
  EXPECT_EQ(secrets.mask_cut_end("hunter2 is hunt"), "*** is ***");
  EXPECT_EQ(secrets.mask_cut_begin("ter2 is hunter2"), "*** is ***");
  EXPECT_EQ(secrets.mask_cut_end("no more"), "no more");
}

TEST(Secrets, AreForgotten) {
  Secrets secrets;
  secrets.add("hunter2");
  secrets.forget();
  EXPECT_TRUE(secrets.empty());
  EXPECT_EQ(secrets.mask("hunter2"), "hunter2");
}

std::string streamed(const std::vector<std::string>& secrets, const std::vector<std::string>& pieces, bool flushes) {
  Secrets known;
  for (const auto& secret : secrets) known.add(secret);
  std::ostringstream out;
  {
    MaskingStream stream(out, known);
    for (const auto& piece : pieces) {
      stream << piece;
      if (flushes) stream << std::flush;
      EXPECT_EQ(out.str().find("hunt"), std::string::npos);
    }
  }
  return out.str();
}

TEST(MaskingStream, MasksWhatComesInPieces) {
  const std::string text = "say hunter2, and aHVudGVyMg== too\nhunt";
  for (const bool flushes : {false, true}) {
    for (std::size_t size = 1; size < text.size(); ++size) {
      std::vector<std::string> pieces;
      for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
      EXPECT_EQ(streamed({"hunter2"}, pieces, flushes), "say ***, and *** too\nhunt");
    }
  }
}

TEST(MaskingStream, KeepsTogetherWhatOverlaps) {
  EXPECT_EQ(streamed({"abcdef", "efgh"}, {"abcdefg", "\n"}, true), "***g\n");
  EXPECT_EQ(streamed({"abcdef", "efgh"}, {"abcdefg", "h\n"}, true), "***\n");
}

TEST(MaskingStream, ShowsAtOnceWhatIsSure) {
  Secrets known;
  known.add("hunter2");
  std::ostringstream out;
  MaskingStream stream(out, known);
  stream << "are you sure? " << std::flush;
  EXPECT_EQ(out.str(), "are you sure? ");
}

TEST(MaskingStream, LeavesJsonJson) {
  EXPECT_EQ(streamed({"12345"}, {"{\"a\":12345,\"b\":\"x12345\",\"c\":0.123456e1,\"d\":[12345]}\n"}, false),
            "{\"a\":\"***\",\"b\":\"x***\",\"c\":\"***\",\"d\":[\"***\"]}\n");
  EXPECT_EQ(streamed({"12345"}, {"a: 12345\n"}, false), "a: ***\n");
  EXPECT_EQ(streamed({"host"}, {"{\"host\":\"host\",\"x\":\"\\\"host\\\":\"}\n"}, false),
            "{\"host\":\"***\",\"x\":\"\\\"***\\\":\"}\n");
}

}  // namespace
}  // namespace espresso

#include "core/text.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(Text, SplitsAndJoins) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split(",", ','), ElementsAre("", ""));
  EXPECT_EQ(join({"a", "", "b"}, "; "), "a; ; b");
  EXPECT_EQ(join({}, ","), "");
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, EnumeratesAsPeopleDo) {
  EXPECT_EQ(enumerate({}), "");
  EXPECT_EQ(enumerate({"a"}), "a");
  EXPECT_EQ(enumerate({"a", "b"}), "a and b");
  EXPECT_EQ(enumerate({"a", "b", "c"}), "a, b and c");
}

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("mode", "mode"), 0U);
  EXPECT_EQ(edit_distance("mode", "modes"), 1U);
  EXPECT_EQ(edit_distance("mode", "ode"), 1U);
  EXPECT_EQ(edit_distance("mode", "made"), 1U);
  EXPECT_EQ(edit_distance("mode", "moed"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

struct GlobCase {
  const char* pattern;
  const char* name;
  bool matches;
};

TEST(Glob, MatchesAsAShellDoes) {
  for (const auto& [pattern, name, matches] : std::vector<GlobCase>{{"web1", "web1", true},
                                                                    {"web1", "web12", false},
                                                                    {"web*", "web", true},
                                                                    {"web*", "web12", true},
                                                                    {"*", "", true},
                                                                    {"", "", true},
                                                                    {"", "a", false},
                                                                    {"*b*d", "abcd", true},
                                                                    {"*b*d", "abdc", false},
                                                                    {"a**b", "ab", true},
                                                                    {"web?", "web1", true},
                                                                    {"web?", "web", false},
                                                                    {"web[12]", "web2", true},
                                                                    {"web[12]", "web3", false},
                                                                    {"web[!12]", "web3", true},
                                                                    {"web[!12]", "web1", false},
                                                                    {"web[^12]", "web3", true},
                                                                    {"[a-c]x", "bx", true},
                                                                    {"[a-c]x", "dx", false},
                                                                    {"[a-]", "-", true},
                                                                    {"[]a]", "]", true},
                                                                    {"[!]a]", "]", false},
                                                                    {"[!]a]", "b", true},
                                                                    {"[", "[", true},
                                                                    {"[!", "[!", true},
                                                                    {"[z-a]", "b", false},
                                                                    {"*[0-9]", "a1", true},
                                                                    {"a[", "a", false},
                                                                    {"[\xC3-\xC4]", "\xC3", true}}) {
    EXPECT_EQ(matches_glob(pattern, name), matches) << pattern << " against " << name;
  }
}

TEST(Glob, TakesNoTimeThatGrowsWithTheNumberOfStars) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(5000, 'a')));
}

TEST(Glob, IsToldByItsCharacters) {
  EXPECT_TRUE(is_glob("web*"));
  EXPECT_TRUE(is_glob("web[12]"));
  EXPECT_FALSE(is_glob("web1.example"));
}

TEST(FoldNames, MakesRangesOfNamesThatDifferInOneNumber) {
  const auto folded = [](const std::string& names) { return fold_names(split(names, ' ')); };
  EXPECT_EQ(folded("a1 a2 a3 b"), "a[1-3],b");
  EXPECT_EQ(folded("a3 a1 a2 a1"), "a[1-3]");
  EXPECT_EQ(folded("a1 a2 a4 a7 a8"), "a[1-2,4,7-8]");
  EXPECT_EQ(folded("a1"), "a1");
  EXPECT_EQ(folded("b a b"), "b,a");
  EXPECT_EQ(folded("web1.example web2.example db1.example"), "web[1-2].example,db1.example");
  EXPECT_EQ(folded("10.0.0.9 10.0.0.10 10.0.0.11"), "10.0.0.[9-11]");
  EXPECT_EQ(fold_names({}), "");
}

TEST(FoldNames, FoldsWhicheverNumberFoldsMost) {
  EXPECT_EQ(fold_names({"web1.dc1", "web2.dc1", "web3.dc1"}), "web[1-3].dc1");
  EXPECT_EQ(fold_names({"web1.dc1", "web1.dc2"}), "web1.dc[1-2]");
}

TEST(FoldNames, KeepsPadding) {
  EXPECT_EQ(fold_names({"a08", "a09", "a10"}), "a[08-10]");
  EXPECT_EQ(fold_names({"a9", "a10"}), "a[9-10]");
  EXPECT_EQ(fold_names({"a8", "a09", "a10"}), "a8,a[09-10]");
  EXPECT_EQ(fold_names({"a1", "a01"}), "a1,a01");
  EXPECT_EQ(fold_names({"a0", "a1"}), "a[0-1]");
}

TEST(FoldNames, LeavesNumbersTooLongForArithmeticAlone) {
  EXPECT_EQ(fold_names({"a99999999999999999998", "a99999999999999999999"}),
            "a99999999999999999998,a99999999999999999999");
}

TEST(Duration, IsReadWithUnits) {
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("5min"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("1d"), 24h);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("90"), 90s);
  EXPECT_EQ(parse_duration("1.5"), 1500ms);
  EXPECT_EQ(parse_duration(" 1m30s "), 90s);
  EXPECT_EQ(parse_duration("3m 5s"), 185s);
  EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(Duration, ThatIsNoneIsNothing) {
  for (const char* text :
       {"", " ", "s", "-1s", "1x", "1m30", "30 5", "nan", "inf", "infs", "1e5", "99999999999d", "+1", "1s,"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, IsToldShortly) {
  EXPECT_EQ(render_duration(0ms), "0.00s");
  EXPECT_EQ(render_duration(350ms), "0.35s");
  EXPECT_EQ(render_duration(12s), "12s");
  EXPECT_EQ(render_duration(185s), "3m 5s");
  EXPECT_EQ(render_duration(2h + 5min + 59s), "2h 5m");
}

TEST(Size, IsReadInPowersOf1024) {
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("64K"), 65536U);
  EXPECT_EQ(parse_size("64kB"), 65536U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("1.5 M"), 1572864U);
  EXPECT_EQ(parse_size("1G"), 1073741824U);
  for (const char* text : {"", "K", "-1", "1X", "1iB", "nan", "inf", "1e3", "99999999999T", "0x10"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Printable, EscapesWhateverDrivesATerminal) {
  EXPECT_EQ(printable("plain ümläut 日本\ttab"), "plain ümläut 日本\ttab");
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(printable("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(printable("a\r\nb\x7f\x08"), "a\\r\\nb\\x7f\\x08");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\u009b31m")
      << "C1 controls start sequences too";
  EXPECT_EQ(printable("\xE2\x80\xAEgnp.exe"), "\\u202egnp.exe") << "overrides hide what a line says";
}

TEST(Printable, EscapesBrokenUtf8) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("\xC3"), "\\xc3");
  EXPECT_EQ(printable("\xC3("), "\\xc3(");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\x9b"), "\\x9b");
}

TEST(Printable, KeepsLinesWhereAskedTo) {
  EXPECT_EQ(printable_lines("a\r\nb\n\tc\rd\n"), "a\nb\n\tc\\rd\n");
  EXPECT_EQ(printable_lines("\x1b[2J\n"), "\\x1b[2J\n");
}

TEST(Utf8, IsToldFromOtherBytes) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("aé日😀"));
  EXPECT_TRUE(is_valid_utf8("\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80")) << "beyond U+10FFFF";
  EXPECT_FALSE(is_valid_utf8("\xE0\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("abc\xE2\x82"));
}

TEST(Width, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("größe"), 5U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U) << "a combining accent";
  EXPECT_EQ(clip("abcdef", 6), "abcdef");
  EXPECT_EQ(clip("abcdefg", 6), "abcde…");
  EXPECT_EQ(clip("日本語", 5), "日本…");
  EXPECT_EQ(clip("abc", 0), "");
}

}  // namespace
}  // namespace espresso

#include "core/diff.h"

#include "core/text.h"
#include "temporary_folder.h"

#include <gmock/gmock.h>

#include <random>

namespace espresso {
namespace {

TEST(Diff, OfEqualTextsIsEmpty) {
  EXPECT_EQ(unified_diff("", "", "a", "b"), "");
  EXPECT_EQ(unified_diff("x\n", "x\n", "a", "b"), "");
}

TEST(Diff, ShowsChangesWithThreeLinesAround) {
  EXPECT_EQ(
      unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nfive\n6\n7\n8\n", "/etc/a (before)", "/etc/a (after)"),
      "--- /etc/a (before)\n"
      "+++ /etc/a (after)\n"
      "@@ -2,7 +2,7 @@\n"
      " 2\n"
      " 3\n"
      " 4\n"
      "-5\n"
      "+five\n"
      " 6\n"
      " 7\n"
      " 8\n");
}

TEST(Diff, OfANewOrEmptiedFileCountsFromZero) {
  EXPECT_EQ(unified_diff("", "a\nb\n", "a", "b"), "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(unified_diff("a\n", "", "a", "b"), "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
}

TEST(Diff, TellsAMissingLastNewline) {
  EXPECT_EQ(unified_diff("a\nb", "a\nb\n", "a", "b"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
  EXPECT_EQ(unified_diff("a\nb", "c\nb", "a", "b"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n");
}

TEST(Diff, OfBinaryContentTellsSizesAndHashes) {
  EXPECT_EQ(unified_diff("", std::string_view("\0a", 2), "a", "b"),
            "--- a\n+++ b\n"
            "binary content differs: 0 bytes (sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855)"
            " became 2 bytes (sha256 022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c)\n");
  EXPECT_THAT(unified_diff("text\n", "\xff\n", "a", "b"), ::testing::HasSubstr("\nbinary content differs: 5 bytes"));
}

TEST(Diff, OfHugeTextsTellsSizesAndHashes) {
  const std::string huge(20 * 1024 * 1024, 'x');
  EXPECT_THAT(unified_diff(huge, "x\n", "a", "b"), ::testing::HasSubstr("\nlarge content differs: 20971520 bytes"));
}

TEST(Diff, OfTextsWithNothingInCommonReplacesAll) {
  std::string before = "same\n", after = "same\n", expected = "--- a\n+++ b\n@@ -1,3001 +1,3001 @@\n same\n";
  std::string added;
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i) + "\n";
    before += "old " + number, expected += "-old " + number;
    after += "new " + number, added += "+new " + number;
  }
  EXPECT_TRUE(unified_diff(before, after, "a", "b") == expected + added);
}

std::string random_text(std::mt19937& random, std::string text, std::size_t edits) {
  auto lines = split(text, '\n');
  for (; edits > 0; --edits) {
    const auto at = static_cast<std::ptrdiff_t>(random() % lines.size());
    const std::string word(1, static_cast<char>('a' + random() % 4));
    if (random() % 3 == 0)
      lines.insert(lines.begin() + at, word);
    else if (random() % 2 == 0 && lines.size() > 1)
      lines.erase(lines.begin() + at);
    else
      lines[static_cast<std::size_t>(at)] = word;
  }
  return join(lines, "\n");
}

std::size_t count_changed(const std::string& diff) {
  std::size_t changed = 0;
  for (const auto& line : split(diff, '\n')) {
    const bool is_name = line.starts_with("---") || line.starts_with("+++");
    changed += !is_name && (line.starts_with('-') || line.starts_with('+'));
  }
  return changed;
}

// What applying a unified diff to the text gives; every context and deleted line must be found where the diff says.
std::string applied(const std::string& before, const std::string& diff) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < before.size();) {
    const std::size_t end = std::min(before.find('\n', start), before.size() - 1) + 1;
    lines.push_back(before.substr(start, end - start));
    start = end;
  }
  std::string after;
  std::size_t at = 0;
  const auto shown = split(diff, '\n');
  for (std::size_t i = 2; i + 1 < shown.size(); ++i) {
    const std::string& line = shown[i];
    if (line.starts_with("@@ -")) {
      const bool is_insertion = line.substr(0, line.find(' ', 4)).ends_with(",0");
      const std::size_t begin = std::stoul(line.substr(4)) - (is_insertion ? 0 : 1);
      while (at < begin) after += lines.at(at++);
      continue;
    }
    if (line.starts_with('\\')) continue;
    const bool is_last = i + 1 < shown.size() && shown[i + 1].starts_with('\\');
    const std::string text = line.substr(1) + (is_last ? "" : "\n");
    if (!line.starts_with('+') && lines.at(at++) != text)
      return "the diff expects another line than '" + lines[at - 1] + "'";
    if (!line.starts_with('-')) after += text;
  }
  while (at < lines.size()) after += lines[at++];
  return after;
}

TEST(Diff, OfRandomTextsAppliesAndIsAsShortAsTheToolsDiff) {
  std::mt19937 random(42);
  const testing::TemporaryFolder folder;
  for (int i = 0; i < 120; ++i) {
    const std::string before = random_text(random, "", random() % 60);
    const std::string after =
        random() % 4 == 0 ? random_text(random, "", random() % 60) : random_text(random, before, random() % 8);
    const std::string ours = unified_diff(before, after, "a", "b");
    const std::string theirs =
        testing::output_of("diff -u --minimal " + folder.write("a", before) + " " + folder.write("b", after));
    ASSERT_EQ(ours.empty(), theirs.empty());
    ASSERT_EQ(count_changed(ours), count_changed(theirs)) << ours << theirs;
    ASSERT_EQ(ours.empty() ? before : applied(before, ours), after) << ours;
  }
}

}  // namespace
}  // namespace espresso

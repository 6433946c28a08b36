#include "core/diagnostic.h"

#include "temporary_folder.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

std::shared_ptr<const Source> source(std::string text, std::string name = "stages.yaml") {
  return std::make_shared<Source>(Source{std::move(name), std::move(text)});
}

/// The span of `word` in the source.
Span at(const std::shared_ptr<const Source>& source, std::string_view word) {
  return span_at(source, source->text.find(word), word.size());
}

TEST(Diagnostic, ShowsTheLineWithCaretsAndTheHint) {
  const auto file = source("stages:\n  main:\n    contnet: hello\n");
  EXPECT_EQ(render({.span = at(file, "contnet"),
                    .message = "helper 'fs.ensure_file' has no parameter 'contnet'",
                    .hint = "did you mean 'content'?"}),
            "stages.yaml:3:5: error: helper 'fs.ensure_file' has no parameter 'contnet'\n"
            "  3 |     contnet: hello\n"
            "    |     ^^^^^^^\n"
            "hint: did you mean 'content'?\n");
}

TEST(Diagnostic, NotesShowTheirOwnPlaces) {
  const auto first = source("main:\n", "a.yaml"), second = source("\n\n\n\n\n\n\n\n\nmain:\n", "b.yaml");
  EXPECT_EQ(render({.span = at(second, "main"),
                    .message = "stage 'main' is defined twice",
                    .notes = {{at(first, "main"), "it is first defined here"}, {{}, "names are shared by all files"}}}),
            "b.yaml:10:1: error: stage 'main' is defined twice\n"
            "  10 | main:\n"
            "     | ^^^^\n"
            "a.yaml:1:1: note: it is first defined here\n"
            "  1 | main:\n"
            "    | ^^^^\n"
            "note: names are shared by all files\n");
}

TEST(Diagnostic, TabsBeforeThePlaceAreKeptBelowIt) {
  EXPECT_EQ(render({.span = at(source("\ta\tbad: 1\n"), "bad"), .message = "m"}),
            "stages.yaml:1:4: error: m\n"
            "  1 | \ta\tbad: 1\n"
            "    | \t \t^^^\n");
}

TEST(Diagnostic, CaretsCountCharactersNotBytes) {
  EXPECT_EQ(render({.span = at(source("größe: über\n"), "über"), .message = "m"}),
            "stages.yaml:1:10: error: m\n"
            "  1 | größe: über\n"
            "    |        ^^^^\n");
}

TEST(Diagnostic, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(render({.span = at(source("日本: 語\n"), "語"), .message = "m"}),
            "stages.yaml:1:9: error: m\n"
            "  1 | 日本: 語\n"
            "    |       ^^\n");
}

TEST(Diagnostic, ControlCharactersAreEscapedAndCounted) {
  EXPECT_EQ(
      render({.span = at(source("a\x1b[31m bad\n"), "bad"), .message = "'\x1b[2J' is odd", .hint = "drop '\x07'"}),
      "stages.yaml:1:8: error: '\\x1b[2J' is odd\n"
      "  1 | a\\x1b[31m bad\n"
      "    |           ^^^\n"
      "hint: drop '\\x07'\n");
}

TEST(Diagnostic, APlaceAtTheEndOfALineHasOneCaret) {
  EXPECT_EQ(render({.span = {source("key:\r\nnext\r\n"), 1, 5}, .message = "a value is missing"}),
            "stages.yaml:1:5: error: a value is missing\n"
            "  1 | key:\n"
            "    |     ^\n");
}

TEST(Diagnostic, ASpanOverSeveralLinesIsMarkedOnItsFirst) {
  EXPECT_EQ(render({.span = at(source("a: {b\nc}\n"), "{b\nc}"), .message = "m"}),
            "stages.yaml:1:4: error: m\n"
            "  1 | a: {b\n"
            "    |    ^^\n");
}

TEST(Diagnostic, WithoutAPlaceOnlyWhatIsKnownIsTold) {
  EXPECT_EQ(render({.span = {}, .message = "no inventory"}), "error: no inventory\n");
  EXPECT_EQ(render({.span = {source("text"), 0, 0}, .message = "it is empty"}), "stages.yaml: error: it is empty\n");
}

TEST(Diagnostic, SpansAreFoundByOffset) {
  const auto file = source("ab\ncd\n");
  EXPECT_EQ(span_at(file, 0, 1).location(), "stages.yaml:1:1");
  EXPECT_EQ(span_at(file, 2, 1).location(), "stages.yaml:1:3");
  EXPECT_EQ(span_at(file, 3, 1).location(), "stages.yaml:2:1");
  EXPECT_EQ(span_at(file, 4, 1).location(), "stages.yaml:2:2");
  EXPECT_EQ(span_at(file, 99, 1).location(), "stages.yaml:3:1");
  EXPECT_EQ(span_at(nullptr, 3, 1).location(), "");
}

TEST(Diagnostic, LinesThatAreNotThereAreEmpty) {
  const auto file = source("one\ntwo");
  EXPECT_EQ(file->line(1), "one");
  EXPECT_EQ(file->line(2), "two");
  EXPECT_EQ(file->line(3), "");
}

TEST(Diagnostics, AreThrownAllAtOnceInOrder) {
  Diagnostics diagnostics;
  EXPECT_NO_THROW(diagnostics.throw_if_any());
  diagnostics.add({}, "first");
  diagnostics.add(Mistakes(Diagnostic{.span = {}, .message = "second", .hint = "do better"}));
  try {
    diagnostics.throw_if_any();
    FAIL() << "nothing was thrown";
  } catch (const Mistakes& mistakes) {
    EXPECT_STREQ(mistakes.what(), "error: first\nerror: second\nhint: do better\n");
    EXPECT_EQ(mistakes.diagnostics().size(), 2U);
  }
}

TEST(Diagnostics, AreAtMostAThousand) {
  Diagnostics diagnostics;
  for (int at = 0; at < 1002; ++at) diagnostics.add(Span{}, std::to_string(at));
  ASSERT_EQ(diagnostics.size(), 1001U);
  EXPECT_EQ(diagnostics.all()[999].message, "999");
  EXPECT_EQ(diagnostics.all()[1000].message, "there are more mistakes than these 1000");
}

TEST(LoadSource, ReadsAFileWhole) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.write("a.yaml", std::string("a\0b\r\n", 5));
  const auto file = load_source(path);
  EXPECT_EQ(file->name, path);
  EXPECT_EQ(file->text, std::string("a\0b\r\n", 5));
  EXPECT_EQ(load_source(folder.write("empty", ""))->text, "");
}

TEST(LoadSource, SaysWhyAFileCannotBeRead) {
  const testing::TemporaryFolder folder;
  const auto mistake = [](const std::string& path) -> std::string {
    try {
      load_source(path);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
    return "it was read";
  };
  const std::string none = (folder.path() / "none.yaml").string(), here = folder.path().string();
  EXPECT_EQ(mistake(none), none + ": error: cannot read '" + none + "': No such file or directory\n");
  EXPECT_EQ(mistake(here), here + ": error: cannot read '" + here + "': Is a directory\n");
}

TEST(DidYouMean, NamesTheNearestOrNothing) {
  const std::vector<std::string> names = {"content", "template", "mode", "x"};
  EXPECT_EQ(did_you_mean("contnet", names), "did you mean 'content'?");
  EXPECT_EQ(did_you_mean("mod", names), "did you mean 'mode'?");
  EXPECT_EQ(did_you_mean("owner", names), "");
  EXPECT_EQ(did_you_mean("y", names), "") << "one letter for another is no likeness";
  EXPECT_EQ(did_you_mean(std::string(1'000'000, 'a'), names), "");
  EXPECT_EQ(did_you_mean("mode", {}), "");
}

}  // namespace
}  // namespace espresso

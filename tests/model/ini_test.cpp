#include "model/ini.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

std::string read(const std::string& text) {
  Diagnostics diagnostics;
  const Node root = parse_ini(std::make_shared<Source>(Source{"web.conf", text}), diagnostics);
  const Value value = value_of(root, diagnostics);
  try {
    diagnostics.throw_if_any();
  } catch (const Mistakes& mistakes) {
    return mistakes.what();
  }
  return to_json(value);
}

TEST(Ini, HoldsSettingsInSections) {
  EXPECT_EQ(read("top = 1\n[http]\nport = 80\nname: www\n[mail]\nport=25\n"),
            R"({"top":1,"http":{"port":80,"name":"www"},"mail":{"port":25}})");
}

TEST(Ini, TypesValuesAsPlainYaml) {
  EXPECT_EQ(read("a = 80\nb = true\nc = 1.5\nd = 0644\ne = yes\nf = '80'\ng = \"x \"\nh =\ni = 10:30\n"),
            R"({"a":80,"b":true,"c":1.5,"d":"0644","e":"yes","f":"80","g":"x ","h":"","i":"10:30"})");
}

TEST(Ini, NamesEndAtTheFirstSeparator) {
  EXPECT_EQ(read("url = http://x?a=b\nkey: a=b\nKey = 2\n"), R"({"url":"http://x?a=b","key":"a=b","Key":2})");
}

TEST(Ini, PassesOverCommentsAndEmptyLines) {
  EXPECT_EQ(read("# one\n\n; two\r\na = 1 ; no comment\r\n   # three\n"), R"({"a":"1 ; no comment"})");
}

TEST(Ini, ValuesGoOnInLinesIndentedDeeper) {
  EXPECT_EQ(read("[x]\na = one\n  two\n\n\tthree\nb =\n  list\n"), R"({"x":{"a":"one\ntwo\n\nthree","b":"\nlist"}})");
  EXPECT_EQ(read("[x]\n  a = 1\n  b = 2\n"), R"({"x":{"a":1,"b":2}})");
}

TEST(Ini, SectionsWithDotsLieWithinOthers) {
  EXPECT_EQ(read("[a]\nx = 1\n[a.b]\ny = 2\n[a]\nz = 3\n"), R"({"a":{"x":1,"b":{"y":2},"z":3}})");
}

TEST(Ini, DefaultsAreInEachSectionThatSaysNothingElse) {
  EXPECT_EQ(read("[DEFAULT]\nport = 1\nuser = u\n[a]\nport = 2\n[b]\n"),
            R"({"a":{"port":2,"user":"u"},"b":{"port":1,"user":"u"}})");
}

TEST(Ini, AllMistakesAreToldWithTheirPlaces) {
  EXPECT_EQ(read("a = 1\na = 2\nnonsense\n[open\nb = 1\n[]\n[x] y\n[a]\nc = %(home)s/x\n= 1\n[p..q]\n"),
            R"(web.conf:2:1: error: 'a' is written twice
  2 | a = 2
    | ^
web.conf:1:1: note: it is here, too
  1 | a = 1
    | ^
hint: keep one of them
web.conf:3:1: error: 'nonsense' is neither a section nor a setting
  3 | nonsense
    | ^^^^^^^^
hint: write [section] or name = value
web.conf:4:1: error: '[open' is no section
  4 | [open
    | ^^^^^
hint: end its name with ']'
web.conf:6:1: error: a section needs a name
  6 | []
    | ^^
web.conf:7:5: error: 'y' follows a section's name
  7 | [x] y
    |     ^
hint: write it on a line of its own
web.conf:8:2: error: 'a' is written twice
  8 | [a]
    |  ^
web.conf:1:1: note: it is here, too
  1 | a = 1
    | ^
hint: keep one of them
web.conf:9:5: error: '%(home)s' would insert another setting, which is not done here
  9 | c = %(home)s/x
    |     ^^^^^^^^
hint: write the value out, or put both together where they are used
web.conf:10:1: error: '= 1' is neither a section nor a setting
  10 | = 1
     | ^^^
hint: write [section] or name = value
web.conf:11:2: error: 'p..q' has an empty part
  11 | [p..q]
     |  ^^^^
hint: write [section.part]
)");
}

TEST(Ini, SectionsAndDefaultsAreBounded) {
  std::string deep = "[a", defaults = "[DEFAULT]\n", sections;
  for (int level = 0; level < 100; ++level) deep += ".a";
  EXPECT_EQ(read(deep + "]\n").find("web.conf:1:2: error: nested deeper than 100 sections\n"), 0U);
  for (int at = 0; at < 400; ++at) {
    defaults += "k" + std::to_string(at) + " = 1\n";
    sections += "[s" + std::to_string(at) + "]\n";
  }
  EXPECT_EQ(read(defaults + sections),
            "web.conf:2:1: error: [DEFAULT] stands for more than 100000 settings\n"
            "  2 | k0 = 1\n"
            "    | ^^\n"
            "hint: write them in the sections that need them\n");
}

TEST(Ini, ColumnsCountAByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBFnonsense\n").find("web.conf:1:4: error: 'nonsense' is neither"), 0U);
}

TEST(Ini, ThatIsNoUtf8IsAMistake) {
  EXPECT_EQ(read("a = \xff\n"), "web.conf: error: the file is not UTF-8\nhint: save it as UTF-8\n");
}

}  // namespace
}  // namespace espresso

#include "model/yaml.h"

#include <gmock/gmock.h>

#include <chrono>
#include <random>

namespace espresso {
namespace {

using testing::HasSubstr;

std::shared_ptr<const Source> source_of(std::string text) {
  return std::make_shared<Source>(Source{"file.yaml", std::move(text)});
}

// The document as JSON, or its mistakes as they are shown.
std::string read(const std::string& text) {
  Diagnostics diagnostics;
  try {
    const Value value = value_of(parse_yaml(source_of(text), diagnostics), diagnostics);
    diagnostics.throw_if_any();
    return to_json(value);
  } catch (const Mistakes& mistakes) {
    return mistakes.what();
  }
}

TEST(Yaml, reads_plain_scalars_by_the_core_schema) {
  const std::pair<const char*, const char*> cases[] = {{"1", "1"},
                                                       {"-12", "-12"},
                                                       {"+3", "3"},
                                                       {"0", "0"},
                                                       {"0x1F", "31"},
                                                       {"0o17", "15"},
                                                       {"1.5", "1.5"},
                                                       {"-1e3", "-1000.0"},
                                                       {".5", "0.5"},
                                                       {"1.", "1.0"},
                                                       {"true", "true"},
                                                       {"FALSE", "false"},
                                                       {"null", "null"},
                                                       {"~", "null"},
                                                       {"", "null"},
                                                       {"yes", R"("yes")"},
                                                       {"no", R"("no")"},
                                                       {"on", R"("on")"},
                                                       {"0644", R"("0644")"},
                                                       {"007", R"("007")"},
                                                       {"-007", R"("-007")"},
                                                       {"1.2.3", R"("1.2.3")"},
                                                       {"1e", R"("1e")"},
                                                       {"0x", R"("0x")"},
                                                       {"'1'", R"("1")"},
                                                       {"\"true\"", R"("true")"},
                                                       {"! 5", R"("5")"},
                                                       {"!!str 5", R"("5")"},
                                                       {"!!int 5", "5"},
                                                       {"22:22", R"("22:22")"},
                                                       {"-", "[null]"},
                                                       {"9223372036854775807", "9223372036854775807"},
                                                       {"9223372036854775808", R"("9223372036854775808")"},
                                                       {"2026-01-01", R"("2026-01-01")"}};
  for (const auto& [text, json] : cases) EXPECT_EQ(read(text), json) << text;
}

TEST(Yaml, reads_what_people_write) {
  EXPECT_EQ(read("a: 1\nb: [x, {c: 'it''s'}]\nd:\n- 1\n- e: |\n    two\n    lines\n"),
            R"({"a":1,"b":["x",{"c":"it's"}],"d":[1,{"e":"two\nlines\n"}]})");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a: ä\r\nb: 2\r\n"),
            R"({"a":"ä","b":2})");
  EXPECT_EQ(read("# nothing\n"), "null");
  EXPECT_EQ(read("---\na: 1\n...\n"), R"({"a":1})");
}

TEST(Yaml, reads_escapes_as_characters) {
  EXPECT_EQ(read(R"(a: "\x41\u00e9\U0001F600 é\N\_\L\Pé")"),
            "{\"a\":\"A\u00e9\U0001F600 é\u0085\u00a0\u2028\u2029é\"}");
}

TEST(Yaml, expands_aliases_and_merges_mappings) {
  EXPECT_EQ(read("a: &x {k: 1, l: 2}\nb: *x\nc:\n  l: 3\n  <<: *x\n"),
            R"({"a":{"k":1,"l":2},"b":{"k":1,"l":2},"c":{"l":3,"k":1}})");
  EXPECT_EQ(read("a: &a {k: 1}\nb: &b {k: 2, l: 2}\nc: {<<: [*a, *b], m: 3}\n"),
            R"({"a":{"k":1},"b":{"k":2,"l":2},"c":{"k":1,"l":2,"m":3}})");
  EXPECT_EQ(read("'<<': 1\n"), R"({"<<":1})");
  EXPECT_EQ(read("a:\n  <<: 5\n"),
            "file.yaml:2:7: error: '<<' merges mappings, but this is an integer\n  2 |   <<: 5\n    |       ^\n");
}

TEST(Yaml, knows_the_place_of_everything) {
  Diagnostics diagnostics;
  const Node node =
      parse_yaml(source_of("key: plain text\nquoted: &q 'single'\nesc: \"a\\tb\"\nnone:\nlist: [x]\n"), diagnostics);
  const auto place = [](const Node& n) { return n.span.location() + "+" + std::to_string(n.span.length); };
  EXPECT_EQ(place(node), "file.yaml:1:1+3");
  EXPECT_EQ(place(node.entries[0].key), "file.yaml:1:1+3");
  EXPECT_EQ(place(*node.find("key")), "file.yaml:1:6+10");
  EXPECT_EQ(node.find("key")->text_column, 6U);
  EXPECT_EQ(place(*node.find("quoted")), "file.yaml:2:12+8");
  EXPECT_EQ(node.find("quoted")->text_column, 13U);
  EXPECT_TRUE(node.find("quoted")->quoted);
  EXPECT_EQ(place(*node.find("esc")), "file.yaml:3:6+6");
  EXPECT_EQ(node.find("esc")->text_column, 0U);
  EXPECT_EQ(place(*node.find("none")), "file.yaml:4:1+4");
  EXPECT_EQ(place(*node.find("list")), "file.yaml:5:7+1");
  EXPECT_EQ(place(node.find("list")->items[0]), "file.yaml:5:8+1");
}

TEST(Yaml, describes_nodes_for_messages) {
  Diagnostics diagnostics;
  const Node node = parse_yaml(source_of("[~, 1, 1.5, true, x, [], {}]"), diagnostics);
  std::vector<std::string> words;
  for (const auto& item : node.items) words.emplace_back(item.describe());
  EXPECT_EQ(words, (std::vector<std::string>{"null", "an integer", "a number", "a boolean", "a string", "a list",
                                             "a mapping"}));
}

TEST(YamlMistake, a_key_written_twice_shows_both_places) {
  EXPECT_EQ(read("a: 1\nb: 2\na: 3\n"),
            "file.yaml:3:1: error: the key 'a' is written twice\n  3 | a: 3\n    | ^\n"
            "file.yaml:1:1: note: it is first written here\n  1 | a: 1\n    | ^\n");
}

TEST(YamlMistake, an_expression_without_quotes) {
  EXPECT_EQ(read("a:\n  b: {{ x.y }}\n"),
            "file.yaml:2:6: error: text that starts with '{{' must be in quotes\n"
            "  2 |   b: {{ x.y }}\n    |      ^^^^^^^^^\nhint: quote it: \"{{ x.y }}\"\n");
  EXPECT_EQ(read("a: {{ s['x'] }}/etc\n"),
            "file.yaml:1:4: error: text that starts with '{{' must be in quotes\n"
            "  1 | a: {{ s['x'] }}/etc\n    |    ^^^^^^^^^^^^^^^^\nhint: quote it: \"{{ s['x'] }}/etc\"\n");
  EXPECT_EQ(read("- {name: {{ x }}, b: 1}\n"),
            "file.yaml:1:10: error: text that starts with '{{' must be in quotes\n"
            "  1 | - {name: {{ x }}, b: 1}\n    |          ^^^^^^^\nhint: quote it: \"{{ x }}\"\n");
  EXPECT_EQ(read("a: {{ x }} y\nb: 1\n"),
            "file.yaml:1:4: error: text that starts with '{{' must be in quotes\n"
            "  1 | a: {{ x }} y\n    |    ^^^^^^^^^\nhint: quote it: \"{{ x }} y\"\n");
}

TEST(YamlMistake, a_second_document) {
  EXPECT_EQ(read("a: 1\n---\nb: 2\n"),
            "file.yaml:2:1: error: a second document starts here\n  2 | ---\n    | ^\n"
            "hint: write one document a file, without a second '---'\n");
}

TEST(YamlMistake, a_tab_as_indentation) {
  EXPECT_EQ(read("a:\n\tb: 1\n"),
            "file.yaml:2:1: error: a tab is used as indentation\n  2 | \tb: 1\n    | ^\nhint: indent with spaces\n");
}

TEST(YamlMistake, brackets_and_quotes_that_do_not_end) {
  EXPECT_THAT(read("a: [1, 2\nb: 3\n"), HasSubstr("error: this '[' list does not end"));
  EXPECT_THAT(read("a: 'x\nb: 3\n"), HasSubstr("error: the quoted text that starts here does not end"));
  EXPECT_THAT(read("a: 1\n b: 2\n"), HasSubstr("error: a second ':' in one value"));
}

TEST(YamlMistake, an_escape_that_is_none) {
  // The parser tells of it where it has read on, in the next line here.
  EXPECT_EQ(read("a: 1\nb: \"x\\u8\n"),
            "file.yaml:2:6: error: this escape has too few hexadecimal digits\n"
            "  2 | b: \"x\\u8\n"
            "    |      ^\n"
            "hint: write two after '\\x', four after '\\u', eight after '\\U'\n");
  EXPECT_THAT(read("a: \"\\ud800\"\n"), HasSubstr("file.yaml:1:5: error: this escape is no character of Unicode"));
}

TEST(YamlMistake, an_unknown_anchor) {
  EXPECT_THAT(read("a: *nope\n"), HasSubstr("file.yaml:1:4: error: no anchor of this name stands before it"));
}

TEST(YamlMistake, an_alias_inside_what_it_names) {
  EXPECT_EQ(read("a: &x [*x]\n"),
            "file.yaml:1:8: error: this alias stands inside what it names\n  1 | a: &x [*x]\n    |        ^^\n");
}

TEST(YamlMistake, a_custom_tag) {
  EXPECT_EQ(read("a: !sacred x\n"),
            "file.yaml:1:12: error: unknown tag '!sacred'\n  1 | a: !sacred x\n    |            ^\n"
            "hint: remove it, or quote the text if it belongs to it\n");
  EXPECT_EQ(read("a: !!int x\n"),
            "file.yaml:1:10: error: the tag '!!int' does not fit this string\n  1 | a: !!int x\n    |          ^\n"
            "hint: remove the tag\n");
}

TEST(YamlMistake, characters_that_are_no_text) {
  EXPECT_EQ(read("a: x\x04y\n"),
            "file.yaml:1:5: error: control character 0x04 in the text\n  1 | a: x\\x04y\n    |     ^^^^\n"
            "hint: write it as \"\\x04\" in double quotes\n");
  EXPECT_THAT(read("a: 1\nb: \xE4\n"), HasSubstr("file.yaml:2:4: error: the text is not UTF-8\n"));
}

TEST(YamlMistake, aliases_of_aliases_are_bounded) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 12; ++level) {
    const std::string below = "*a" + std::to_string(level - 1);
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below;
    for (int i = 0; i < 9; ++i) text += ", " + below;
    text += "]\n";
  }
  EXPECT_THAT(read(text), HasSubstr("error: anchors and aliases expand to more than 200000 values\n"));
}

TEST(YamlMistake, deep_nesting_is_bounded) {
  EXPECT_THAT(read(std::string(20000, '[')), HasSubstr("error: nested deeper than 100 levels\n"));
  EXPECT_THAT(read(std::string(20000, '{')), HasSubstr("error: nested deeper than 100 levels\n"));
  std::string list;
  for (int i = 0; i < 5000; ++i) list += "- ";
  EXPECT_THAT(read(list + "x\n"), HasSubstr("error: nested deeper than 100 levels\n"));
}

TEST(RenderYaml, writes_what_people_would) {
  EXPECT_EQ(render_yaml(parse_json(R"({"a":1,"b":["x",{"c":"0644","d":true}],"e":{},"f":[],"g":"two\nlines\n"})")),
            "a: 1\nb:\n  - x\n  - c: \"0644\"\n    d: true\ne: {}\nf: []\ng: |\n  two\n  lines\n");
}

TEST(RenderYaml, is_read_back_to_the_same_value) {
  const char* texts[] = {R"(null)",
                         R"("")",
                         R"("null")",
                         R"("1")",
                         R"("yes")",
                         R"("a: b")",
                         R"("#x")",
                         R"("- x")",
                         R"("{{ x }}")",
                         R"("  lead")",
                         R"("trail ")",
                         R"("tab\t")",
                         R"("a\n\nb")",
                         R"("a\n\n")",
                         R"("\n")",
                         R"("a\r\nb")",
                         R"("\u0000\u001b")",
                         R"("*x")",
                         R"("...")",
                         R"("---")",
                         R"("ä")",
                         R"("a \\ \"q\" 'r'")",
                         R"("~")",
                         R"(1.0)",
                         R"(-5)",
                         R"([[],[[1],[]],{"a":[{"b":null}]}])",
                         R"({"":1,"<<":2,"1":3,"a b":"x\n y\n"})",
                         R"("a\n # b\nc")",
                         R"(["x\ny", {"k":"x\ny\n"}])"};
  for (const char* json : texts) {
    const Value value = parse_json(json);
    EXPECT_EQ(read(render_yaml(value)), to_json(value)) << render_yaml(value);
  }
}

TEST(Yaml, survives_anything) {
  const std::string valid =
      "all:\n  hosts: &h\n    web[1:3]: {a: 'x', b: \"y\\n\"}\n  vars: {<<: *h, c: [1, 2, ~]}\n  t: !!str |\n    x\n";
  std::mt19937 random(7);
  constexpr std::string_view bytes = "{}[]:,-&*!|>'\"#%@`~<?\n\t x0\\\xE4";
  for (int round = 0; round < 3000; ++round) {
    std::string text = valid;
    for (int change = 0; change < 4; ++change) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = bytes[random() % bytes.size()];
          break;
        case 1:
          text.insert(at, 1, bytes[random() % bytes.size()]);
          break;
        default:
          text.erase(at, 1 + random() % 3);
          break;
      }
      if (text.empty()) text = "x";
    }
    EXPECT_FALSE(read(text).empty());
  }
}

}  // namespace
}  // namespace espresso

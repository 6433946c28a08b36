#include "model/value.h"

#include "core/error.h"

#include <gmock/gmock.h>

#include <fstream>

namespace espresso {
namespace {

using testing::HasSubstr;

Map map_of(std::vector<Map::Entry> entries) {
  Map map;
  for (auto& [key, value] : entries) map.set(key, value);
  return map;
}

TEST(Value, reads_as_text_the_way_it_is_written) {
  EXPECT_EQ(Value().to_text(), "");
  EXPECT_EQ(Value(true).to_text(), "true");
  EXPECT_EQ(Value(false).to_text(), "false");
  EXPECT_EQ(Value(8080).to_text(), "8080");
  EXPECT_EQ(Value(1.5).to_text(), "1.5");
  EXPECT_EQ(Value(3.0).to_text(), "3.0");
  EXPECT_EQ(Value(-0.1).to_text(), "-0.1");
  EXPECT_EQ(Value(1e300).to_text(), "1e+300");
  EXPECT_EQ(Value("x y").to_text(), "x y");
  EXPECT_EQ(Value(List{1, "a"}).to_text(), R"([1,"a"])");
  EXPECT_EQ(Value(map_of({{"b", 1}, {"a", List{}}})).to_text(), R"({"b":1,"a":[]})");
}

TEST(Value, names_its_kind) {
  EXPECT_EQ(Value().kind(), "null");
  EXPECT_EQ(Value(true).kind(), "boolean");
  EXPECT_EQ(Value(1).kind(), "integer");
  EXPECT_EQ(Value(1.0).kind(), "number");
  EXPECT_EQ(Value("").kind(), "string");
  EXPECT_EQ(Value(List{}).kind(), "list");
  EXPECT_EQ(Value(Map{}).kind(), "mapping");
  EXPECT_EQ(Value(std::make_shared<const StorageItem>()).kind(), "content");
}

TEST(Value, is_true_unless_false_or_null) {
  EXPECT_FALSE(Value().is_true());
  EXPECT_FALSE(Value(false).is_true());
  EXPECT_TRUE(Value(0).is_true());
  EXPECT_TRUE(Value("").is_true());
}

TEST(Value, edits_a_copy_of_what_others_share) {
  Value first(List{1});
  Value second = first;
  second.edit_list().push_back(2);
  EXPECT_EQ(first.to_text(), "[1]");
  EXPECT_EQ(second.to_text(), "[1,2]");

  Value mapping(map_of({{"a", 1}}));
  Value copy = mapping;
  copy.edit_map().set("a", 2);
  EXPECT_EQ(mapping.to_text(), R"({"a":1})");
  EXPECT_EQ(copy.to_text(), R"({"a":2})");
}

TEST(Value, differs_by_kind_and_by_what_it_holds) {
  EXPECT_EQ(Value(List{1, map_of({{"a", 2}})}), Value(List{1, map_of({{"a", 2}})}));
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value("1"), Value(1));
  EXPECT_NE(Value(map_of({{"a", 1}})), Value(map_of({{"a", 2}})));
}

TEST(Map, keeps_the_order_of_writing_and_replaces_in_place) {
  Map map = map_of({{"z", 1}, {"a", 2}, {"z", 3}});
  EXPECT_EQ(map.keys(), (std::vector<std::string>{"z", "a"}));
  EXPECT_EQ(*map.find("z"), Value(3));
  EXPECT_TRUE(map.erase("z"));
  EXPECT_FALSE(map.erase("z"));
  EXPECT_FALSE(map.contains("z"));
}

TEST(Json, returns_what_it_was_given) {
  for (const char* text : {"null", "true", "-7", "9223372036854775807", "1.0", "0.1", R"("a\"\n\u0001ä")", "[]", "{}",
                           R"([1,[2,[3]],{"b":null,"a":[1.5]}])"})
    EXPECT_EQ(to_json(parse_json(text)), text);
}

TEST(Json, is_indented_when_asked) {
  EXPECT_EQ(to_json(parse_json(R"({"a":[1]})"), 2), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, replaces_broken_utf8) { EXPECT_EQ(to_json(Value("a\xff")), "\"a\xEF\xBF\xBD\""); }

TEST(Json, keeps_the_last_of_a_repeated_key) {
  EXPECT_EQ(to_json(parse_json(R"({"a":1,"b":2,"a":3})")), R"({"a":3,"b":2})");
}

TEST(Json, tells_content_by_its_name) {
  const Value value(std::make_shared<const StorageItem>(StorageItem{.name = "motd", .path = "/x/motd", .size = 3}));
  EXPECT_EQ(to_json(value), R"({"storage":"motd"})");
}

std::string message_of(const std::string& text) {
  try {
    parse_json(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Json, tells_where_text_is_broken) {
  EXPECT_THAT(message_of(R"({"a":})"), HasSubstr("parse error at line 1, column 6: "));
  EXPECT_EQ(message_of(std::string(5000, '[')), "nested deeper than 200 levels");
}

TEST(Value, reads_content_whole) {
  const std::string path = testing::TempDir() + "/espresso_value_content";
  std::ofstream(path) << "hello\n";
  EXPECT_EQ(Value(std::make_shared<const StorageItem>(StorageItem{.name = "x", .path = path, .size = 6})).to_text(),
            "hello\n");
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_EQ(Value(std::make_shared<const StorageItem>(StorageItem{.name = "x", .path = path, .size = 0})).to_text(),
            "");
  EXPECT_THROW(
      Value(std::make_shared<const StorageItem>(StorageItem{.name = "x", .path = path + "/no", .size = 0})).to_text(),
      Error);
}

}  // namespace
}  // namespace espresso

#include "run/told_facts.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

std::string taken(const std::vector<std::vector<std::string>>& records) {
  ToldFacts facts;
  for (const auto& fields : records) facts.take(fields);
  return to_json(facts.values);
}

std::string output(std::string_view text, int status = 0, std::string_view words = {}) {
  ToldFacts facts;
  facts.take_output("x", text, status, words);
  return facts.failures.empty() ? to_json(facts.values) : facts.failures["x"];
}

TEST(ToldFacts, AreOfTheTypeThatTheirLettersSay) {
  EXPECT_EQ(taken({{".os", "=id=a=b", "#n=12", "km=3", "ss=2", "?yes=true", "?no=false", "[none="},
                   {"-of=first"},
                   {"-of=second"},
                   {".disks"}}),
            R"({"os":{"id":"a=b","n":12,"m":3072,"s":1024,"yes":true,"no":false,"none":[]},)"
            R"("of":["first","second"],"disks":{}})");
}

TEST(ToldFacts, WhatIsEmptyOrNoSuchValueIsNoFact) {
  EXPECT_EQ(
      taken({{"=a=", "#b=x", "#c=", "k=d", "?e=maybe", "!f=1", "=G=1", "g", "", "#h=-1", "kbig=9007199254740993"}}),
      "{}");
}

TEST(ToldFacts, KeysMayHoldAnything) {
  EXPECT_EQ(taken({{".mounts", "./srv/a.b = c", "#n=1"}, {".mounts", "."}}), R"({"mounts":{"/srv/a.b = c":{"n":1}}})");
}

TEST(ToldFacts, AreBounded) {
  EXPECT_EQ(taken({{".a", ".b", ".c", ".d", "=x=1"}, {".a", ".b", ".c", ".d", ".e", "=x=1"}}),
            R"({"a":{"b":{"c":{"d":{"x":"1"}}}}})");
  EXPECT_EQ(taken({{"." + std::string(2000, 'x'), "=x=1"}}), "{}");
  ToldFacts many;
  for (int i = 0; i < 5000; ++i) many.take({".users", ".u" + std::to_string(i), "#uid=1"});
  EXPECT_EQ(many.values.find("users")->as_map().size(), 2048U);
  ToldFacts large;
  for (int i = 0; i < 5000; ++i) large.take({"=a=" + std::string(4000, 'x'), "#n=" + std::to_string(i)});
  EXPECT_LT(large.values.find("n")->as_integer(), 300);
}

TEST(ToldFacts, OfOnesOwnAreJsonPairsOrText) {
  EXPECT_EQ(output("  {\"a\": [1, true]}\n"), R"({"x":{"a":[1,true]}})");
  EXPECT_EQ(output("[]"), R"({"x":[]})");
  EXPECT_EQ(output("a=1\n\nb.c=x=y\n"), R"({"x":{"a":"1","b.c":"x=y"}})");
  EXPECT_EQ(output("a=1\nand more\n"), R"({"x":"a=1\nand more"})");
  EXPECT_EQ(output("\n"), R"({"x":""})");
}

TEST(ToldFacts, OfOnesOwnFailForAReason) {
  EXPECT_EQ(output("{}", 3, "x: not found\n"), "it ended with status 3: x: not found");
  EXPECT_EQ(output("", 1), "it ended with status 1");
  EXPECT_EQ(output(std::string(300'000, 'x')), "it wrote more than 256 KB");
  EXPECT_EQ(output(std::string(1000, '[')), "its JSON is nested too deeply");
  EXPECT_TRUE(output("{\"a\": }").starts_with("it wrote no JSON: ")) << output("{\"a\": }");
}

}  // namespace
}  // namespace espresso

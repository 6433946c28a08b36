#include "run/told_values.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

TEST(ToldValues, AreTextsNumbersBooleansAndLists) {
  ToldValues told;
  told.take("kind", "=file");
  told.take("size", "#1200");
  told.take("load", "#0.25");
  told.take("exists", "?true");
  told.take("paths", "[");
  told.take("paths", "-/a");
  told.take("paths", "-\n/b");
  told.take("empty", "[");
  EXPECT_EQ(to_json(told.values()),
            R"({"kind":"file","size":1200,"load":0.25,"exists":true,"paths":["/a","\n/b"],"empty":[]})");
  EXPECT_FALSE(told.is_cut());
}

TEST(ToldValues, TheLastWordHoldsAndAListCanBeBegunAgain) {
  ToldValues told;
  told.take("a", "=1");
  told.take("a", "=2");
  told.take("b", "-x");
  told.take("b", "[");
  told.take("b", "-y");
  EXPECT_EQ(to_json(told.values()), R"({"a":"2","b":["y"]})");
}

TEST(ToldValues, LongOnesComeInPieces) {
  ToldValues told;
  told.take("a", "=one");
  told.take("a", "+,two");
  told.take("b", "-x");
  told.take("b", "-y");
  told.take("b", "+z");
  told.take("c", "+of nothing");
  EXPECT_EQ(to_json(told.values()), R"({"a":"one,two","b":["x","yz"]})");
}

TEST(ToldValues, WhatIsNoNumberStaysText) {
  ToldValues told;
  told.take("n", "#12 ");
  told.take("none", "#");
  told.take("inf", "#inf");
  told.take("big", "#99999999999999999999");
  EXPECT_EQ(to_json(told.values()), R"({"n":"12 ","none":"","inf":"inf","big":1e+20})");
}

TEST(ToldValues, AreBoundedAndTheCutIsTold) {
  ToldValues endless;
  const std::string text = "=" + std::string(4000, 'x');
  for (int i = 0; i < 100'000; ++i) endless.take("a", i == 0 ? text : "+" + text.substr(1));
  EXPECT_TRUE(endless.is_cut());
  EXPECT_GT(endless.values().find("a")->as_string().size(), 1'000'000U);
  EXPECT_LE(endless.values().find("a")->as_string().size(), 1024U * 1024);

  ToldValues names;
  for (int i = 0; i < 100; ++i) names.take("k" + std::to_string(i), "=v");
  EXPECT_TRUE(names.is_cut());
  EXPECT_EQ(names.values().size(), 64U);

  for (const std::string& name : std::vector<std::string>{"", "Upper", "a.b", "a b", std::string(65, 'a')}) {
    ToldValues bad;
    bad.take(name, "=v");
    EXPECT_TRUE(bad.is_cut()) << name;
    EXPECT_TRUE(bad.values().empty()) << name;
  }
}

}  // namespace
}  // namespace espresso

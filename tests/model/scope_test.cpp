#include "model/scope.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;

TEST(Scope, FindsItsOwnNamesBeforeThoseOfItsParent) {
  Scope parent, child(&parent);
  parent.set("colour", "red");
  parent.set("size", 3);
  child.set("colour", "blue");
  EXPECT_EQ(*child.find("colour"), Value("blue"));
  EXPECT_EQ(*child.find("size"), Value(3));
  EXPECT_EQ(*parent.find("colour"), Value("red"));
  EXPECT_EQ(child.find("weight"), nullptr);
}

TEST(Scope, ReadsMapsByReferenceAndTheLastOneWins) {
  Map low, high;
  low.set("port", 80);
  low.set("user", "ann");
  high.set("port", 8080);
  Scope scope;
  scope.set_all(&low);
  scope.set_all(&high);
  EXPECT_EQ(*scope.find("port"), Value(8080));
  EXPECT_EQ(scope.find("user"), low.find("user"));
}

TEST(Scope, SaysWhyANameIsNotKnownYet) {
  Scope scope;
  scope.defer("facts", "facts of the host");
  try {
    scope.find("facts");
    FAIL() << "nothing was thrown";
  } catch (const Deferred& deferred) {
    EXPECT_EQ(deferred.name, "facts");
    EXPECT_EQ(deferred.reason, "facts of the host");
  }
}

TEST(Scope, NamesAreAllThatCanBeSeen) {
  Map map;
  map.set("port", 80);
  Scope parent, child(&parent);
  parent.set_all(&map);
  parent.defer("facts", "later");
  child.set("item", 1);
  EXPECT_THAT(child.names(), ElementsAre("facts", "item", "port"));
}

}  // namespace
}  // namespace espresso

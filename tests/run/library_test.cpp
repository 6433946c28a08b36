#include "helpers/parts.h"
#include "run/library.h"

#include "run/protocol.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

TEST(Library, HoldsEachPartOnceBeforeTheHelpersThatUseIt) {
  const Catalog catalog;
  const auto line = catalog.find("fs.ensure_line");
  const auto block = catalog.find("fs.ensure_block");
  ASSERT_THAT(line->uses, ::testing::ElementsAre("links", "edit"));
  EXPECT_THAT(library_of({line, block}),
              ::testing::ElementsAre(*find_part("links"), *find_part("edit"), wrap_helper(line->function(), line->body),
                                     wrap_helper(block->function(), block->body)));
}

TEST(Library, HoldsNoPartThatNobodyUses) {
  const auto absent = Catalog().find("fs.ensure_absent");
  EXPECT_THAT(library_of({absent}), ::testing::ElementsAre(wrap_helper(absent->function(), absent->body)));
}

}  // namespace
}  // namespace espresso

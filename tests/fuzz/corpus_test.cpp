#include "targets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace espresso {
namespace {

namespace fs = std::filesystem;

// Seeds, and what fuzzing has found: each must be read, or refused, as the target tells.
TEST(FuzzCorpus, IsReadWithoutSurprise) {
  for (const auto& target : fuzz_targets()) {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(ESPRESSO_SOURCE_DIR "/tests/fuzz/corpus") / target.name)) {
      SCOPED_TRACE(entry.path().string());
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string input(std::istreambuf_iterator<char>(file), {});
      EXPECT_NO_THROW(target.read(input));
      ++count;
    }
    EXPECT_GT(count, 0) << "no inputs for " << target.name;
  }
}

TEST(FuzzCorpus, BelongsToTargets) {
  for (const auto& folder : fs::directory_iterator(ESPRESSO_SOURCE_DIR "/tests/fuzz/corpus")) {
    const std::string name = folder.path().filename().string();
    const auto& targets = fuzz_targets();
    EXPECT_TRUE(std::any_of(targets.begin(), targets.end(), [&](const auto& target) { return target.name == name; }))
        << "no target reads corpus/" << name;
  }
}

TEST(FuzzCheck, FindsPlacesOutsideOfTheTextAndValuesThatDiffer) {
  Diagnostics diagnostics;
  diagnostics.add(Span{.source = source_of("a: 1\n"), .line = 1, .column = 6}, "behind the end of the line");
  EXPECT_NO_THROW(check(diagnostics));
  diagnostics.add(Span{.source = source_of("a: 1\n"), .line = 1, .column = 7}, "further than that");
  EXPECT_THROW(check(diagnostics), std::logic_error);
  EXPECT_NO_THROW(expect_same(parse_json("{\"a\": [1, null]}"), parse_json("{\"a\": [1, null]}"), "again"));
  EXPECT_THROW(expect_same(parse_json("{\"a\": [1]}"), parse_json("{\"a\": [1.5]}"), "again"), std::logic_error);
}

TEST(FuzzCheck, KnowsWhatAsksForSecrets) {
  for (const char* text :
       {"a: !secret {command: reboot}", "- {b: [!vault x]}", "!secret a: 1", "%TAG !x! !sec\n---\na: !x!ret {file: x}",
        "a: !<!secret> {command: reboot}", "a: &b !secret {command: reboot}\nc: *b", "$ANSIBLE_VAULT;1.1;AES256\n00\n",
        "$ESPRESSO_SECRET;1;key\nAA==\n", "a: \"!secret\"\nb: !secret {command: reboot}"})
    EXPECT_TRUE(asks_for_secrets(text)) << text;
  for (const char* text : {"", "a: '!secret x'", "a: !!str b", "a: [", "a: ! b"})
    EXPECT_FALSE(asks_for_secrets(text)) << text;
}

}  // namespace
}  // namespace espresso

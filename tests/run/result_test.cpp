#include "run/result.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

Operation operation(bool sensitive = false) {
  auto helper = std::make_shared<Helper>();
  helper->name = "fs.ensure_file";
  auto call = std::make_shared<Call>();
  call->helper = helper->name;
  call->sensitive = sensitive;
  return {.helper = helper, .call = call, .title = "fs.ensure_file /x", .line = {}, .content = {}};
}

Answer answer(const std::string& word) {
  Answer answer;
  answer.word = word;
  return answer;
}

TEST(ResultOf, KeepsEveryOutcomeTheRunnerKnows) {
  for (const Outcome outcome :
       {Outcome::ok, Outcome::changed, Outcome::failed, Outcome::skipped, Outcome::would_change, Outcome::unknown})
    EXPECT_EQ(result_of(operation(), answer(std::string(word(outcome))), false).outcome, outcome);
}

TEST(ResultOf, AFailureSaysWhyByTheBestThatIsKnown) {
  Answer failed = answer("failed");
  EXPECT_EQ(result_of(operation(), failed, false).message, "it failed without a word");
  failed.error_output.append("first\nE: the last line says why\n\n");
  EXPECT_EQ(result_of(operation(), failed, false).message, "E: the last line says why");
  failed.after.push_back({.what = "mode", .from = "0644", .to = "0600"});
  EXPECT_EQ(result_of(operation(), failed, false).message, "applied, but mode is 0644, not 0600");
  failed.reason = "the host has no command 'apt-get'";
  EXPECT_EQ(result_of(operation(), failed, false).message, "the host has no command 'apt-get'");
}

TEST(ResultOf, OfSensitiveOperationsOnlyTheOutcomeIsKept) {
  Answer failed = answer("failed");
  failed.reason = "cannot write 'hunter2'";
  failed.output.append("hunter2");
  failed.error_output.append("hunter2");
  failed.before.push_back({.what = "content", .from = "hunter2", .to = {}});
  const Result result = result_of(operation(true), failed, true);
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_EQ(result.message, "failed; its words are withheld since it is sensitive");
  EXPECT_TRUE(result.differences.empty());
  EXPECT_EQ(result.output + result.error_output + result.diff, "");
}

TEST(RegisteredValue, OfOneOperationHasItsOutput) {
  Result result{
      .helper = "shell.run", .title = "t", .outcome = Outcome::changed, .output = "one\ntwo\n", .exit_status = 0};
  EXPECT_EQ(to_json(registered_value({result}, false)),
            R"({"outcome":"changed","changed":true,"failed":false,"skipped":false,"rc":0,"stdout":"one\ntwo",)"
            R"("stderr":"","lines":["one","two"]})");
}

TEST(RegisteredValue, HasWhatTheOperationTold) {
  Answer told = answer("ok");
  for (const auto& [name, text] : {std::pair{"size", "#12"}, {"paths", "-/a"}, {"changed", "?true"}, {"kind", "=file"}})
    told.told.take(name, text);
  EXPECT_EQ(to_json(registered_value({result_of(operation(), told, false)}, false)),
            R"({"outcome":"ok","changed":false,"failed":false,"skipped":false,"stdout":"","stderr":"","lines":[],)"
            R"("size":12,"paths":["/a"],"kind":"file"})");
  told.told.take("Bad name", "=x");
  const Result cut = result_of(operation(), told, false);
  EXPECT_TRUE(registered_value({cut}, false).as_map().find("cut")->as_bool());
  EXPECT_TRUE(result_of(operation(true), told, false).values.empty());
}

TEST(RegisteredValue, OfALoopHasAResultForEachItemAndTheStrongestOutcome) {
  const Result ok{.helper = "x", .title = "t", .outcome = Outcome::ok};
  const Result failed{.helper = "x", .title = "t", .outcome = Outcome::failed};
  const Value value = registered_value({ok, failed, ok}, true);
  EXPECT_EQ(value.as_map().find("outcome")->as_string(), "failed");
  EXPECT_EQ(value.as_map().find("results")->as_list().size(), 3U);
  EXPECT_EQ(registered_value({ok}, true).as_map().find("results")->as_list().size(), 1U);
}

TEST(Stronger, PutsTroubleOverChangeOverQuiet) {
  EXPECT_EQ(stronger(Outcome::ok, Outcome::skipped), Outcome::ok);
  EXPECT_EQ(stronger(Outcome::ok, Outcome::changed), Outcome::changed);
  EXPECT_EQ(stronger(Outcome::unknown, Outcome::would_change), Outcome::unknown);
  EXPECT_EQ(stronger(Outcome::failed, Outcome::unknown), Outcome::failed);
  EXPECT_EQ(stronger(Outcome::failed, Outcome::unreachable), Outcome::unreachable);
}

}  // namespace
}  // namespace espresso

#include "report/masking_reporter.h"

#include "report/json_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace espresso {
namespace {

std::string told(const Event& event) {
  Secrets secrets;
  secrets.add("hunter2");
  secrets.add("12345");
  std::ostringstream out;
  const auto json = make_json_reporter(out, [] { return std::chrono::system_clock::time_point(); });
  MaskingReporter(*json, secrets).on(event);
  return out.str();
}

TEST(MaskingReporter, MasksEveryTextOfAResult) {
  Result result{.helper = "shell.run", .title = "echo hunter2", .outcome = Outcome::failed};
  result.message = "not hunter2", result.note = "hunter2!", result.hint = "leave out hunter2";
  result.mistakes = {{.message = "hunter2", .hint = "hunter2", .text = "  1 | hunter2\n"}};
  result.differences.push_back({.what = "line hunter2", .from = "hunter2", .to = "hunter2 and hun..."});
  result.diff = "-hunter2\n+aHVudGVyMg==\n", result.output = "hunter2", result.error_output = "'hunter2'";
  Map inner;
  inner.set("key", List{"hunter2", 12345, 7});
  result.values.set("x", inner);
  const std::string text = told({.kind = Event::Kind::operation_finished,
                                 .host = "web1",
                                 .stage = "main",
                                 .result = std::make_shared<const Result>(result)});
  EXPECT_EQ(text,
            R"({"event":"operation_finished","time":"1970-01-01T00:00:00.000Z","host":"web1","stage":"main","index":0,)"
            R"("helper":"shell.run","title":"echo ***","outcome":"failed","message":"not ***","note":"***!",)"
            R"("hint":"leave out ***","mistakes":[{"message":"***","hint":"***","text":"  1 | ***\n"}],)"
            R"("differences":[{"what":"line ***","from":"***","to":"*** and ***..."}],)"
            R"("diff":"-***\n+***\n","stdout":"***","stderr":"'***'","values":{"x":{"key":["***","***",7]}},)"
            R"("duration":0.0})"
            "\n");
}

TEST(MaskingReporter, MasksFactsAndMessages) {
  Map facts;
  facts.set("motd", "it is hunter2");
  const std::string text = told({.kind = Event::Kind::facts_told,
                                 .host = "web1",
                                 .message = "hunter2",
                                 .facts = facts,
                                 .fact_failures = {{"mine", "cannot read hunter2"}}});
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("hunter2")));
  EXPECT_THAT(text, testing::HasSubstr(R"("facts":{"motd":"it is ***"},"fact_failures":{"mine":"cannot read ***"})"));
}

}  // namespace
}  // namespace espresso

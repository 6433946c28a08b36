#include "command_line.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;

TEST(PlanCommand, ShowsBatchesAndWhereAStageRunsOnce) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {'web[1:5]': }}\n");
  here.write("stages.yaml",
             "stages:\n"
             "  migrate: {doc: M., run_once: true}\n"
             "  main: {doc: M., requires: migrate, rolling: [1, 40%], throttle: 1}\n");
  const Answer text = here.espresso({"plan", "main"});
  EXPECT_EQ(text.out, R"(stages: migrate, main
migrate runs once: on web1
batches of main: web1, then web[2-3], then web[4-5]

web[1-5]
  migrate
  main
)");
  EXPECT_THAT(here.espresso({"plan", "main", "--hosts", "web[1:2]", "--format", "json"}).out,
              ::testing::HasSubstr(R"(  "batches": {
    "migrate": [
      [
        "web1"
      ]
    ],
    "main": [
      [
        "web1"
      ],
      [
        "web2"
      ]
    ]
  })"));
}

}  // namespace
}  // namespace espresso

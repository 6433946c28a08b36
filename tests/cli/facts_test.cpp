#include "command_line.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace espresso::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

struct FactsOfHosts : ::testing::Test {
  FactsOfHosts() { here.write("inventory.yaml", "all: {vars: {connection: local}, hosts: {a: , b: }}\n"); }
  CommandLine here;
};

TEST_F(FactsOfHosts, AreToldOnceWhereTheyAgree) {
  here.write("facts/deployed.sh", "# What runs here.\necho 'version=3'\necho 'color=red blue'\n");
  here.write("facts/broken.sh", "echo 'no such thing' >&2; exit 3\n");
  const Answer answer = here.espresso({"facts", "--only", "user,deployed", "--only", "broken"});
  EXPECT_THAT(answer.out, MatchesRegex("--- a,b\n"
                                       "deployed:\n  version: 3\n  color: red blue\n"
                                       "user:\n  uid: [0-9]+\n  name: [^\n]+\n  home: [^\n]+\n"
                                       "broken: \\(not known: it ended with status 3: no such thing\\)\n"));
  EXPECT_EQ(answer.status, 0) << answer;
}

TEST_F(FactsOfHosts, AreTypedInJsonAndOnlyOfTheHostsNamed) {
  const Answer answer = here.espresso({"facts", "b", "--format", "json"});
  int told = 0;
  std::istringstream lines(answer.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("facts_told") == std::string::npos) continue;
    const auto event = nlohmann::json::parse(line);
    ++told;
    EXPECT_EQ(event["host"], "b");
    EXPECT_TRUE(event["facts"]["memory"]["total"].is_number_unsigned()) << line;
    EXPECT_TRUE(event["facts"]["mounts"]["/"]["options"].is_array()) << line;
    EXPECT_TRUE(event["facts"]["boot_id"].is_string()) << line;
  }
  EXPECT_EQ(told, 1) << answer;
  EXPECT_THAT(answer.out, HasSubstr(R"("event":"host_finished")"));
  EXPECT_THAT(answer.out, HasSubstr(R"("outcome":"ok")"));
}

TEST_F(FactsOfHosts, ThatDoNotExistAreMistakes) {
  EXPECT_EQ(here.espresso({"facts", "--only", "oz,kernel,nonsense"}),
            (Answer{.status = 5,
                    .out = "",
                    .err = "error: there is no fact 'oz'\n"
                           "hint: did you mean 'os'?\n"
                           "error: there is no fact 'nonsense'\n"
                           "hint: espresso doc facts tells all there are\n"}));
}

TEST_F(FactsOfHosts, AreExplainedWithTheUsersOwn) {
  here.write("facts/deployed.sh", "#!/bin/sh\n# What runs here.\n");
  const Answer answer = here.espresso({"doc", "facts"});
  EXPECT_THAT(answer.out, HasSubstr("\n  memory.total (integer)\n      All that the kernel can use.\n"));
  EXPECT_THAT(answer.out, HasSubstr("\nfacts/deployed.sh: What runs here.\n"));
  EXPECT_EQ(answer.status, 0) << answer;
}

TEST_F(FactsOfHosts, OfYourOwnHaveNamesThatAreFree) {
  here.write("facts/os.sh", "echo x\n");
  here.write("facts/my-app.sh", "echo x\n");
  EXPECT_THAT(
      here.espresso({"facts"}).err,
      ::testing::AllOf(HasSubstr("facts/os.sh: error: facts.os is built in\nhint: choose another name for the file\n"),
                       HasSubstr("facts/my-app.sh: error: 'my-app' cannot be the name of a fact\n")));
}

}  // namespace
}  // namespace espresso::testing

#include "command_line.h"

#include "model/value.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;

const Value& at(const Value& value, const std::vector<std::string>& path) {
  const Value* found = &value;
  for (const auto& key : path) found = found->as_map().find(key);
  return *found;
}

TEST(SchemaCommand, KnowsHelpersAndComponentsOfTheProject) {
  const CommandLine here;
  here.write("helpers/my/flag.sh", R"(#: summary: A flag is raised.
#: parameters:
#:   path: {type: path, required: true, doc: Where.}
check() { :; }
)");
  // Whatever is wrong elsewhere.
  here.write("stages.yaml", "components: {my.own: {doc: Mine., run: []}}\nstages: {main: {rum: []}}\n");
  const Answer answer = here.espresso({"schema", "stages"});
  ASSERT_EQ(answer.status, 0) << answer;
  const Value schema = parse_json(answer.out);
  EXPECT_EQ(to_json(at(schema, {"definitions", "my.flag"})),
            R"({"description":"A flag is raised.","type":"object","properties":{"path":{"description":"Where.",)"
            R"("type":["string"],"pattern":"^/|\\{\\{"}},"additionalProperties":false,"required":["path"]})");
  EXPECT_EQ(to_json(at(schema, {"definitions", "operation"})
                        .as_map()
                        .find("anyOf")
                        ->as_list()[0]
                        .as_map()
                        .find("properties")
                        ->as_map()
                        .find("my.own")[0]),
            R"({"$ref":"#/definitions/my.own"})");
}

TEST(SchemaCommand, OfConfigurationIsThatOfWhatIsThere) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {main: {doc: M.}}\n");
  here.write("config/web.yaml", "http: {port: 80}\nname: secret\n");
  EXPECT_EQ(here.espresso({"schema", "config", "web"}), (Answer{.status = 0,
                                                                .out = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Espresso: config.web",
  "description": "Settings as they were when 'espresso schema config' wrote this: each keeps its kind; others may be added.",
  "type": "object",
  "properties": {
    "http": {
      "description": "config.web.http",
      "type": "object",
      "properties": {
        "port": {
          "description": "config.web.http.port",
          "type": "number"
        }
      }
    },
    "name": {
      "description": "config.web.name",
      "type": "string"
    }
  }
}
)",
                                                                .err = {}}));
}

TEST(SchemaCommand, RefusesWhatItDoesNotKnow) {
  const CommandLine here;
  const auto refused = [&](const std::vector<std::string>& words) { return here.espresso(words).err; };
  EXPECT_EQ(refused({"schema", "stage"}),
            "error: 'schema' takes stages, inventory or config, not 'stage'\nhint: did you mean 'stages'?\n");
  EXPECT_EQ(refused({"schema", "stages", "web"}),
            "error: 'web' is one word too many\nhint: only 'espresso schema config' takes a name\n");
  EXPECT_EQ(refused({"schema", "config", "web"}),
            "error: there is no configuration 'web'\nhint: write it as config/web.yaml beside the stages\n");
}

}  // namespace
}  // namespace espresso

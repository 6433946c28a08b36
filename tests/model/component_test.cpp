#include "model/component.h"

#include "model/mistakes_of.h"
#include "model/stage_file.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

StageFiles read(std::string text, Diagnostics& diagnostics) {
  return parse_stages(std::make_shared<Source>(Source{"stages.yaml", std::move(text)}), diagnostics);
}

std::string mistakes(std::string text) {
  Diagnostics diagnostics;
  read(std::move(text), diagnostics);
  return shown(diagnostics);
}

TEST(Component, HasADocDeclarationsAndOperations) {
  Diagnostics diagnostics;
  const auto files = read(R"(components:
  web.site:
    doc: One virtual host.
    parameters: {name: {type: string}}
    run: [fs.ensure_absent: /x, {shell.run: nginx -t, register: test}]
)",
                          diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  ASSERT_EQ(files.components.size(), 1U);
  const Component& component = *files.components[0];
  EXPECT_EQ(component.name, "web.site");
  EXPECT_EQ(component.span.location(), "stages.yaml:2:3");
  EXPECT_EQ(component.doc, "One virtual host.");
  EXPECT_NE(component.declaration.find("parameters"), nullptr);
  ASSERT_EQ(component.calls.size(), 2U);
  EXPECT_EQ(component.calls[1]->register_as, "test");
}

TEST(Component, MistakesPointIntoTheFile) {
  EXPECT_EQ(mistakes("components: [a.b]\n"),
            R"(stages.yaml:1:13: error: 'components' takes a mapping of names to components, not a list
  1 | components: [a.b]
    |             ^
)");
  EXPECT_EQ(mistakes("components:\n  site: {run: [shell.run: x]}\n  a.b.c: {run: []}\n  a.d: x\n  a.e:\n"),
            R"(stages.yaml:2:3: error: 'site' cannot be the name of a component
  2 |   site: {run: [shell.run: x]}
    |   ^^^^
hint: choose two words with a dot between, such as 'web.site'
stages.yaml:3:3: error: 'a.b.c' cannot be the name of a component
  3 |   a.b.c: {run: []}
    |   ^^^^^
hint: choose two words with a dot between, such as 'web.site'
stages.yaml:4:8: error: component 'a.d' is a mapping of 'doc', 'parameters' and 'run', not a string
  4 |   a.d: x
    |        ^
stages.yaml:5:3: error: component 'a.e' is a mapping of 'doc', 'parameters' and 'run', not null
  5 |   a.e:
    |   ^^^
)");
  EXPECT_EQ(mistakes("components:\n  a.b:\n    docs: x\n    doc: []\n  a.c: {run: shell.run}\n  a.d: {run: [{}]}\n"),
            R"(stages.yaml:3:5: error: unknown key 'docs'
  3 |     docs: x
    |     ^^^^
hint: did you mean 'doc'?
stages.yaml:4:10: error: 'doc' takes a text, not a list
  4 |     doc: []
    |          ^
stages.yaml:2:3: error: component 'a.b' has no operations
  2 |   a.b:
    |   ^^^
hint: list them below 'run:'
stages.yaml:5:14: error: 'run' takes a list of operations, not 'shell.run'
  5 |   a.c: {run: shell.run}
    |              ^^^^^^^^^
stages.yaml:6:15: error: this operation names no helper
  6 |   a.d: {run: [{}]}
    |               ^
hint: add one, such as 'fs.ensure_file: {path: /etc/motd}'
)");
}

TEST(Component, DefinedTwiceShowsBothPlaces) {
  const auto twice = [](const std::string& name) { return "components: {" + name + ": {run: [shell.run: x]}}\n"; };
  Diagnostics diagnostics;
  StageFiles files = read(twice("a.b"), diagnostics);
  StageFiles more = read("\n" + twice("a.b"), diagnostics);
  files.components.push_back(more.components.at(0));
  check_components(files.components, diagnostics);
  EXPECT_EQ(shown(diagnostics), R"(stages.yaml:2:14: error: component 'a.b' is defined twice
  2 | components: {a.b: {run: [shell.run: x]}}
    |              ^^^
stages.yaml:1:14: note: first defined here
  1 | components: {a.b: {run: [shell.run: x]}}
    |              ^^^
)");
  EXPECT_EQ(files.components.size(), 1U);
}

TEST(Component, CirclesAreToldWithTheirPath) {
  EXPECT_EQ(mistakes("components:\n  a.b: {run: [a.b: ]}\n"),
            R"(stages.yaml:2:15: error: component 'a.b' calls itself
  2 |   a.b: {run: [a.b: ]}
    |               ^^^
)");
  EXPECT_EQ(
      mistakes("components:\n  a.a: {run: [a.b: ]}\n  a.b: {run: [shell.run: x, a.c: ]}\n  a.c: {run: [a.a: ]}\n"),
      R"(stages.yaml:2:15: error: components call each other in a circle: a.a -> a.b -> a.c -> a.a
  2 |   a.a: {run: [a.b: ]}
    |               ^^^
stages.yaml:3:29: note: 'a.b' calls 'a.c'
  3 |   a.b: {run: [shell.run: x, a.c: ]}
    |                             ^^^
stages.yaml:4:15: note: 'a.c' calls 'a.a'
  4 |   a.c: {run: [a.a: ]}
    |               ^^^
hint: remove one of these calls
)");
}

TEST(Component, ItsParametersHaveANameThatNothingElseMayTake) {
  EXPECT_EQ(mistakes("stages: {a: {run: [{shell.run: x, register: params}]}}\n"),
            R"(stages.yaml:1:45: error: 'params' already means something in expressions
  1 | stages: {a: {run: [{shell.run: x, register: params}]}}
    |                                             ^^^^^^
hint: choose another name for the result
)");
}

}  // namespace
}  // namespace espresso

#include "cli/stage_graph.h"

#include "command_line.h"
#include "model/mistakes_of.h"
#include "model/stage_file.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using testing::Environment;

constexpr const char* text = R"(stages:
  base: {doc: "What all \"have\".\nMore."}
  database: {doc: D., hosts: db, requires: base, run: [{shell.run: one, signal: data}]}
  web:
    doc: W.
    requires: [base, database]
    run: [{shell.run: two, signal: [config, site]}]
  reload: {doc: R., on: [config, site]}
  audit: {doc: A., on: [web.changed, data]}
  other: {doc: O.}
)";

StageGraph graph(const std::vector<std::string>& targets) {
  Diagnostics diagnostics;
  const StageFiles files = parse_stages(std::make_shared<Source>(Source{"stages.yaml", text}), diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  return graph_of(files.stages.order(targets, "STAGE"));
}

TEST(StageGraph, IsATreeInWhichNothingIsDrawnTwice) {
  EXPECT_EQ(graph_text(graph({"web", "other"})), R"(web
├── base
├── database (hosts: db)
│   ├── base
│   └── data → audit
├── web.changed → audit
└── config, site → reload
other
)");
  StageGraph of_hosts = graph({"database"});
  for (auto& node : of_hosts.stages) node.hosts = {"db1", "db2"};
  of_hosts.stages.back().hosts->clear();
  EXPECT_EQ(graph_text(of_hosts), R"(database (db[1-2])
├── base (db[1-2])
└── data → audit (no selected host)
)");
}

TEST(StageGraph, DrawsWhatStandsAboveOnlyOnce) {
  Diagnostics diagnostics;
  const StageFiles files = parse_stages(std::make_shared<Source>(Source{"stages.yaml", R"(stages:
  packages: {doc: P.}
  base: {doc: B., requires: packages}
  web: {doc: W., requires: base}
  all: {doc: A., requires: [base, web]}
)"}),
                                        diagnostics);
  EXPECT_EQ(graph_text(graph_of(files.stages.order({"all"}, "STAGE"))), R"(all
├── base
│   └── packages
└── web
    └── base …
)");
}

TEST(StageGraph, IsInTheLanguageOfGraphviz) {
  EXPECT_EQ(graph_dot(graph({"web"})), R"(digraph stages {
  rankdir=LR;
  node [shape=box];
  "base" [label="base", tooltip="What all \"have\"."];
  "database" [label="database\nhosts: db", tooltip="D."];
  "web" [label="web", tooltip="W."];
  "reload" [label="reload", tooltip="R."];
  "audit" [label="audit", tooltip="A."];
  "base" -> "database";
  "base" -> "web";
  "database" -> "web";
  "database" -> "audit" [label="data", style=dashed];
  "web" -> "audit" [label="web.changed", style=dashed];
  "web" -> "reload" [label="config, site", style=dashed];
}
)");
}

Answer answered(const std::string& out) { return {.status = 0, .out = out, .err = ""}; }

TEST(GraphCommand, NeedsNoInventoryAndShowsHostsWhereTheyAreSelected) {
  const CommandLine here;
  here.write("stages.yaml", "stages:\n  base: {doc: B.}\n  web: {doc: W., hosts: web, requires: base}\n");
  EXPECT_EQ(here.espresso({"graph"}), answered("web (hosts: web)\n└── base\n"));
  here.write("inventory.yaml", "all: {hosts: {db1: }, children: {web: {hosts: {web1: , web2: }}}}\n");
  EXPECT_EQ(here.espresso({"graph", "web", "--hosts", "all"}), answered("web (web[1-2])\n└── base (db1,web[1-2])\n"));
  EXPECT_EQ(here.espresso({"graph", "--hosts", "db1", "--format", "json"}), answered(R"({
  "stages": [
    {
      "name": "base",
      "doc": "B.",
      "hosts": [
        "db1"
      ],
      "requires": [],
      "on": [],
      "raises": []
    },
    {
      "name": "web",
      "doc": "W.",
      "pattern": "web",
      "hosts": [],
      "requires": [
        "base"
      ],
      "on": [],
      "raises": []
    }
  ]
}
)"));
  EXPECT_EQ(here.espresso({"graph", "wbe"}),
            (Answer{.status = 5, .out = "", .err = R"(espresso graph:1:1: error: there is no stage 'wbe'
  1 | wbe
    | ^^^
hint: did you mean 'web'?
)"}));
}

TEST(GraphCommand, LetsGraphvizDraw) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {base: {doc: B.}}\n");
  here.write("bin/dot", "#!/bin/sh\n[ \"$1\" = -Tsvg ] && echo '<svg>' && cat \"$2\" && echo '</svg>'\n");
  std::filesystem::permissions("bin/dot", std::filesystem::perms::owner_all);
  const Environment path("PATH", (std::filesystem::current_path() / "bin").string() + ":" + std::getenv("PATH"));
  EXPECT_EQ(here.espresso({"graph", "--format", "svg"}), answered(R"(<svg>
digraph stages {
  rankdir=LR;
  node [shape=box];
  "base" [label="base", tooltip="B."];
}
</svg>
)"));
}

TEST(GraphCommand, SaysWhatToDoWithoutGraphviz) {
  const CommandLine here;
  here.write("stages.yaml", "stages: {base: {doc: B.}}\n");
  const Environment path("PATH", "/nonexistent");
  EXPECT_EQ(here.espresso({"graph", "--format", "svg"}),
            (Answer{.status = 5, .out = "", .err = R"(error: cannot start 'dot': No such file or directory
hint: install Graphviz (the package graphviz), or give its language out with --format dot
)"}));
}

}  // namespace
}  // namespace espresso

#include "command_line.h"
#include "core/text.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;

Answer answered(const std::string& out) { return {.status = 0, .out = out, .err = ""}; }
Answer refused(const std::string& err) { return {.status = 5, .out = "", .err = err}; }

constexpr const char* site_stages = R"(components:
  web.site:
    doc: |
      One virtual host.
      It is served at once.
    parameters:
      name: {type: string, required: true, doc: Its server name.}
      port: {type: integer, default: 80}
    main: name
    run:
      - fs.ensure_file: {path: "/etc/nginx/sites-enabled/{{ params.name }}", content: "{{ params.port }}"}
      - shell.run: nginx -t
        name: Ask nginx
      - shell.run: "echo {{ facts.os.id }} {{ params.port }}"
stages:
  web:
    doc: What we serve.
    run:
      - web.site: {name: "{{ item }}"}
        for_each: [a.org, b.org]
        name: Site {{ item }}
      - web.site: {name: c.org, port: "{{ facts.uptime }}"}
        when: facts.os.id == "debian"
)";

TEST(DocCommand, ExplainsAComponentAsIfItWereAHelper) {
  const CommandLine here;
  here.write("s/stages.yaml", site_stages);
  EXPECT_EQ(here.espresso({"doc", "web.site", "-S", "s"}), answered(R"(web.site: One virtual host.

It is served at once.

PARAMETERS
  name (string, required, may stand without its name)
      Its server name.
  port (integer, by default 80)

RUNS
  fs.ensure_file /etc/nginx/sites-enabled/{{ params.name }}
  shell.run: Ask nginx
  shell.run echo {{ facts.os.id }} {{ params.port }}

CHECK MODE
  As its operations.
)"));
  EXPECT_THAT(here.espresso({"doc", "-S", "s"}).out,
              ::testing::StartsWith("STAGES\n  web  What we serve.\n\nCOMPONENTS\n"
                                    "  web.site  One virtual host.\n\nHELPERS\n"));
}

TEST(DocCommand, ListsANamespace) {
  const CommandLine here;
  here.write("helpers/my/flag.sh", "#: summary: A flag is raised.\ncheck() { :; }\napply() { :; }\n");
  here.write("helpers/my/own_tent.sh", "#: summary: A tent stands.\ncheck() { :; }\napply() { :; }\n");
  EXPECT_EQ(here.espresso({"doc", "my"}),
            answered("  my.flag      A flag is raised.\n  my.own_tent  A tent stands.\n"));
}

TEST(DocCommand, ShowsAComponentThatCanBePlanned) {
  const CommandLine here;
  const std::string doc = CommandLine::espresso({"doc", "components"}).out;
  std::string example;
  for (const auto& line : split(doc, '\n')) {
    if (line == "  doc") break;
    if (line.starts_with("  ")) example += line.substr(2) + "\n";
  }
  here.write("stages.yaml", example);
  here.write("files/site.tmpl", "{{ params.name }}:{{ params.port }}\n");
  EXPECT_EQ(here.espresso({"plan", "web", "--hosts", "a"}), answered(R"(stages: web

a
  web
    fs.ensure_file /etc/nginx/sites-enabled/example.org
    shell.run nginx -t
    fs.ensure_file /etc/nginx/sites-enabled/example.net
    shell.run nginx -t
)"));
}

TEST(PlanCommand, ShowsTheOperationsOfComponents) {
  const CommandLine here;
  here.write("stages.yaml", site_stages);
  EXPECT_EQ(here.espresso({"plan", "web", "--hosts", "a"}), answered(R"(stages: web

a
  web
    Site a.org: fs.ensure_file /etc/nginx/sites-enabled/a.org
    Site a.org: Ask nginx
    Site a.org: shell.run echo {{ facts.os.id }} {{ params.port }} (depends on the facts of the host)
    Site b.org: fs.ensure_file /etc/nginx/sites-enabled/b.org
    Site b.org: Ask nginx
    Site b.org: shell.run echo {{ facts.os.id }} {{ params.port }} (depends on the facts of the host)
    fs.ensure_file /etc/nginx/sites-enabled/c.org (depends on the facts of the host)
    Ask nginx (depends on the facts of the host)
    shell.run echo {{ facts.os.id }} {{ params.port }} (depends on the facts of the host)
)"));
}

TEST(DoCommand, CarriesOutAComponentOnlyOfFilesWithoutMistakes) {
  const CommandLine here;
  const std::string component =
      "components: {a.say: {parameters: {word: {type: string}}, main: word, "
      "run: [shell.run: 'echo {{ params.word }}']}}\n";
  here.write("stages.yaml", component);
  EXPECT_THAT(here.espresso({"do", "a.say", "hello", "--hosts", "a", "-e", "connection=local"}).out,
              ::testing::HasSubstr("shell.run echo hello"));
  here.write("stages.yaml", component + "stage: {}\n");
  EXPECT_EQ(here.espresso({"do", "a.say", "hello", "--hosts", "a", "-e", "connection=local"}),
            refused(R"(stages.yaml:2:1: error: unknown key 'stage'
  2 | stage: {}
    | ^^^^^
hint: did you mean 'stages'?
)"));
}

}  // namespace
}  // namespace espresso

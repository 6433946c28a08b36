#include "command_line.h"

#include "model/template.h"

#include <gmock/gmock.h>

#include <set>

#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using testing::Environment;

Answer answered(const std::string& out) { return {.status = 0, .out = out, .err = ""}; }
Answer refused(const std::string& err) { return {.status = 5, .out = "", .err = err}; }

constexpr const char* inventory = R"(all:
  vars: {user: deploy, db_password: hunter2}
  children:
    web:
      hosts:
        web[1:2]:
      vars: {port: 2222, tokens: {api_SECRET: x, id: 7}}
    db:
      hosts:
        db1: {port: 22}
)";

TEST(InventoryCommand, ListsDrawsAndShows) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  EXPECT_EQ(here.espresso({"inventory"}), answered("web1\nweb2\ndb1\n"));
  EXPECT_EQ(here.espresso({"inventory", "list", "--hosts", "all:!web1"}), answered("web2\ndb1\n"));
  EXPECT_EQ(here.espresso({"inventory", "graph"}), answered(R"(all:
  web:
    web1
    web2
  db:
    db1
)"));
  EXPECT_EQ(here.espresso({"inventory", "show", "web1", "-e", "port=23"}), answered(R"-(web1
  groups: web
  user: deploy  # group all, inventory.yaml:2:16
  db_password: (withheld)  # group all, inventory.yaml:2:37
  port: 23  # -e
  tokens: {"api_SECRET":"(withheld)","id":7}  # group web, inventory.yaml:7:34
)-"));
}

TEST(InventoryCommand, WithholdsSecretsInJsonToo) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  EXPECT_EQ(here.espresso({"inventory", "show", "db1", "--format", "json"}), answered(R"-({
  "user": "deploy",
  "db_password": "(withheld)",
  "port": 22
}
)-"));
  EXPECT_EQ(here.espresso({"inventory", "--hosts", "db1", "--format=json"}), answered(R"-({
  "_meta": {
    "hostvars": {
      "db1": {
        "user": "deploy",
        "db_password": "(withheld)",
        "port": 22
      }
    }
  },
  "all": {
    "children": [
      "web",
      "db",
      "ungrouped"
    ]
  },
  "db": {
    "hosts": [
      "db1"
    ]
  }
}
)-"));
}

TEST(InventoryCommand, NeedsNoStages) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {a: }}\n");
  here.write("stages.yaml", "no: [stages\n");
  here.write("helpers/my/own.sh", "no header\n");
  EXPECT_EQ(here.espresso({"inventory"}), answered("a\n"));
}

TEST(Selection, ThatIsEmptyIsAMistake) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  EXPECT_EQ(here.espresso({"exec", "uptime", "--hosts", "web:!web"}),
            refused(R"(--hosts:1:1: error: 'web:!web' selects no host
  1 | web:!web
    | ^^^^^^^^
hint: see 'espresso inventory graph' for what there is
)"));
  EXPECT_EQ(here.espresso({"exec", "uptime", "--exclude", "all"}),
            refused(R"(error: 'all' selects no host when 'all' is left out
hint: see 'espresso inventory graph' for what there is
)"));
  EXPECT_EQ(here.espresso({"exec", "uptime", "--hosts", "wbe"}),
            refused(R"(--hosts:1:1: error: no host or group is named 'wbe'
  1 | wbe
    | ^^^
hint: did you mean 'web'?
)"));
}

TEST(Selection, ThatNoStageIsForIsAMistake) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  here.write("stages.yaml", "stages:\n  main: {doc: M., hosts: web, run: [shell.run: 'true']}\n");
  const Answer told = refused(R"(error: there is nothing to do on db1
stages.yaml:2:26: note: stage 'main' runs on 'web' only
  2 |   main: {doc: M., hosts: web, run: [shell.run: 'true']}
    |                          ^^^
hint: select other hosts, or other stages
)");
  EXPECT_EQ(here.espresso({"plan", "main", "--hosts", "db1"}), told);
  EXPECT_EQ(here.espresso({"run", "main", "--hosts", "db1"}), told);
}

TEST(WithoutInventory, OneSaysWhatToDo) {
  const CommandLine here;
  EXPECT_EQ(here.espresso({"exec", "uptime"}), refused(R"(error: there is no inventory
hint: write inventory.yaml, name a file with -i, or hosts with --hosts user@host,…
)"));
  EXPECT_EQ(here.espresso({"inventory", "show", "web1", "--hosts", "root@web1:2222"}),
            answered("web1\n  groups: ungrouped\n  user: root  # host web1, --hosts:1:1\n  port: 2222  # host web1, "
                     "--hosts:1:11\n"));
}

const char* const tagged = R"(stages:
  base: {doc: B., run: [{shell.run: one, tags: packages}]}
  main:
    doc: M.
    requires: base
    tags: web
    run:
      - shell.run: two
      - {name: third, shell.run: three, tags: config}
)";

TEST(PlanCommand, LeavesOutWhatTagsLeaveOut) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  here.write("stages.yaml", tagged);
  EXPECT_EQ(here.espresso({"plan", "main", "--hosts", "db1", "--tags", "config"}),
            answered("stages: main\n\ndb1\n  main\n    third\n"));
  EXPECT_EQ(here.espresso({"plan", "main", "--hosts", "db1", "--skip-tags", "packages", "--skip-tags", "config"}),
            answered("stages: main\n\ndb1\n  main\n    shell.run two\n"));
  EXPECT_EQ(here.espresso({"plan", "main", "--hosts", "db1", "--start-at", "third"}),
            answered("stages: main\n\ndb1\n  main\n    third\n"));
  const Environment tags("ESPRESSO_TAGS", "packages\nconfig");
  EXPECT_EQ(here.espresso({"plan", "main", "--hosts", "db1"}),
            answered("stages: base, main\n\ndb1\n  base\n    shell.run one\n  main\n    third\n"));
}

TEST(PlanCommand, TellsTagsThatNothingHas) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  here.write("stages.yaml", tagged);
  EXPECT_EQ(here.espresso({"run", "main", "--tags", "web,confg", "--skip-tags", "weeb"}),
            refused(R"(--tags:1:5: error: no stage or operation has the tag 'confg'
  1 | web,confg
    |     ^^^^^
hint: did you mean 'config'?
--skip-tags:1:1: error: no stage or operation has the tag 'weeb'
  1 | weeb
    | ^^^^
hint: did you mean 'web'?
)"));
  EXPECT_EQ(here.espresso({"run", "main", "--tags", "web", "--skip-tags", "tagged"}),
            refused(R"(error: there is nothing to do on web[1-2],db1
hint: all is left out by --tags, --skip-tags or its host pattern: choose others
)"));
}

TEST(RunCommand, CannotAskBeforeStagesWithoutATerminal) {
  const CommandLine here;
  here.write("inventory.yaml", inventory);
  here.write("stages.yaml", tagged);
  // Whoever tests may sit at one: in a session of its own there is none.
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    const Answer answer = here.espresso({"run", "main", "--step"});
    _exit(answer == refused("error: '--step' asks before each stage, and there is no terminal to ask on\n"
                            "hint: choose with --tags and --start-at instead\n")
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(PlanCommand, TellsAsWhomOperationsRun) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {web1: {owner: app}}}\n");
  here.write("stages.yaml", R"(components:
  a.site:
    run: [shell.run: "{{ host.name }}", {shell.run: uptime, as: other}]
stages:
  main:
    doc: Main.
    run:
      - {fs.ensure_directory: /srv/a, as: "{{ owner }}"}
      - {a.site: , as: "{{ owner }}"}
)");
  EXPECT_EQ(here.espresso({"plan", "main"}), answered(R"(stages: main

web1
  main
    fs.ensure_directory /srv/a (as app)
    shell.run web1 (as app)
    shell.run uptime (as other)
)"));
}

TEST(PlanCommand, ShowsWhatIsKnownWithoutTheHosts) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {vars: {site: s}, hosts: {web1: , web2: , db1: {site: d}}}\n");
  here.write("stages.yaml", R"(stages:
  base:
    doc: Base.
    run:
      - fs.ensure_directory: {path: "/srv/{{ item }}"}
        for_each: [a, b]
      - fs.ensure_file: {path: "/etc/{{ site }}", content: x}
        register: written
  main:
    doc: Main.
    requires: base
    run:
      - shell.run: "reload {{ site }}"
        when: written.changed
      - shell.run: "greet {{ facts.os.id }}"
        name: greet from {{ site }}
      - shell.run: "false"
        when: site == "d"
      - fs.ensure_file: {path: /key, content: "{{ site }}"}
        sensitive: true
)");
  EXPECT_EQ(here.espresso({"plan", "main"}), answered(R"(stages: base, main

web[1-2]
  base
    fs.ensure_directory /srv/a
    fs.ensure_directory /srv/b
    fs.ensure_file /etc/s
  main
    shell.run reload s (depends on the result of 'fs.ensure_file')
    greet from s (depends on the facts of the host)
    shell.run false (skipped, when: site == "d")
    fs.ensure_file

db1
  base
    fs.ensure_directory /srv/a
    fs.ensure_directory /srv/b
    fs.ensure_file /etc/d
  main
    shell.run reload d (depends on the result of 'fs.ensure_file')
    greet from d (depends on the facts of the host)
    shell.run false
    fs.ensure_file
)"));
  EXPECT_EQ(here.espresso({"plan", "base", "--hosts", "db1", "--format", "json"}), answered(R"({
  "stages": [
    "base"
  ],
  "hosts": {
    "db1": [
      {
        "stage": "base",
        "operations": [
          {
            "title": "fs.ensure_directory /srv/a"
          },
          {
            "title": "fs.ensure_directory /srv/b"
          },
          {
            "title": "fs.ensure_file /etc/d"
          }
        ]
      }
    ]
  }
}
)"));
}

TEST(DocCommand, ExplainsAHelper) {
  const CommandLine here;
  here.write("helpers/my/flag.sh", R"(#: summary: A flag is raised.
#: parameters:
#:   path: {type: path, required: true, doc: Where.}
#:   color: {type: string, default: red, one_of: [red, green], doc: How it looks.}
#: main: path
#: examples:
#:   - doc: A red one.
#:     yaml: 'my.flag: /flag'
check() { [ -e "$path" ] || differs "no flag"; }
apply() { : > "$path"; }
)");
  EXPECT_EQ(here.espresso({"doc", "my.flag"}), answered(R"(my.flag: A flag is raised.

PARAMETERS
  path (path, required, may stand without its name)
      Where.
  color (string, by default "red", one of red, green)
      How it looks.

CHECK MODE
  Tells what would change, and why.

EXAMPLES
  # A red one.
  my.flag: /flag
)"));
}

TEST(DocCommand, ExplainsEnsureFileFromItsHeader) {
  const CommandLine here;
  EXPECT_THAT(here.espresso({"doc", "fs.ensure_file"}).out,
              ::testing::StartsWith("fs.ensure_file: A file exists, with this content, mode, owner and group.\n"
                                    "\n"
                                    "The file is replaced at once or not at all: the content is written to a private\n"
                                    "file beside it, which is synced and "));
}

TEST(DocCommand, ShowsMarksOfTemplatesThatTemplatesKnow) {
  const std::string doc = CommandLine::espresso({"doc", "templates"}).out;
  std::set<std::string> shown;
  for (std::size_t at = 0; (at = doc.find("{% ", at)) != std::string::npos; ++at)
    shown.insert(doc.substr(at + 3, doc.find(' ', at + 3) - at - 3));
  EXPECT_THAT(shown, ::testing::ElementsAre("call", "elif", "else", "endcall", "endfilter", "endfor", "endif",
                                            "endmacro", "endraw", "endset", "endwith", "filter", "for", "from", "if",
                                            "import", "include", "macro", "raw", "set", "with"));
  Diagnostics diagnostics;
  const std::string text =
      "{% if a %}1{% elif b %}2{% else %}3{% endif %}{% for x in list %}{{ loop.index }}{% else %}{% endfor %}"
      "{% for key, value in mapping %}{% endfor %}{% set name = 1 %}{% include 'name' %}{% raw %}{{{% endraw %}{# … #}"
      "{% macro f(a, b=1) %}{% endmacro %}{% call f(1) %}{% endcall %}{% filter upper %}{% endfilter %}"
      "{% with y = 1 %}{% endwith %}{% import 'name' as m %}{% from 'name' import g as h %}{% set z %}{% endset %}";
  Template::parse(std::make_shared<Source>(Source{"t", text}), diagnostics);
  EXPECT_NO_THROW(diagnostics.throw_if_any());
}

TEST(DocCommand, ExplainsAFunctionOfExpressions) {
  EXPECT_EQ(CommandLine::espresso({"doc", "basename"}), answered(R"(basename(path): What follows the last slash.

EXAMPLE
  {{ '/etc/hosts' | basename }}
  gives "hosts"
)"));
}

TEST(DocCommand, ExplainsStagesAsFarAsTheyCanBeRead) {
  const CommandLine here;
  here.write("stages.yaml", R"(stages:
  base: {doc: The base.}
  main:
    doc: |
      Why it is so.

      And more.
    requires: base
    hosts: web
    run:
      - dpkg.update:
      - fs.ensure_absent: /x
        name: tidy up
  worse: {requires: nothing}
)");
  EXPECT_EQ(here.espresso({"doc", "main"}), answered(R"(main

Why it is so.

And more.

REQUIRES
  base

HOSTS
  web

RUNS
  dpkg.update
  fs.ensure_absent: tidy up
)"));
  EXPECT_EQ(here.espresso({"doc"}).err, "note: the stage files have mistakes, 'espresso plan' tells them\n");
  EXPECT_EQ(here.espresso({"doc", "man"}),
            refused(R"(stages.yaml:14:21: error: stage 'worse' requires 'nothing', which does not exist
  14 |   worse: {requires: nothing}
     |                     ^^^^^^^
error: nothing is named 'man'
hint: did you mean 'main'?
)"));
}

TEST(Project, TellsAllMistakesOfAllFilesAtOnce) {
  const CommandLine here;
  here.write("inventory.yaml", "all:\n  hots: {a: }\n");
  here.write("stages/one.yaml", "stages:\n  main: {requires: bsae}\n");
  here.write("stages/two.yaml", "stages:\n  base:\n    doc: B.\n    run: [fs.ensure_file: {pth: /x}]\n");
  here.write("stages/helpers/my/own.sh", "#: sumary: It is mine.\ncheck() { :; }\n");
  EXPECT_EQ(here.espresso({"run", "mian", "-e", "x"}), refused(R"(-e:1:1: error: 'x' sets nothing
  1 | x
    | ^
hint: write name=value, @FILE or '{"name": value}'
inventory.yaml:2:3: error: a group has no 'hots'
  2 |   hots: {a: }
    |   ^^^^
hint: did you mean 'hosts'?
stages/helpers/my/own.sh:1:4: error: unknown key 'sumary'
  1 | #: sumary: It is mine.
    |    ^^^^^^
hint: did you mean 'summary'?
stages/helpers/my/own.sh:1:1: error: helper 'my.own' has no summary
  1 | #: sumary: It is mine.
    | ^^
hint: add a line '#: summary: …' that says what is so once it has run
stages/one.yaml:2:20: error: stage 'main' requires 'bsae', which does not exist
  2 |   main: {requires: bsae}
    |                    ^^^^
hint: did you mean 'base'?
stages/two.yaml:4:28: error: helper 'fs.ensure_file' has no parameter 'pth'
  4 |     run: [fs.ensure_file: {pth: /x}]
    |                            ^^^
hint: did you mean 'path'?
espresso run:1:1: error: there is no stage 'mian'
  1 | mian
    | ^^^^
hint: did you mean 'main'?
)"));
}

TEST(Project, TellsMistakesInStorageAlongWithThoseOfStages) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {a: }}\n");
  here.write("stages.yaml", R"(components:
  my.part:
    run:
      - fs.ensure_file: {path: /x, template: part.tmpl}
stages:
  main:
    doc: M.
    requires: [bsae]
    run:
      - fs.ensure_file: {path: /x, contnet: y}
      - fs.ensure_file: {path: /x, template: one.tmpl}
      - fs.ensure_file: {path: /x, source: nope}
      - my.part:
      - fs.ensure_file: {path: /x, source: missing}
        when: host.name == "b"
  other: {doc: O., run: [{fs.ensure_file: {path: /x, source: missing}}]}
)");
  here.write("files/one.tmpl", "{% iff %}{% include 'two.tmpl' %}\n");
  here.write("files/part.tmpl", "{% include 'two.tmpl' %}{% include 'missing' %}\n");
  here.write("files/two.tmpl", "{{ a b }}\n");
  Answer answer = here.espresso({"run", "main"});
  const std::string folder = std::filesystem::current_path().string() + "/";
  for (std::size_t at; (at = answer.err.find(folder)) != std::string::npos;) answer.err.erase(at, folder.size());
  EXPECT_EQ(answer, refused(R"(stages.yaml:8:16: error: stage 'main' requires 'bsae', which does not exist
  8 |     requires: [bsae]
    |                ^^^^
stages.yaml:10:36: error: helper 'fs.ensure_file' has no parameter 'contnet'
  10 |       - fs.ensure_file: {path: /x, contnet: y}
     |                                    ^^^^^^^
hint: did you mean 'content'?
files/one.tmpl:1:4: error: no tag 'iff'
  1 | {% iff %}{% include 'two.tmpl' %}
    |    ^^^
hint: did you mean 'if'?
stages.yaml:12:44: error: no storage has 'nope'
  12 |       - fs.ensure_file: {path: /x, source: nope}
     |                                            ^^^^
hint: put it into ./files
files/two.tmpl:1:6: error: 'b' is one too many here
  1 | {{ a b }}
    |      ^
)"));
}

TEST(Project, ThatHasNoStagesDoesNotMissOneBesides) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {a: }}\n");
  EXPECT_EQ(here.espresso({"run", "main"}),
            refused("error: there are no stages here: neither stages.yaml nor stages.yml nor stages/ exists\n"
                    "hint: name them with -S\n"));
}

TEST(KeyFiles, ThatCannotBeUsedAreToldWhereTheyAreNamed) {
  const CommandLine here;
  here.write("junk", "not a key\n");
  std::filesystem::permissions("junk", std::filesystem::perms(0600));
  here.write("inventory.yaml",
             "all:\n  hosts:\n    a: {identity: junk}\n    b: {identity: gone}\n    c: {identity: gone}\n");
  here.write("stages.yaml", "stages:\n  main: {doc: M., run: [shell.run: 'true']}\n");
  const Answer told = refused(R"(inventory.yaml:3:19: error: the key 'junk' cannot be read: it is not a private key
  3 |     a: {identity: junk}
    |                   ^^^^
hint: name a private key as ssh-keygen writes it
inventory.yaml:4:19: error: the key 'gone' cannot be read: No such file or directory
  4 |     b: {identity: gone}
    |                   ^^^^
hint: name an existing private key file
)");
  EXPECT_EQ(here.espresso({"plan", "main"}), told);
  EXPECT_EQ(here.espresso({"run", "main"}), told);
  EXPECT_EQ(here.espresso({"run", "main", "--identity", "nowhere"}),
            refused(R"(--identity:1:1: error: the key 'nowhere' cannot be read: No such file or directory
  1 | nowhere
    | ^^^^^^^
hint: name an existing private key file
)"));
}

constexpr const char* two_local_hosts = "all: {vars: {connection: local}, hosts: {a1: , a2: }}\n";

TEST(ExecCommand, FoldsEqualOutputOfHosts) {
  const CommandLine here;
  here.write("inventory.yaml", two_local_hosts);
  here.write("stages.yaml", "broken: [\n");
  EXPECT_EQ(here.espresso({"exec", "echo out; echo err >&2"}), answered("--- a[1-2]\nout\nerr\n"));
  EXPECT_EQ(here.espresso({"exec", "printf", "%s.", "a b", "[c]"}), answered("--- a[1-2]\na b.[c].\n"));
  EXPECT_EQ(here.espresso({"exec", "--hosts", "a1", "--", "printf", "%s", "-x"}), answered("--- a1\n-x\n"));
  EXPECT_EQ(here.espresso({"exec", ""}), refused("error: the command is empty\nhint: give a line such as 'uptime'\n"));
  EXPECT_EQ(here.espresso({"exec", "uptime", "-C"}),
            answered("--- a[1-2] (unknown: nothing says when it is needed (creates, unless, check or changes))\n"));
  EXPECT_EQ(here.espresso({"exec", "[ -e /nonexistent ]"}),
            (Answer{.status = 2, .out = "--- a[1-2] (exit status 1)\n", .err = ""}));
}

TEST(DoCommand, CarriesOutOneOperation) {
  const CommandLine here;
  here.write("inventory.yaml", two_local_hosts);
  here.write("files/motd", "welcome\n");
  here.write("stages.yaml", "storage: files\nstages: {main: {requires: nothing}}\n");
  const std::string path = std::filesystem::current_path() / "made";
  EXPECT_EQ(here.espresso({"do", "fs.ensure_file", "path=" + path, "source=motd", "--hosts", "a1", "-q"}),
            answered(""));
  EXPECT_EQ(testing::output_of("cat '" + path + "'"), "welcome\n");
  EXPECT_EQ(here.espresso({"do", "fs.ensure_fil", path}),
            refused(R"(espresso do:1:1: error: there is no helper 'fs.ensure_fil'
  1 | fs.ensure_fil
    | ^^^^^^^^^^^^^
hint: did you mean 'fs.ensure_file'?
)"));
}

TEST(RunCommand, TakesTheAncestorsFormAndStagesNamedLikeCommands) {
  const CommandLine here;
  here.write("inventory.yaml", two_local_hosts);
  here.write("s/stages.yaml", "stages: {check: {doc: C., run: [shell.run: {line: 'true', creates: /}]}}\n");
  EXPECT_THAT(here.espresso({"-S", "s", "--run=check"}).out, ::testing::StartsWith("a[1-2]  ok 1\n"));
  EXPECT_THAT(here.espresso({"run", "check", "-S", "s"}).out, ::testing::StartsWith("a[1-2]  ok 1\n"));
}

TEST(RunCommand, WithholdsWhatIsSensitiveAndShowsOtherDiffs) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {a1: {connection: local}}}\n");
  const std::string folder = std::filesystem::current_path();
  here.write("stages.yaml",
             "stages:\n  main:\n    doc: M.\n    run:\n      - fs.ensure_file: {path: " + folder +
                 "/key, content: \"hunter2\\n\"}\n        sensitive: true\n      - fs.ensure_file: {path: " + folder +
                 "/motd, content: \"hi\\n\"}\n");
  EXPECT_THAT(here.espresso({"run", "main", "-D", "-v"}).out,
              ::testing::StartsWith("changed  a1  main: fs.ensure_file (sensitive)\n"
                                    "changed  a1  main: fs.ensure_file " +
                                    folder + "/motd (no such file)\n" + "    --- " + folder + "/motd (before)\n" +
                                    "    +++ " + folder + "/motd (after)\n" +
                                    "    @@ -0,0 +1 @@\n"
                                    "    +hi\n"
                                    "\n"));
  here.write("key", "old\n");
  const Answer json = here.espresso({"run", "main", "-D", "-v", "--format", "json"});
  EXPECT_EQ(json.status, 0);
  EXPECT_THAT(json.out, ::testing::HasSubstr("\"sensitive\":true"));
  EXPECT_THAT(json.out, ::testing::Not(::testing::HasSubstr("hunter2")));
  EXPECT_EQ(testing::output_of("cat '" + folder + "/key'"), "hunter2\n");
}

TEST(CheckCommand, ChangesNothingAndShowsDiffs) {
  const CommandLine here;
  here.write("inventory.yaml", "all: {hosts: {a1: {connection: local}}}\n");
  const std::string path = std::filesystem::current_path() / "motd";
  here.write("stages.yaml",
             "stages:\n  main:\n    doc: M.\n    run: [fs.ensure_file: {path: " + path + ", content: \"hi\\n\"}]\n");
  const Answer answer = here.espresso({"check", "main", "-D", "--detailed-exitcode"});
  EXPECT_EQ(answer.status, 3) << answer;
  EXPECT_THAT(answer.out, ::testing::StartsWith("would-change  a1  main: fs.ensure_file " + path + " (no such file)\n" +
                                                "    --- " + path + " (before)\n" + "    +++ " + path + " (after)\n" +
                                                "    @@ -0,0 +1 @@\n"
                                                "    +hi\n"
                                                "\n"
                                                "a1  would-change 1\n"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace espresso

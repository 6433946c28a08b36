#include "run/engine_fixture.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(Engine, ChangesOnceAndIsOkTheSecondTime) {
  const std::string stages = R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}", content: "hello\n", mode: 0640}
      - fs.ensure_directory: "{{ scratch }}/folder"
)";
  inventory = "all: {hosts: {a: , b: }}\n";
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("a"), "hello\n");
  EXPECT_EQ(read("b"), "hello\n");
  EXPECT_EQ(std::filesystem::status(scratch / "a").permissions(), static_cast<std::filesystem::perms>(0640));
  EXPECT_EQ(run(stages, {"main"}).hosts.at("b"), Outcome::ok);
  EXPECT_THAT(recorder.results("a"), ElementsAre("a fs.ensure_file " + (scratch / "a").string() + ": ok",
                                                 "a fs.ensure_directory " + (scratch / "folder").string() + ": ok"));
}

TEST_F(Engine, CheckModePredictsAndChangesNothing) {
  options.check = true;
  const auto result = run(R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/x", content: hello}
      - shell.run: {line: "touch {{ scratch }}/y"}
        name: touch
        register: touched
      - shell.run: "echo {{ touched.stdout }}"
        name: later
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::unknown);
  EXPECT_EQ(recorder.result("fs.ensure_file " + (scratch / "x").string()).outcome, Outcome::would_change);
  EXPECT_EQ(recorder.result("touch").outcome, Outcome::unknown);
  EXPECT_EQ(recorder.result("later").message, "depends on 'touched', which check mode does not run");
  EXPECT_FALSE(std::filesystem::exists(scratch / "x"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "y"));
}

TEST_F(Engine, AFailureEndsItsHostOnly) {
  inventory = "all: {hosts: {a: , b: }}\n";
  const auto result = run(R"(
stages:
  main:
    run:
      - stage.fail: out of coffee
        when: host.name == "a"
      - fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}", content: x}
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  EXPECT_FALSE(std::filesystem::exists(scratch / "a"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "b"));
  EXPECT_EQ(recorder.results("a").size(), 1U);
  EXPECT_EQ(recorder.events[0].kind, Event::Kind::run_started);
}

TEST_F(Engine, IgnoredFailuresDoNotEndTheHost) {
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: exit 3
        name: fails
        ignore_errors: true
        register: attempt
      - fs.ensure_file: {path: "{{ scratch }}/rc", content: "{{ attempt.rc }}"}
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_TRUE(recorder.result("fails").ignored);
  EXPECT_EQ(recorder.result("fails").exit_status, 3);
  EXPECT_EQ(read("rc"), "3");
}

TEST_F(Engine, RegisteredResultsAndFactsReachLaterOperations) {
  run(R"(
stages:
  main:
    run:
      - shell.run: {argv: [printf, "one\ntwo\n"]}
        register: said
      - fs.ensure_file: {path: "{{ scratch }}/said", content: "{{ join(said.lines, '+') }}"}
      - fs.ensure_file: {path: "{{ scratch }}/kernel", content: "{{ facts.kernel }}"}
        when: facts.kernel != ""
      - fs.ensure_file: {path: "{{ scratch }}/never", content: ""}
        when: said.rc == 1
)",
      {"main"});
  EXPECT_EQ(read("said"), "one+two");
  EXPECT_THAT(read("kernel"), Not(IsEmpty()));
  EXPECT_FALSE(std::filesystem::exists(scratch / "never"));
}

TEST_F(Engine, LoopsRunEachItemAndRegisterAList) {
  run(R"(
stages:
  main:
    run:
      - shell.run: {argv: [printf, "%s", "{{ item }}"]}
        for_each: [x, y]
        register: said
      - fs.ensure_file: {path: "{{ scratch }}/all", content: "{{ said.results[1].stdout }}{{ said.results[2].stdout }}"}
)",
      {"main"});
  EXPECT_EQ(read("all"), "xy");
}

TEST_F(Engine, LargeContentTravelsOnlyWhereItIsMissing) {
  std::string big;
  for (int i = 0; i < 300'000; ++i) big += static_cast<char>(i * 7 % 251);
  write("files/big", big);
  write("files/other", std::string(5000, 'o'));
  const std::string stages = R"(
stages:
  main:
    run:
      - fs.ensure_directory: "{{ scratch }}/d"
      - fs.ensure_file: {path: "{{ scratch }}/d/big", source: big}
      - fs.ensure_file: {path: "{{ scratch }}/d/small", content: small}
      - fs.ensure_file: {path: "{{ scratch }}/d/other", source: other}
)";
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("d/big"), big);
  EXPECT_EQ(read("d/other"), std::string(5000, 'o'));
  EXPECT_EQ(recorder.results().size(), 4U);
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::ok);
  write("d/big", "short");
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("d/big"), big);
}

TEST_F(Engine, DiffsShowWhatChanges) {
  write("x", "one\ntwo\n");
  options.diff = true;
  run("stages: {main: {run: [{fs.ensure_file: {path: '{{ scratch }}/x', content: \"one\\n2\\n\"}, name: f}]}}\n",
      {"main"});
  const std::string path = (scratch / "x").string();
  EXPECT_EQ(recorder.result("f").diff,
            "--- " + path + " (before)\n+++ " + path + " (after)\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
}

TEST_F(Engine, AStageWaitsForWhatItRequiresOnOtherHosts) {
  inventory = "all: {children: {web: {hosts: {web1: , web2: }}, db: {hosts: {db1: }}}}\n";
  const std::string stages = R"(
stages:
  database:
    hosts: db
    run: [{shell.run: {argv: [touch, "{{ scratch }}/database"]}, name: db}]
  web:
    hosts: web
    requires: database
    run: [{shell.run: {argv: [test, -e, "{{ scratch }}/database"]}, name: web}]
)";
  const auto result = run(stages, {"web"});
  EXPECT_EQ(result.hosts.at("web1"), Outcome::changed);
  const auto results = recorder.results();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0], "db1 db: changed");
}

TEST_F(Engine, WhatRequiresAFailedStageIsSkippedWithTheReason) {
  inventory = "all: {children: {web: {hosts: {web1: }}, db: {hosts: {db1: }}}}\n";
  const auto result = run(R"(
stages:
  database:
    hosts: db
    run: [{stage.fail: no disk}]
  web:
    hosts: web
    requires: database
    run: [{shell.run: "true"}]
)",
                          {"web"});
  EXPECT_EQ(result.hosts.at("db1"), Outcome::failed);
  EXPECT_EQ(result.hosts.at("web1"), Outcome::skipped);
  std::vector<std::string> reasons;
  for (const auto& event : recorder.events) {
    if (event.kind == Event::Kind::stage_finished && event.host == "web1") reasons.push_back(event.message);
  }
  EXPECT_THAT(reasons, ElementsAre("requires 'database', which did not succeed on db1"));
}

TEST_F(Engine, OneHostAtATimeWithOneFork) {
  inventory = "all: {hosts: {a: , b: , c: }}\n";
  options.forks = 1;
  run("stages: {main: {run: [{shell.run: 'true', name: t}]}}\n", {"main"});
  std::string order;
  for (const auto& event : recorder.events) {
    if (event.kind == Event::Kind::host_connecting) order += "+" + event.host;
    if (event.kind == Event::Kind::host_finished) order += "-" + event.host;
  }
  EXPECT_EQ(order, "+a-a+b-b+c-c");
}

TEST_F(Engine, AnOverdueOperationIsKilled) {
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: sleep 1000
        name: sleeper
        timeout: 300ms
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_THAT(recorder.end_of("a").message, HasSubstr("'sleeper' did not end within 0.3"));
}

TEST_F(Engine, WhatAnOperationWaitsForOnPurposeIsNotItsOwnTime) {
  options.operation_timeout = std::chrono::seconds(1);
  const auto result = run("stages: {main: {run: [{stage.pause: 2s}]}}\n", {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::ok) << recorder.end_of("a").message;
}

TEST_F(Engine, WhatAnOperationTellsIsKnownToThoseAfterIt) {
  const auto result = run(R"(
stages:
  main:
    run:
      - fs.stat: /etc/passwd
        register: found
      - stage.assert: {that: [found.exists, found.size > 10, found.kind == "file"]}
      - wait.for_path: {path: "/etc/{{ found.kind }}", up_to: 1s}
        when: found.size < 10
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::ok) << recorder.end_of("a").message;
}

TEST_F(Engine, ThisMachineDoesNotRebootUnderTheRun) {
  const std::string stages = R"(
stages:
  main:
    run:
      - system.reboot: {command: "touch {{ scratch }}/rebooted"}
      - fs.ensure_file: {path: "{{ scratch }}/later", content: x}
)";
  for (const bool check : {true, false}) {
    options.check = check;
    EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::failed);
    EXPECT_EQ(recorder.result("system.reboot").message,
              "espresso runs on this machine (connection: local) and would end with it");
    EXPECT_FALSE(std::filesystem::exists(scratch / "rebooted"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "later"));
  }
}

TEST_F(Engine, AnOverdueOperationThatNeverStopsTalkingIsKilledToo) {
  const auto result = run(R"(
stages:
  main:
    run:
      - shell.run: yes
        name: talker
        timeout: 300ms
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_THAT(recorder.end_of("a").message, HasSubstr("'talker' did not end within 0.3"));
}

TEST_F(Engine, AMistakeFoundOnlyAtTheHostEndsThatHostBeforeAnythingLater) {
  const auto result = run(R"(
stages:
  main:
    run:
      - {shell.run: 'true', register: r}
      - fs.ensure_file: {path: "{{ scratch }}/x", content: "{{ r.no_such_key }}"}
        name: wrong
      - fs.ensure_file: {path: "{{ scratch }}/y", content: later}
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_THAT(recorder.result("wrong").message, HasSubstr("no_such_key"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "y"));
}

TEST_F(Engine, AMistakeFoundOnlyAtTheHostIsToldWhereItStands) {
  const auto mistake_of = [&](const std::string& call) -> Result {
    const auto result = run("stages:\n  main:\n    run:\n      - {shell.run: 'true', register: r}\n" + call, {"main"});
    EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
    return recorder.result("wrong");
  };
  write("files/conf.tmpl", "one\ntwo {{ r.rcc }}\n");
  write("files/outer.tmpl", "{% include 'conf.tmpl' %}\n");

  Result result = mistake_of("      - fs.ensure_file: {path: /nowhere, template: conf.tmpl}\n        name: wrong\n");
  EXPECT_EQ(result.message, "'r' has no 'rcc'");
  EXPECT_EQ(result.hint, "did you mean 'rc'?");
  const std::string file = (scratch / "files/conf.tmpl").string(), outer = (scratch / "files/outer.tmpl").string();
  EXPECT_EQ(result.location, file + ":2:10");
  EXPECT_THAT(result.called_from, ElementsAre("stages.yaml:5:9"));
  ASSERT_EQ(result.mistakes.size(), 1U);
  EXPECT_EQ(result.mistakes[0].location, file + ":2:10");
  EXPECT_EQ(result.mistakes[0].message, "'r' has no 'rcc'");
  EXPECT_EQ(result.mistakes[0].hint, "did you mean 'rc'?");
  const std::string place = file + ":2:10: error: 'r' has no 'rcc'\n  2 | two {{ r.rcc }}\n    |          ^^^\n";
  EXPECT_EQ(result.mistakes[0].text, place + "hint: did you mean 'rc'?\n");

  result = mistake_of("      - fs.ensure_file: {path: /nowhere, template: outer.tmpl}\n        name: wrong\n");
  EXPECT_EQ(result.location, file + ":2:10");
  EXPECT_EQ(result.mistakes.at(0).text, place + outer +
                                            ":1:1: note: included here\n"
                                            "  1 | {% include 'conf.tmpl' %}\n"
                                            "    | ^^^^^^^^^^\n"
                                            "hint: did you mean 'rc'?\n");

  result = mistake_of("      - {shell.run: 'true', name: wrong, when: r.rcc == 0}\n");
  EXPECT_EQ(result.mistakes.at(0).text,
            "stages.yaml:5:50: error: 'r' has no 'rcc'\n"
            "  5 |       - {shell.run: 'true', name: wrong, when: r.rcc == 0}\n"
            "    |                                                  ^^^\n"
            "hint: did you mean 'rc'?\n");

  result = mistake_of(
      "      - {fs.ensure_file: {path: '/{{ r.a }}', content: '{{ r.b }}'}, name: wrong, sensitive: true}\n");
  EXPECT_EQ(result.message, "'r' has no 'a' (and 1 more mistake)");
  ASSERT_EQ(result.mistakes.size(), 2U);
  EXPECT_EQ(result.mistakes[0].text, "stages.yaml:5:40: error: 'r' has no 'a'\n");
  EXPECT_EQ(result.mistakes[1].text, "stages.yaml:5:62: error: 'r' has no 'b'\n");
}

TEST_F(Engine, AFactThatDoesNotExistIsAMistakeBeforeAnyHostIsTouched) {
  try {
    run("stages: {main: {doc: d, run: [shell.run: 'echo {{ facts.kernl }}']}}\n", {"main"});
    FAIL() << "no mistake";
  } catch (const Mistakes& mistakes) {
    EXPECT_STREQ(mistakes.what(),
                 "stages.yaml:1:57: error: 'facts' has no 'kernl'\n"
                 "  1 | stages: {main: {doc: d, run: [shell.run: 'echo {{ facts.kernl }}']}}\n"
                 "    |                                                         ^^^^^\n"
                 "hint: did you mean 'kernel'?\n");
  }
}

TEST_F(Engine, APartOfAFactThatNoHostCanHaveIsAMistakeBeforeAnyHostIsTouched) {
  write("files/motd.tmpl", "{% include 'part' %}\n");
  write("files/part", "one\n{{ facts.os.idd }}\n");
  try {
    run("stages:\n  main:\n    run:\n      - fs.ensure_file: {path: /nowhere, template: motd.tmpl}\n"
        "      - {shell.run: 'true', when: facts.memory.all > 1}\n"
        "      - {shell.run: \"echo {{ facts.os.nope or '' }}{{ facts.disks.sda }}{{ facts.kernel.upper() }}\"}\n",
        {"main"});
    FAIL() << "no mistake";
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(std::string(mistakes.what()), (scratch / "files/part").string() +
                                                ":2:13: error: 'facts.os' has no 'idd'\n"
                                                "  2 | {{ facts.os.idd }}\n"
                                                "    |             ^^^\n"
                                                "hint: did you mean 'id'?\n"
                                                "stages.yaml:5:48: error: 'facts.memory' has no 'all'\n"
                                                "  5 |       - {shell.run: 'true', when: facts.memory.all > 1}\n"
                                                "    |                                                ^^^\n");
  }
}

TEST_F(Engine, FactsThatAreNotUsedAreNotSent) {
  write("listens", "#!/bin/sh\ntee \"${0%/*}/sent\" | exec /bin/sh \"$@\"\n");
  std::filesystem::permissions(scratch / "listens", std::filesystem::perms(0755));
  inventory = "all: {hosts: {a: {shell: " + (scratch / "listens").string() + "}}}\n";
  EXPECT_EQ(run("stages: {main: {doc: d, run: [shell.run: 'true']}}\n", {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_THAT(read("sent"), AllOf(HasSubstr("h_shell_run"), Not(HasSubstr("record fact")), Not(HasSubstr("\nF "))));
  run("stages: {main: {doc: d, run: [shell.run: 'echo {{ facts.os.id }}']}}\n", {"main"});
  EXPECT_THAT(read("sent"), AllOf(HasSubstr("f_os()"), HasSubstr("\nF f_os\n"), Not(HasSubstr("f_mounts()"))));
}

TEST_F(Engine, FactsAreForeseenInTemplatesAndReadWhenTheyWereNot) {
  write("files/motd.tmpl", "{{ facts.hostname }} {% include 'part' %}\n");
  write("files/part", "{{ facts['cpu'].count > 0 }}");
  const auto result = run(R"(
stages:
  main:
    doc: d
    run:
      - fs.ensure_file: {path: "{{ scratch }}/motd", template: motd.tmpl}
      - fs.ensure_file: {path: "{{ scratch }}/late", template: "{{ 'mo' .. 'td.tmpl' }}"}
      - shell.run: "echo {{ facts[('in' .. 'it')] }} {{ facts[('up' .. 'time')] > 0 }}"
        name: computed
)",
                          {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_TRUE(read("motd").ends_with(" true\n")) << read("motd");
  EXPECT_EQ(read("late"), read("motd"));
  EXPECT_TRUE(recorder.result("computed").output.ends_with(" true\n"));
}

TEST_F(Engine, ATreeTravelsAsFarAsItDiffers) {
  const std::string stages = R"(
stages:
  main:
    run:
      - fs.ensure_tree: {path: "{{ scratch }}/{{ host.name }}", source: site}
      - fs.ensure_tree: {path: "{{ scratch }}/{{ host.name }}-too", source: site}
      - fs.ensure_file: {path: "{{ scratch }}/{{ host.name }}/after", source: site/large}
)";
  inventory = "all: {hosts: {a: , b: }}\n";
  write("files/site/index.html", "hello\n");
  write("files/site/large", std::string(200'000, 'x'));
  write("b/index.html", "hello\n");
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(recorder.result("fs.ensure_tree " + (scratch / "b").string()).differences.size(), 1U);
  for (const std::string name : {"a/index.html", "a-too/index.html", "b/index.html", "b-too/index.html"})
    EXPECT_EQ(read(name), "hello\n");
  EXPECT_EQ(read("b-too/large"), read("files/site/large"));
  EXPECT_EQ(read("a/after"), read("files/site/large"));
  EXPECT_EQ(run(stages, {"main"}).hosts.at("b"), Outcome::ok);
}

TEST_F(Engine, MistakesAreToldBeforeAnyHostIsTouched) {
  try {
    run(R"(
stages:
  main:
    run:
      - fs.ensure_file: {path: "{{ scratch }}/x", contnet: hello}
      - fs.ensure_file: {path: "{{ scratch }}/y", content: "{{ nothing_here }}"}
)",
        {"main"});
    FAIL() << "no mistake was found";
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(std::string(mistakes.what()).substr(0, 76),
              "stages.yaml:5:51: error: helper 'fs.ensure_file' has no parameter 'contnet'\n");
  }
  EXPECT_THAT(recorder.events, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(scratch / "x"));
}

TEST_F(Engine, SensitiveOperationsShowNothing) {
  options.diff = true;
  write("s", "old\n");
  run("stages: {main: {run: [{fs.ensure_file: {path: '{{ scratch }}/s', content: hunter2}, sensitive: true}]}}\n",
      {"main"});
  const Result& result = recorder.result("fs.ensure_file");
  EXPECT_EQ(result.outcome, Outcome::changed);
  EXPECT_EQ(result.diff, "");
  EXPECT_THAT(result.differences, IsEmpty());
}

}  // namespace
}  // namespace espresso

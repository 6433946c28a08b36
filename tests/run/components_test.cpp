#include "run/engine_fixture.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What components do when they run; how they are written is tested in model/ and helpers/.
class Components : public Engine {
 protected:
  /// "title: outcome", without the host.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& line : recorder.results()) {
      std::string text = line.substr(line.find(' ') + 1);
      for (std::size_t at; (at = text.find(scratch.string())) != std::string::npos;)
        text.replace(at, scratch.string().size(), "~");
      lines.push_back(text);
    }
    return lines;
  }
  /// The mistakes that keep the stages from running.
  std::string mistakes(const std::string& stages) {
    try {
      run(stages, {"main"});
      return "none";
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }

  const std::string site = R"(
components:
  web.site:
    doc: One virtual host.
    parameters:
      name: {type: string, required: true, doc: Its server name.}
      port: {type: integer, default: 80}
      tls: {type: boolean, default: false}
    main: name
    run:
      - fs.ensure_file: {path: "{{ scratch }}/{{ params.name }}", template: site.tmpl}
      - fs.ensure_file: {path: "{{ scratch }}/{{ params.name }}.key", content: "{{ host.name }}\n"}
        when: params.tls
)";
};

TEST_F(Components, DoWhatTheyHoldWithWhatTheCallGives) {
  write("files/site.tmpl", "{{ params.name }}:{{ params.port + 1 }}\n");
  const std::string stages = site + R"(
stages:
  main: {run: [web.site: a, web.site: {name: b, port: "8080", tls: "true"}]}
)";
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_EQ(read("a"), "a:81\n");
  EXPECT_EQ(read("b"), "b:8081\n");
  EXPECT_EQ(read("b.key"), "a\n");
  EXPECT_THAT(lines(), ElementsAre("fs.ensure_file ~/a: changed", "fs.ensure_file: skipped",
                                   "fs.ensure_file ~/b: changed", "fs.ensure_file ~/b.key: changed"));
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::ok);
}

TEST_F(Components, CheckModePredictsWhatTheyChange) {
  write("files/site.tmpl", "{{ params.name }}\n");
  options.check = true;
  EXPECT_EQ(run(site + "stages: {main: {run: [web.site: {name: a, tls: true}]}}\n", {"main"}).hosts.at("a"),
            Outcome::would_change);
  EXPECT_THAT(lines(), ElementsAre("fs.ensure_file ~/a: would-change", "fs.ensure_file ~/a.key: would-change"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_F(Components, AreGivenItemsFactsAndResults) {
  write("files/site.tmpl", "{{ params.name }} {{ params.port }}\n");
  run(site + R"(
stages:
  main:
    run:
      - shell.run: echo 99
        register: port
      - web.site: {name: "{{ item }}", port: "{{ port.stdout }}", tls: "{{ facts.kernel == nil }}"}
        for_each: [b, c]
)",
      {"main"});
  EXPECT_EQ(read("b"), "b 99\n");
  EXPECT_EQ(read("c"), "c 99\n");
  EXPECT_THAT(lines(),
              ElementsAre("shell.run echo 99: changed", "fs.ensure_file ~/b: changed", "fs.ensure_file: skipped",
                          "fs.ensure_file ~/c: changed", "fs.ensure_file: skipped"));
}

TEST_F(Components, CallEachOther) {
  run(R"(
components:
  a.outer:
    parameters: {words: {type: list, required: true}, env: {type: map}}
    main: words
    run:
      - a.inner: {word: "{{ item }}{{ params.env.tail or '' }}"}
        for_each: "{{ params.words }}"
        name: Word {{ item }}
  a.inner:
    parameters: {word: {type: string}, other: {type: string}}
    run: [shell.run: "echo {{ params.word }} {{ params.other or 'nothing' }}"]
stages:
  main:
    run:
      - a.outer: {words: [x, y], env: {tail: "!"}}
        name: All of them
      - a.outer: single
        when: host.name ~= 'a'
)",
      {"main"});
  EXPECT_THAT(lines(), ElementsAre("All of them: Word x: shell.run echo x! nothing: changed",
                                   "All of them: Word y: shell.run echo y! nothing: changed", "a.outer: skipped"));
}

TEST_F(Components, WhatTheyRegisterIsKnownAfterThemAndWhatTheirCallRegistersIsAList) {
  const std::string stages = R"(
components:
  a.say:
    parameters: {word: {type: string}}
    run:
      - shell.run: "echo {{ params.word }}"
        register: said
      - shell.run: "echo {{ said.stdout }} again"
stages:
  main:
    run:
      - a.say: {word: "{{ item }}"}
        for_each: [x, y]
        register: both
      - shell.run: "echo {{ said.stdout }} {{ #both.results }} {{ both.results[2].stdout }} {{ both.changed }}"
      - a.say: {word: z}
        when: false
        register: nothing
      - shell.run: "echo {{ said.skipped }} {{ nothing.skipped }} {{ nothing.changed }}"
      - a.say: {word: z}
        for_each: []
      - shell.run: "echo {{ said.skipped }}"
)";
  run(stages, {"main"});
  EXPECT_THAT(
      lines(),
      ElementsAre("shell.run echo x: changed", "shell.run echo x again: changed", "shell.run echo y: changed",
                  "shell.run echo y again: changed", "shell.run echo y 4 x again true: changed", "a.say: skipped",
                  "shell.run echo true true false: changed", "a.say: skipped", "shell.run echo true: changed"));
  options.check = true;
  run(stages, {"main"});
  EXPECT_THAT(lines(),
              ElementsAre("shell.run echo x: unknown", "shell.run: unknown", "shell.run echo y: unknown",
                          "shell.run: unknown", "shell.run: unknown", "a.say: skipped",
                          "shell.run echo true true false: unknown", "a.say: skipped", "shell.run echo true: unknown"));
}

TEST_F(Components, InCheckModeOnlyWhatReadsTheUnknownIsUnknown) {
  options.check = true;
  run(R"(
components:
  a.pair:
    parameters: {one: {type: string}, two: {type: string}}
    run:
      - fs.ensure_directory: "{{ scratch }}/{{ params.one }}"
      - fs.ensure_directory: "{{ scratch }}/{{ params.two }}"
stages:
  main:
    run:
      - shell.run: echo later
        register: later
      - a.pair: {one: now, two: "{{ later.stdout }}"}
      - a.pair: {one: now}
        when: later.changed
)",
      {"main"});
  EXPECT_THAT(lines(), ElementsAre("shell.run echo later: unknown", "fs.ensure_directory ~/now: would-change",
                                   "fs.ensure_directory: unknown", "a.pair: unknown"));
}

TEST_F(Components, HandDownWhatTheirCallSays) {
  run(R"(
components:
  a.fails:
    run: [shell.run: 'exit 3', shell.run: sleep 60, shell.run: echo secret]
stages:
  main:
    run:
      - a.fails:
        ignore_errors: true
        sensitive: true
        timeout: 1s
)",
      {"main"});
  std::vector<std::string> told;
  for (const auto& event : recorder.events) {
    if (event.kind == Event::Kind::operation_finished)
      told.push_back(event.result->title + ": " + std::string(word(event.result->outcome)) +
                     (event.result->ignored ? " ignored" : "") + (event.result->sensitive ? " sensitive" : ""));
  }
  EXPECT_THAT(told, ElementsAre("shell.run: failed ignored sensitive"));
  EXPECT_THAT(recorder.end_of("a").message, HasSubstr("'shell.run' did not end within 1."));
}

TEST_F(Components, AFailureTellsWhereTheyAreCalled) {
  EXPECT_EQ(run(R"(components:
  a.outer: {run: [a.inner: ]}
  a.inner:
    run:
      - stage.fail: no
stages:
  main: {run: [a.outer: ]}
)",
                {"main"})
                .hosts.at("a"),
            Outcome::failed);
  const Result& result = recorder.result("stage.fail no");
  EXPECT_EQ(result.location, "stages.yaml:5:9");
  EXPECT_THAT(result.called_from, ElementsAre("stages.yaml:2:19", "stages.yaml:7:16"));
}

TEST_F(Components, MistakesInThemPointIntoThemAndMentionTheCall) {
  EXPECT_EQ(mistakes(R"(components:
  a.file:
    parameters:
      path: {type: string}
    run:
      - fs.ensure_file: {path: "{{ params.path }}"}
      - shell.run: "{{ params.pathh }}"
stages:
  main: {run: [a.file: {path: x}]}
)"),
            R"(stages.yaml:6:32: error: 'path' takes an absolute path, not 'x'
  6 |       - fs.ensure_file: {path: "{{ params.path }}"}
    |                                ^^^^^^^^^^^^^^^^^^^
stages.yaml:9:16: note: the component is called here
  9 |   main: {run: [a.file: {path: x}]}
    |                ^^^^^^
stages.yaml:7:31: error: 'params' has no 'pathh'
  7 |       - shell.run: "{{ params.pathh }}"
    |                               ^^^^^
stages.yaml:9:16: note: the component is called here
  9 |   main: {run: [a.file: {path: x}]}
    |                ^^^^^^
hint: did you mean 'path'?
)");
}

TEST_F(Components, WhatTheyRegisterIsNotKnownBeforeThem) {
  EXPECT_EQ(mistakes(R"(components:
  a.say: {run: [{shell.run: echo, register: said}]}
stages:
  main: {run: [shell.run: "{{ said.stdout }}", a.say: ]}
)"),
            R"(stages.yaml:4:31: error: no name 'said'
  4 |   main: {run: [shell.run: "{{ said.stdout }}", a.say: ]}
    |                               ^^^^
)");
}

TEST_F(Engine, ANameRegisteredAgainIsOfTheLatestCall) {
  run(R"(
stages:
  main:
    run:
      - {shell.run: echo one, register: said}
      - {shell.run: echo two, register: said}
      - shell.run: "echo {{ said.stdout }}!"
)",
      {"main"});
  EXPECT_THAT(recorder.results(), testing::Contains("a shell.run echo two!: changed"));
}

}  // namespace
}  // namespace espresso

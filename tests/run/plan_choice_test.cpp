#include "engine_fixture.h"

#include "core/text.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class Chosen : public Engine {
 protected:
  void tags(const std::vector<std::string>& only, const std::vector<std::string>& skip = {}) {
    Diagnostics diagnostics;
    choice.tags.only = parse_tags("--tags", only, diagnostics);
    choice.tags.skip = parse_tags("--skip-tags", skip, diagnostics);
    diagnostics.throw_if_any();
  }
  // What was carried out, by the names of operations.
  std::vector<std::string> done(const std::string& stages, const std::vector<std::string>& targets) {
    run(stages, targets);
    std::vector<std::string> titles;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::operation_finished) titles.push_back(event.host + " " + event.result->title);
    return titles;
  }
  std::string mistakes(const std::string& stages, const std::vector<std::string>& targets) {
    try {
      run(stages, targets);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
    return {};
  }
  std::vector<std::string> stages_told() const {
    std::vector<std::string> names;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::stage_finished) names.push_back(event.host + " " + event.stage);
    return names;
  }

  const std::string web = R"(
stages:
  base:
    run:
      - {name: packages, shell.run: 'true', tags: packages}
      - {name: facts, shell.run: 'true', tags: always}
      - {name: wipe, shell.run: 'true', tags: [never, packages-gone]}
  web:
    requires: base
    tags: web
    run:
      - {name: configure, shell.run: 'true', tags: config, signal: configured}
      - {name: site, shell.run: 'true'}
  reload:
    on: configured
    run: [{name: reload, shell.run: 'true', tags: reload}]
  empty:
    requires: web
)";
};

TEST_F(Chosen, ByTagsOfOperationsAndTheirStages) {
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a packages", "a facts", "a configure", "a site", "a reload"));
  EXPECT_THAT(stages_told(), ElementsAre("a base", "a web", "a reload", "a empty"));
  tags({"packages"});
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a packages", "a facts"));
  EXPECT_THAT(stages_told(), ElementsAre("a base"));
  tags({"web"}, {"always"});
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a configure", "a site", "a reload"));
  tags({"packages-gone"}, {"always"});
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a wipe"));
}

TEST_F(Chosen, WhatASignalBringsAboutFollowsWhatRaisesIt) {
  tags({"config"}, {"reload", "always"});
  EXPECT_THAT(done(web, {"web"}), ElementsAre("a configure", "a reload"));
  // Asked for as well: what tags leave out is that.
  EXPECT_THAT(done(web, {"web", "reload"}), ElementsAre("a configure", "a reload"));
  tags({"packages"}, {"always"});
  EXPECT_THAT(done(web, {"web", "reload"}), ElementsAre("a packages"));
}

TEST_F(Chosen, NothingIsLeftOfAHost) {
  tags({"untagged"}, {"always"});
  EXPECT_THAT(done(web, {"web"}), IsEmpty());
  EXPECT_THAT(recorder.events.front().hosts, IsEmpty());
}

const std::string components = R"(
components:
  web.site:
    parameters: {name: {required: true}}
    main: name
    run:
      - {name: folder, shell.run: 'true'}
      - {name: file, shell.run: 'true', tags: config}
  web.sites:
    run:
      - web.site: one
        name: first
        tags: one
      - web.site: two
        name: second
stages:
  main:
    run:
      - web.sites:
        tags: sites
        register: sites
      - {name: count, shell.run: 'echo {{ sites.results | length }}', tags: [sites, config]}
)";

TEST_F(Chosen, ByTagsWithinComponents) {
  const auto both = ElementsAre("a first: folder", "a first: file", "a second: folder", "a second: file", "a count");
  EXPECT_THAT(done(components, {"main"}), both);
  tags({"sites"});
  EXPECT_THAT(done(components, {"main"}), both);
  tags({"one"});
  EXPECT_THAT(done(components, {"main"}), ElementsAre("a first: folder", "a first: file"));
  tags({"config"});
  EXPECT_THAT(done(components, {"main"}), ElementsAre("a first: file", "a second: file", "a count"));
  EXPECT_EQ(recorder.result("count").output, "2\n");
  tags({}, {"one"});
  EXPECT_THAT(done(components, {"main"}), ElementsAre("a second: folder", "a second: file", "a count"));
}

TEST_F(Chosen, AStageElsewhereOfWhichNothingIsLeftIsNotWaitedFor) {
  inventory = "all: {hosts: {a: , b: }}\n";
  const std::string text = R"(
stages:
  database:
    hosts: b
    run: [{name: database, shell.run: 'false', tags: database}]
  web:
    hosts: a
    requires: database
    run: [{name: web, shell.run: 'true', tags: web}]
)";
  tags({"web"});
  EXPECT_THAT(done(text, {"web"}), ElementsAre("a web"));
}

const std::string registering = R"(stages:
  main:
    run:
      - {name: look, shell.run: 'true', register: seen, tags: look}
      - {name: use, shell.run: 'echo {{ seen.changed }}', tags: use}
      - {name: hidden, shell.run: 'true', when: 'facts.os.id == "x" and seen.changed', tags: use}
      - {name: careful, shell.run: 'true', when: seen is defined and seen.changed, tags: careful}
      - {name: again, shell.run: 'true', register: seen, tags: again}
      - {name: later, shell.run: 'echo {{ seen.changed }}', tags: again}
)";

TEST_F(Chosen, AResultThatIsLeftOutIsAMistakeWhereItIsRead) {
  tags({"use"});
  EXPECT_EQ(mistakes(registering, {"main"}),
            R"(stages.yaml:5:32: error: 'seen' is not known: the operation that registers it is left out
  5 |       - {name: use, shell.run: 'echo {{ seen.changed }}', tags: use}
    |                                ^^^^^^^^^^^^^^^^^^^^^^^^^
stages.yaml:4:22: note: registered by this
  4 |       - {name: look, shell.run: 'true', register: seen, tags: look}
    |                      ^^^^^^^^^
hint: choose that one, too, or say what holds without it: 'seen is defined and …'
stages.yaml:6:50: error: 'seen' is not known: the operation that registers it is left out
  6 |       - {name: hidden, shell.run: 'true', when: 'facts.os.id == "x" and seen.changed', tags: use}
    |                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
stages.yaml:4:22: note: registered by this
  4 |       - {name: look, shell.run: 'true', register: seen, tags: look}
    |                      ^^^^^^^^^
hint: choose that one, too, or say what holds without it: 'seen is defined and …'
)");
  EXPECT_THAT(recorder.events, IsEmpty());
}

TEST_F(Chosen, AResultThatIsLeftOutMayBeAskedForWhereThatIsForeseen) {
  tags({"careful"});
  EXPECT_THAT(done(registering, {"main"}), ElementsAre("a careful"));
  EXPECT_EQ(recorder.result("careful").outcome, Outcome::skipped);
  tags({"again"});
  EXPECT_THAT(done(registering, {"main"}), ElementsAre("a again", "a later"));
}

TEST_F(Chosen, AResultIsLookedForInTemplates) {
  write("files/seen.tmpl", "{% include 'more.tmpl' %}");
  write("files/more.tmpl", "{{ seen.stdout }}");
  tags({"use"});
  EXPECT_EQ(mistakes(R"(stages:
  main:
    run:
      - {shell.run: 'true', register: seen, tags: look}
      - fs.ensure_file: {path: "{{ scratch }}/x", template: seen.tmpl}
        tags: use
)",
                     {"main"}),
            R"(stages.yaml:5:61: error: 'seen' is not known: the operation that registers it is left out
  5 |       - fs.ensure_file: {path: "{{ scratch }}/x", template: seen.tmpl}
    |                                                             ^^^^^^^^^
stages.yaml:4:10: note: registered by this
  4 |       - {shell.run: 'true', register: seen, tags: look}
    |          ^^^^^^^^^
hint: choose that one, too, or say what holds without it: 'seen is defined and …'
)");
}

TEST_F(Chosen, FromAStageOn) {
  choice.start_at = "web";
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a configure", "a site", "a reload"));
  EXPECT_THAT(stages_told(), ElementsAre("a web", "a reload", "a empty"));
  choice.start_at = "empty";
  EXPECT_THAT(done(web, {"empty"}), IsEmpty());
  EXPECT_THAT(stages_told(), ElementsAre("a empty"));
}

TEST_F(Chosen, FromAStageOnThatElseASignalBringsAbout) {
  choice.start_at = "reload";
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a reload"));
}

TEST_F(Chosen, FromAnOperationOn) {
  choice.start_at = "site";
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a site"));
  choice.start_at = "facts";
  tags({"web"});
  EXPECT_THAT(done(web, {"empty"}), ElementsAre("a facts", "a configure", "a site", "a reload"));
}

TEST_F(Chosen, FromAnOperationWithinAComponentOnOnAllHosts) {
  inventory = "all: {hosts: {a: , b: }}\n";
  choice.start_at = "second";
  options.forks = 1;
  EXPECT_THAT(done(components, {"main"}), ElementsAre("a second: folder", "a second: file", "a count",
                                                      "b second: folder", "b second: file", "b count"));
}

TEST_F(Chosen, FromWhatThereIsNotIsAMistake) {
  choice.start_at = "wbe";
  EXPECT_EQ(mistakes(web, {"empty"}), R"(--start-at:1:1: error: this run has no stage or operation 'wbe'
  1 | wbe
    | ^^^
hint: did you mean 'web'?
)");
  choice.start_at = "confgure";
  EXPECT_THAT(mistakes(web, {"empty"}), testing::EndsWith("hint: did you mean 'configure'?\n"));
  choice.start_at = "empty";
  EXPECT_EQ(mistakes(web, {"web"}), R"(--start-at:1:1: error: this run has no stage or operation 'empty'
  1 | empty
    | ^^^^^
hint: name it among the stages to carry out, too
)");
}

}  // namespace
}  // namespace espresso

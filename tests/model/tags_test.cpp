#include "model/tags.h"

#include "core/text.h"
#include "model/mistakes_of.h"
#include "model/stage_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace espresso {
namespace {

using testing::ElementsAre;

std::vector<std::string> words(const std::string& text) {
  return text == "-" ? std::vector<std::string>() : split(text, ',');
}

TagChoice choice(const std::string& only, const std::string& skip) {
  TagChoice choice;
  for (const auto& word : words(only)) choice.only.push_back({.name = word});
  for (const auto& word : words(skip)) choice.skip.push_back({.name = word});
  return choice;
}

// tags_oracle.py asks Ansible for it.
TEST(TagChoice, TakesWhatAnsibleTakes) {
  std::ifstream file(ESPRESSO_SOURCE_DIR "/tests/model/tags.txt");
  std::string line, only, skip, tags;
  std::getline(file, line);
  std::getline(file, line);
  std::istringstream head(line);
  std::vector<std::string> columns;
  for (head >> only >> skip; head >> tags;) columns.push_back(tags);
  std::size_t lines = 0;
  for (; std::getline(file, line); ++lines) {
    std::istringstream row(line);
    row >> only >> skip;
    std::string ours = only + " " + skip;
    for (const auto& column : columns) ours += choice(only, skip).takes(words(column)) ? " +" : " .";
    EXPECT_EQ(ours, line);
  }
  EXPECT_EQ(lines, 130U);
}

std::string mistakes(const std::vector<std::string>& only, const std::vector<std::string>& known) {
  Diagnostics diagnostics;
  const TagChoice choice{.only = parse_tags("--tags", only, diagnostics)};
  choice.check(known, diagnostics);
  return shown(diagnostics);
}

TEST(TagChoice, TellsTagsThatNothingHas) {
  EXPECT_EQ(mistakes({"web,conifg", "always,never,all,tagged,untagged"}, {"web", "config"}),
            R"(--tags:1:5: error: no stage or operation has the tag 'conifg'
  1 | web,conifg
    |     ^^^^^^
hint: did you mean 'config'?
)");
  EXPECT_EQ(mistakes({"other"}, {"web", "config"}), R"(--tags:1:1: error: no stage or operation has the tag 'other'
  1 | other
    | ^^^^^
hint: choose of web, config
)");
  EXPECT_EQ(mistakes({"web"}, {}), R"(--tags:1:1: error: no stage or operation has the tag 'web'
  1 | web
    | ^^^
hint: give some their 'tags' first
)");
}

TEST(TagChoice, TellsWhatCannotBeATag) {
  EXPECT_EQ(mistakes({"web, ,a b"}, {"web"}), R"(--tags:1:5: error: '' cannot be a tag
  1 | web, ,a b
    |     ^
hint: name tags with commas between, such as web,config
--tags:1:7: error: 'a b' cannot be a tag
  1 | web, ,a b
    |       ^^^
hint: name tags with commas between, such as web,config
)");
}

class CallReader : public Plan {
 public:
  const Host& host() const override { throw std::logic_error("nobody asks"); }
  void add(std::shared_ptr<const Call> call) override { tags.push_back(call->tags); }
  std::vector<std::vector<std::string>> tags;
};

StageFiles parsed(const std::string& text, Diagnostics& diagnostics) {
  return parse_stages(std::make_shared<Source>(Source{"stages.yaml", text}), diagnostics);
}

TEST(Tags, OfAStageAreThoseOfItsOperations) {
  Diagnostics diagnostics;
  const StageFiles files = parsed(R"(
stages:
  web:
    run:
      - shell.run: one
      - shell.run: two
        tags: [config, web]
    tags: web
)",
                                  diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  CallReader reader;
  files.stages.find("web")->run(reader);
  EXPECT_THAT(reader.tags, ElementsAre(ElementsAre("web"), ElementsAre("config", "web")));
}

TEST(Tags, ThatCannotBeAreMistakes) {
  Diagnostics diagnostics;
  parsed(R"(stages:
  web:
    tags: {a: b}
    run:
      - shell.run: one
        tags: a,b
      - shell.run: two
        tags: [all, never]
)",
         diagnostics);
  EXPECT_EQ(shown(diagnostics), R"(stages.yaml:3:11: error: 'tags' takes tags, not a mapping
  3 |     tags: {a: b}
    |           ^
stages.yaml:6:15: error: 'a,b' cannot be a tag
  6 |         tags: a,b
    |               ^^^
hint: write several as a list, and each without white space and commas
stages.yaml:8:16: error: 'all' means something else for --tags, and cannot be a tag
  8 |         tags: [all, never]
    |                ^^^
hint: choose another name
)");
}

}  // namespace
}  // namespace espresso

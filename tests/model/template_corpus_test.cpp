#include "model/expression.h"
#include "model/template.h"
#include "memory_storage.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

// The templates of tests/model/templates give, byte for byte, what Jinja gives as Ansible sets it up (render.py there).

namespace espresso {
namespace {

const std::filesystem::path folder = std::filesystem::path(ESPRESSO_SOURCE_DIR) / "tests/model/templates";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the real Jinja makes of all templates: their names and texts.
Map rendered_by_jinja() {
  const std::string command = "/usr/bin/python3 '" + (folder / "render.py").string() + "'";
  FILE* const pipe = popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, size);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return parse_json(text).as_map();
}

class TemplateCorpus : public testing::Test {
 protected:
  TemplateCorpus() {
    for (const auto& part : std::filesystem::directory_iterator(folder / "parts"))
      parts_[part.path().filename().string()] = read(part.path());
    storage_ = std::make_unique<MemoryStorage>(parts_);
    Diagnostics diagnostics;
    const std::string file = (folder / "variables.yaml").string();
    variables_ = value_of(parse_yaml(load_source(file), diagnostics), diagnostics);
    diagnostics.throw_if_any();
    scope_.set_all(&variables_.as_map());
    scope_.set_storage(storage_.get());
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".j2") names_.push_back(entry.path().stem().string());
  }

  std::string render(const std::string& name) {
    try {
      Diagnostics diagnostics;
      const auto parsed = Template::parse(load_source((folder / (name + ".j2")).string()), diagnostics);
      diagnostics.throw_if_any();
      return evaluator_.render(parsed, scope_);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }

  std::map<std::string, std::string> parts_;
  std::unique_ptr<MemoryStorage> storage_;
  Value variables_;
  Scope scope_;
  Evaluator evaluator_;
  std::vector<std::string> names_;
};

TEST_F(TemplateCorpus, GivesWhatJinjaGave) {
  if (std::getenv("ESPRESSO_ACCEPT")) GTEST_SKIP() << "what Jinja gives is written by the other test";
  ASSERT_GE(names_.size(), 100U);
  for (const auto& name : names_) EXPECT_EQ(render(name), read(folder / "expected" / (name + ".txt"))) << name;
}

TEST_F(TemplateCorpus, JinjaStillGivesThat) {
  const Map rendered = rendered_by_jinja();
  // Those with functions of Ansible's own are left out where Ansible is not installed.
  ASSERT_GE(rendered.size(), 70U);
  for (const auto& [name, text] : rendered) {
    const auto expected = folder / "expected" / (name + ".txt");
    if (std::getenv("ESPRESSO_ACCEPT"))
      std::ofstream(expected, std::ios::binary) << text.as_string();
    else
      EXPECT_EQ(text.as_string(), read(expected)) << name;
  }
  if (std::getenv("ESPRESSO_ACCEPT")) GTEST_SKIP() << "wrote what Jinja gives";
}

}  // namespace
}  // namespace espresso

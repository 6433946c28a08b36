// The inventories in tests/model/inventories, whose README says what lies there. What Ansible makes of them is asked
// anew by inventory_oracle.py.

#include "core/text.h"
#include "model/inventory_export.h"
#include "model/inventory_sources.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace espresso {
namespace {

namespace fs = std::filesystem;

const fs::path corpus = fs::path(ESPRESSO_SOURCE_DIR) / "tests/model/inventories";

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(corpus))
    if (entry.is_directory()) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

class Corpus : public testing::TestWithParam<std::string> {
 protected:
  Corpus() : before_(fs::current_path()) { fs::current_path(corpus / GetParam()); }
  Corpus(const Corpus&) = delete;
  Corpus& operator=(const Corpus&) = delete;
  ~Corpus() override { fs::current_path(before_); }

  static std::vector<std::string> sources() {
    std::vector<std::string> names;
    if (fs::exists("sources")) {
      for (const auto& line : split(content("sources"), '\n'))
        if (!line.empty()) names.push_back(line);
    } else {
      for (const char* name : {"hosts", "hosts.yaml", "hosts.json", "hosts.sh"})
        if (fs::exists(name)) names.emplace_back(name);
    }
    return names;
  }

  static void accept(const fs::path& file, const std::string& text) {
    if (text.empty())
      fs::remove(file);
    else
      std::ofstream(file) << text;
  }

 private:
  fs::path before_;
};

std::string pretty(const Value& value) { return to_json(value, 2) + "\n"; }

TEST_P(Corpus, IsReadAsAnsibleReadsIt) {
  std::string answer, mistakes;
  try {
    const Inventory inventory = load_inventory_sources({.names = sources(), .beside = "."});
    answer = pretty(ansible_inventory(inventory, inventory.hosts()));
  } catch (const Mistakes& found) {
    mistakes = found.what();
  }
  const std::string ansible = content("ansible.json");
  if (std::getenv("ESPRESSO_ACCEPT")) {
    accept("mistakes.txt", mistakes);
    accept("espresso.json", answer == ansible ? "" : answer);
    GTEST_SKIP() << "the golden files are rewritten";
  }
  EXPECT_EQ(mistakes, fs::exists("mistakes.txt") ? content("mistakes.txt") : "");
  if (mistakes.empty()) {
    EXPECT_EQ(answer, fs::exists("espresso.json") ? content("espresso.json") : ansible);
  }
  EXPECT_FALSE(fs::exists("espresso.json") && content("espresso.json") == ansible) << "nothing differs any more";
}

INSTANTIATE_TEST_SUITE_P(Inventories, Corpus, testing::ValuesIn(case_names()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace espresso

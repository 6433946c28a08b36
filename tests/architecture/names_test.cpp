// No name stands for two types. The linker takes one of two inline functions of the same name without a word: a
// destructor of one type then ends objects of another.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace espresso::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;

/// Types that a line at its very beginning defines, outside of unnamed namespaces.
class Names {
 public:
  void read(std::istream& text, const std::string& file) {
    static const std::regex type(R"(^(?:class|struct|enum class) (\w+)(?: final)?(?: : .*)? \{)");
    bool is_unnamed = false;
    for (std::string line; std::getline(text, line);) {
      if (line == "namespace {") is_unnamed = true;
      if (line == "}  // namespace") is_unnamed = false;
      std::smatch match;
      if (!is_unnamed && std::regex_search(line, match, type)) places_[match[1]].insert(file);
    }
  }
  std::size_t size() const { return places_.size(); }
  std::vector<std::string> ambiguous() const {
    std::vector<std::string> result;
    for (const auto& [name, files] : places_) {
      if (files.size() < 2) continue;
      result.push_back(name);
      for (const auto& file : files) result.back() += " " + file;
    }
    return result;
  }

 private:
  std::map<std::string, std::set<std::string>> places_;
};

TEST(Names, StandForOneTypeEach) {
  Names names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ESPRESSO_SOURCE_DIR "/src")) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream text(entry.path());
    names.read(text, entry.path().filename());
  }
  EXPECT_THAT(names.ambiguous(), IsEmpty());
  EXPECT_THAT(names.size(), Gt(100U)) << "were the types read at all?";
}

TEST(Names, ThatStandForTwoAreToldWithTheirFiles) {
  Names names;
  std::istringstream link("class Link : public Base {\n};\nclass Link;\n");
  std::istringstream circles("struct Link {\n};\n");
  std::istringstream other("namespace {\nstruct Link {\n};\n}  // namespace\nstruct Other {\n};\n");
  names.read(link, "link.h");
  names.read(circles, "circles.h");
  names.read(other, "other.cpp");
  EXPECT_THAT(names.ambiguous(), ElementsAre("Link circles.h link.h"));
}

}  // namespace
}  // namespace espresso::testing

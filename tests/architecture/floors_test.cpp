#include "floors.h"

#include <gmock/gmock.h>

#include <fstream>
#include <stdlib.h>

namespace espresso::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;

/// A source tree of our making, gone with the test.
class Tree {
 public:
  Tree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "espresso-floors-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
    root_ = pattern;
  }
  Tree(const Tree&) = delete;
  ~Tree() { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

TEST(Floors, EveryFileOfTheSourceIncludesDownwardsAndThirdPartiesAtTheirDoors) {
  const Includes includes = check_includes(ESPRESSO_SOURCE_DIR "/src");
  EXPECT_THAT(includes.violations, IsEmpty());
  EXPECT_THAT(includes.count, Gt(200U)) << "were the includes read at all?";
}

TEST(Floors, AnIncludeThatGoesUpwardsIsNamedWithItsLine) {
  const Tree tree;
  tree.write("core/text.cpp", "#include \"core/text.h\"\n\n#include \"model/value.h\"\n");
  tree.write("model/storage.h", "#pragma once\n#include <string>\n  #  include \"ssh/session.h\"\n");
  tree.write("ssh/session.cpp", "#include \"model/value.h\"\n");
  tree.write("helpers/catalog.cpp", "#include \"run/event.h\"\n#include \"model/value.h\"\n");
  tree.write("report/text.cpp", "#include \"run/event.h\"\n#include \"run/engine.h\"\n#include \"model/value.h\"\n");
  tree.write("run/engine.cpp", "#include \"cli/main.h\"\n#include \"ssh/session.h\"\n");
  tree.write("cli/main.cpp", "#include \"core/text.h\"\n#include \"report/text.h\"\n");
  EXPECT_THAT(check_includes(tree.root()).violations,
              ElementsAre("core/text.cpp:3: core must not include 'model/value.h'",
                          "helpers/catalog.cpp:1: helpers must not include 'run/event.h'",
                          "model/storage.h:3: model must not include 'ssh/session.h'",
                          "report/text.cpp:2: report must not include 'run/engine.h'",
                          "report/text.cpp:3: report must not include 'model/value.h'",
                          "run/engine.cpp:1: run must not include 'cli/main.h'",
                          "ssh/session.cpp:1: ssh must not include 'model/value.h'"));
}

TEST(Floors, AThirdPartyOutsideItsDoorIsNamed) {
  const Tree tree;
  tree.write("core/async.h", "#include <asio/post.hpp>\n");
  tree.write("core/text.cpp", "#include <asio.hpp>\n#include <fmt/format.h>\n#include <string>\n");
  tree.write("model/yaml.cpp", "#include <yaml-cpp/yaml.h>\n");
  tree.write("model/inventory.cpp", "#include <yaml-cpp/yaml.h>\n#include <lua.hpp>\n");
  tree.write("model/lua_state.cpp", "#include <lua.hpp>\n");
  tree.write("model/value.cpp", "#include <nlohmann/json.hpp>\n");
  tree.write("run/engine.cpp", "#include <libssh/libssh.h>\n#include <spdlog/spdlog.h>\n");
  tree.write("helpers/catalog.cpp", "#include <CLI/CLI.hpp>\n#include <nlohmann/json.hpp>\n");
  EXPECT_THAT(check_includes(tree.root()).violations,
              ElementsAre("core/text.cpp:1: 'asio.hpp' is Asio, whose door this file is not",
                          "helpers/catalog.cpp:1: 'CLI/CLI.hpp' is CLI11, whose door this file is not",
                          "helpers/catalog.cpp:2: 'nlohmann/json.hpp' is nlohmann-json, whose door this file is not",
                          "model/inventory.cpp:1: 'yaml-cpp/yaml.h' is yaml-cpp, whose door this file is not",
                          "model/inventory.cpp:2: 'lua.hpp' is Lua, whose door this file is not",
                          "run/engine.cpp:1: 'libssh/libssh.h' is libssh, whose door this file is not",
                          "run/engine.cpp:2: 'spdlog/spdlog.h' is spdlog, whose door this file is not"));
}

TEST(Floors, AFileInNoFolderStandsOnTopOfAllFloors) {
  const Tree tree;
  tree.write("espresso.h", "#include \"core/text.h\"\n#include \"cli/main.h\"\n#include <libssh/libssh.h>\n");
  tree.write("extra/more.h", "#include \"core/text.h\"\n");
  EXPECT_THAT(check_includes(tree.root()).violations,
              ElementsAre("espresso.h:3: 'libssh/libssh.h' is libssh, whose door this file is not",
                          "extra/more.h:1: 'extra' is no floor"));
}

TEST(Floors, AHeaderNamedWithoutItsFloorIsFound) {
  const Tree tree;
  tree.write("core/text.cpp", "#include \"text.h\"\n#include \"core/text.h\"\n// #include \"cli/main.h\"\n");
  const Includes includes = check_includes(tree.root());
  EXPECT_THAT(includes.violations, ElementsAre("core/text.cpp:1: 'text.h' is not named by its floor"));
  EXPECT_EQ(includes.count, 2U);
}

}  // namespace
}  // namespace espresso::testing

#include "command_line.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
namespace fs = std::filesystem;

const fs::path skeleton = ESPRESSO_SOURCE_DIR "/src/cli/skeleton";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> files_below(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) files.insert(entry.path().lexically_relative(folder).string());
  }
  return files;
}

TEST(InitCommand, WritesTheSkeleton) {
  const CommandLine here;
  EXPECT_EQ(here.espresso({"init", "infra/web"}), (Answer{.status = 0,
                                                          .out = R"(written to infra/web:
  .gitignore
  README.md
  config/site.yaml
  files/index.html.tmpl
  files/motd.tmpl
  helpers/site/ensure_role.sh
  inventory.yaml
  stages.yaml

next:
  cd infra/web
  espresso plan main      # what would happen where; connects to nothing
  espresso doc            # what there is
Then put your own hosts into inventory.yaml. README.md tells more.
)",
                                                          .err = {}}));
  const auto files = files_below("infra/web");
  EXPECT_EQ(files, files_below(skeleton));
  for (const auto& file : files) EXPECT_EQ(content(fs::path("infra/web") / file), content(skeleton / file)) << file;
}

TEST(InitCommand, WritesWhatCanBePlannedAtOnce) {
  const CommandLine here;
  here.write("other.txt", "of somebody else\n");
  EXPECT_EQ(here.espresso({"init"}).status, 0);
  EXPECT_EQ(here.espresso({"plan", "main"}), (Answer{.status = 0,
                                                     .out = R"(stages: base, web, main

web[1-2].example.org
  base
    site.ensure_role web server
    fs.ensure_file /etc/motd
  web
    fs.ensure_directory /srv/site
    fs.ensure_file /srv/site/index.html
  main

db1.example.org
  base
    site.ensure_role database
    fs.ensure_file /etc/motd
  main
)",
                                                     .err = {}}));
  EXPECT_EQ(content("other.txt"), "of somebody else\n");
}

TEST(InitCommand, OverwritesNothingAndTellsAllThatIsInTheWay) {
  const CommandLine here;
  here.write("p/README.md", "mine\n");
  here.write("p/stages.yaml", "mine too\n");
  here.write("p/files", "no folder\n");
  fs::create_symlink("nowhere", "p/.gitignore");
  EXPECT_EQ(here.espresso({"init", "p"}),
            (Answer{.status = 5, .out = {}, .err = R"(error: 'p/files' is there and is no folder
error: 'p/.gitignore' is there already
error: 'p/README.md' is there already
error: 'p/stages.yaml' is there already
hint: choose another folder, or move these away: 'espresso init' overwrites nothing
)"}));
  EXPECT_EQ(files_below("p"), (std::set<std::string>{".gitignore", "README.md", "files", "stages.yaml"}));
  EXPECT_EQ(content("p/README.md"), "mine\n");
}

TEST(InitCommand, TellsWhatItCannotMake) {
  const CommandLine here;
  here.write("file", "");
  EXPECT_EQ(here.espresso({"init", "file/project"}),
            (Answer{.status = 5, .out = {}, .err = "error: 'file' is there and is no folder\n"}));
}

/// No file of this process gets longer.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST(InitCommand, LeavesNothingHalfWritten) {
  const CommandLine here;
  here.write("p/other.txt", "of somebody else\n");
  Answer answer;
  {
    const FileSizeLimit limit(256);
    answer = here.espresso({"init", "p"});
  }
  EXPECT_EQ(answer, (Answer{.status = 5, .out = {}, .err = "error: cannot write 'p/README.md': File too large\n"}));
  EXPECT_EQ(files_below("p"), std::set<std::string>{"other.txt"});
  EXPECT_FALSE(fs::exists("p/config"));
}

}  // namespace
}  // namespace espresso

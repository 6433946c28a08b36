#include "command_line.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace espresso::testing {
namespace {

std::string content(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Config : public ::testing::Test {
 protected:
  Config() {
    line_.write("stages.yaml", "stages:\n  main: {doc: x, run: [{stage.log: \"port {{ config.web.http.port }}\"}]}\n");
    line_.write("config/web.yaml", "http:\n  port: 80\n  names: [a, b]\nmode: 0644\n");
    line_.write("config/old.conf", "[server]\nport = 8080\n");
    line_.write("inventory.yaml", R"(all:
  children:
    web:
      vars:
        config: {web: {http: {port: 81}}}
      children: {front: }
      hosts: {web1: }
    front:
      vars:
        config:
          web:
            mode: 0600
      hosts:
        web2:
        web3:
          config: {web: {http: {port: 83}}}
    db: {hosts: {db1: }}
)");
  }

  static std::string out(const std::vector<std::string>& words) {
    const Answer answer = CommandLine::espresso(words);
    return answer.status == 0 ? answer.out + answer.err : answer.err;
  }

  CommandLine line_;
};

TEST_F(Config, GetsOneSettingAndKeepsItsType) {
  EXPECT_EQ(out({"config", "get", "web.http.port"}), "80\n");
  EXPECT_EQ(out({"config", "get", "config.old.server.port"}), "8080\n");
  EXPECT_EQ(out({"config", "get", "web.http"}), "port: 80\nnames:\n  - a\n  - b\n");
  EXPECT_EQ(out({"config", "get", "web.http.port", "--format", "json"}), "80\n");
  EXPECT_EQ(out({"config", "get", "web.mode", "--format", "json"}), "\"0644\"\n");
}

TEST_F(Config, GroupsHostsAndTheCommandLineLieOverIt) {
  EXPECT_EQ(out({"config", "get", "web.http.port", "--hosts", "web1"}), "81\n");
  EXPECT_EQ(out({"config", "get", "web.http.port", "--hosts", "db1"}), "80\n");
  EXPECT_EQ(out({"config", "get", "web.http.port", "--hosts", "all"}),
            "web1:\n  81\nweb2:\n  81\nweb3:\n  83\ndb1:\n  80\n");
  EXPECT_EQ(out({"config", "get", "web.http.port", "--hosts", "web3", "-e", "web.http.port=9"}), "9\n");
  EXPECT_EQ(out({"config", "get", "web", "--hosts", "web3", "--format", "json"}), R"({
  "http": {
    "port": 83,
    "names": [
      "a",
      "b"
    ]
  },
  "mode": "0600"
}
)");
}

TEST_F(Config, IsWhatExpressionsSee) {
  const std::string plan = out({"plan", "main"});
  for (const auto* expected : {"web[1-2]\n  main\n    stage.log port 81", "web3\n  main\n    stage.log port 83",
                               "db1\n  main\n    stage.log port 80"})
    EXPECT_NE(plan.find(expected), std::string::npos) << plan;
}

TEST_F(Config, ListsEachSettingWithItsOrigin) {
  EXPECT_EQ(out({"config", "list"}), R"(old.server.port: 8080  # config/old.conf:2:8
web.http.port: 80  # config/web.yaml:2:9
web.http.names: ["a","b"]  # config/web.yaml:3:10
web.mode: 0644  # config/web.yaml:4:7
)");
  EXPECT_EQ(out({"config", "list", "web", "--hosts", "web3"}),
            R"(web.http.port: 83  # host web3, inventory.yaml:16:39
web.http.names: ["a","b"]  # config/web.yaml:3:10
web.mode: 0600  # group front, inventory.yaml:12:19
)");
  EXPECT_EQ(out({"config", "list", "old", "--format", "json"}), R"([
  {
    "name": "old.server.port",
    "value": 8080,
    "level": "file",
    "owner": "config/old.conf",
    "place": "config/old.conf:2:8"
  }
]
)");
}

TEST_F(Config, ExplainsWhichPlaceIsInEffect) {
  out({"config", "set", "web.http.port", "8081"});
  EXPECT_EQ(out({"config", "explain", "web.http.port", "--hosts", "web3", "-e", "web.http.port=9"}),
            R"(web.http.port: 9
  9  # -e
  83  # host web3, inventory.yaml:16:39, overridden
  81  # group web, inventory.yaml:5:37, overridden
  8081  # config/web.local.yaml:3:9, overridden
  80  # config/web.yaml:2:9, overridden
)");
}

TEST_F(Config, NamesTheNearestOfWhatDoesNotExist) {
  EXPECT_EQ(out({"config", "get", "wbe.http"}), "error: there is no configuration 'wbe'\nhint: did you mean 'web'?\n");
  EXPECT_EQ(out({"config", "get", "web.http.prot"}),
            "error: there is no setting 'web.http.prot'\nhint: did you mean 'port'?\n");
  EXPECT_EQ(out({"config", "get", "web.mode.x"}), "error: there is no setting 'web.mode.x': 'web.mode' is a string\n");
  EXPECT_EQ(CommandLine::espresso({"config", "get", "nothing"}).status, 5);
}

TEST_F(Config, IsSetInTheLocalFileOnly) {
  const std::string before = content("config/web.yaml");
  EXPECT_EQ(out({"config", "set", "web.http.port", "8081"}), "web.http.port is set in config/web.local.yaml\n");
  EXPECT_EQ(out({"config", "set", "web.mode", "'0755'"}), "web.mode is set in config/web.local.yaml\n");
  EXPECT_EQ(content("config/web.yaml"), before);
  EXPECT_EQ(content("config/web.local.yaml"),
            "# written by 'espresso config set'; do not edit\nhttp:\n  port: 8081\nmode: \"0755\"\n");
  struct stat status {};
  ASSERT_EQ(stat("config/web.local.yaml", &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(out({"config", "get", "web.http.port"}), "8081\n");
  EXPECT_EQ(out({"config", "unset", "web.http.port"}), "web.http.port is no longer set in config/web.local.yaml\n");
  EXPECT_EQ(out({"config", "unset", "web.mode"}), "web.mode is no longer set in config/web.local.yaml\n");
  EXPECT_FALSE(std::filesystem::exists("config/web.local.yaml"));
}

TEST_F(Config, LeavesAFileThatAPersonWroteAsItIs) {
  line_.write("config/web.local.yaml", "# for my laptop\nmode: 0600\n");
  EXPECT_EQ(
      out({"config", "set", "web.http.port", "1"}),
      R"(config/web.local.yaml:1:1: error: 'config/web.local.yaml' was written or changed by a person, and is left as it is
  1 | # for my laptop
    | ^
hint: set it there, or move the file away
)");
  EXPECT_EQ(content("config/web.local.yaml"), "# for my laptop\nmode: 0600\n");
}

TEST_F(Config, TellsThatASettingIsNew) {
  EXPECT_EQ(out({"config", "set", "web.http.prot", "1"}),
            "web.http.prot is set in config/web.local.yaml\nnote: 'web.http.prot' is new; did you mean 'port'?\n");
}

TEST_F(Config, DoesNotSetWhatWouldBeAMistake) {
  EXPECT_EQ(out({"config", "set", "web.http", "[1"}),
            R"(espresso config set:1:1: error: this '[' list does not end
  1 | [1
    | ^
hint: close it with ']'; separate its items with ','
)");
  EXPECT_EQ(out({"config", "set", "web.mode", "!secret x"}),
            "error: a value with a tag is not written by 'config set'\nhint: write it into config/NAMESPACE.yaml\n");
  EXPECT_EQ(out({"config", "set", "web.http", "1"}),
            R"(espresso config set:1:1: error: 'web.http' is a mapping of settings and cannot become an integer
  1 | web.http
    | ^^^^^^^^
config/web.yaml:1:1: note: it is set here
  1 | http:
    | ^^^^
hint: name the settings in it: web.http.NAME
)");
  EXPECT_EQ(out({"config", "set", "web", "1"}),
            "error: 'web' is a whole configuration\nhint: name a setting within it\n");
  EXPECT_FALSE(std::filesystem::exists("config/web.local.yaml"));
}

TEST_F(Config, MistakesInWhatLiesOverItAreToldAtTheirPlaces) {
  line_.write("inventory.yaml", R"(all:
  vars:
    config: {wbe: {}, web: {http: 3}}
  hosts:
    a:
    b: {config: {web: {mode: {x: 1}}, old: 5}}
    c: {config: x}
)");
  EXPECT_EQ(out({"plan", "main"}), R"(inventory.yaml:3:19: error: there is no configuration 'wbe'
  3 |     config: {wbe: {}, web: {http: 3}}
    |                   ^
hint: did you mean 'web'?
inventory.yaml:3:35: error: 'web.http' is a mapping of settings and cannot become an integer
  3 |     config: {wbe: {}, web: {http: 3}}
    |                                   ^
config/web.yaml:1:1: note: it is set here
  1 | http:
    | ^^^^
hint: name the settings in it: web.http.NAME
inventory.yaml:6:44: error: 'old' is a mapping of settings, not an integer
  6 |     b: {config: {web: {mode: {x: 1}}, old: 5}}
    |                                            ^
inventory.yaml:6:30: error: 'web.mode' is no mapping of settings and cannot become one
  6 |     b: {config: {web: {mode: {x: 1}}, old: 5}}
    |                              ^
config/web.yaml:4:7: note: it is set here
  4 | mode: 0644
    |       ^^^^
hint: give it another name
inventory.yaml:7:17: error: 'config' lays settings over those in config/: it must be a mapping of namespaces, not a string
  7 |     c: {config: x}
    |                 ^
hint: a variable of your own needs another name
)");
}

TEST_F(Config, AMistakeInAFileHidesNoneInWhatLiesOverIt) {
  line_.write("config/old.conf", "[server\n");
  line_.write("inventory.yaml", "all: {hosts: {a: {config: {old: {x: 1}, web: {http: 3}}}}}\n");
  EXPECT_EQ(out({"plan", "main"}), R"(config/old.conf:1:1: error: '[server' is no section
  1 | [server
    | ^^^^^^^
hint: end its name with ']'
inventory.yaml:1:53: error: 'web.http' is a mapping of settings and cannot become an integer
  1 | all: {hosts: {a: {config: {old: {x: 1}, web: {http: 3}}}}}
    |                                                     ^
config/web.yaml:1:1: note: it is set here
  1 | http:
    | ^^^^
hint: name the settings in it: web.http.NAME
)");
}

TEST_F(Config, AMappingAndAValueCannotTakeEachOthersPlace) {
  line_.write("inventory.yaml", R"(all:
  vars:
    config: {web: {http: 3}}
  hosts:
    a:
    b: {config: {web: {mode: {x: 1}}}}
)");
  EXPECT_EQ(out({"plan", "main"}),
            R"(inventory.yaml:3:26: error: 'web.http' is a mapping of settings and cannot become an integer
  3 |     config: {web: {http: 3}}
    |                          ^
config/web.yaml:1:1: note: it is set here
  1 | http:
    | ^^^^
hint: name the settings in it: web.http.NAME
inventory.yaml:6:30: error: 'web.mode' is no mapping of settings and cannot become one
  6 |     b: {config: {web: {mode: {x: 1}}}}
    |                              ^
config/web.yaml:4:7: note: it is set here
  4 | mode: 0644
    |       ^^^^
hint: give it another name
)");
}

TEST_F(Config, ASectionWithoutSettingsSaysNothing) {
  line_.write("config/web.local.yaml", "http:\n");
  EXPECT_EQ(out({"config", "get", "web.http.port"}), "80\n");
}

TEST_F(Config, WhatLiesOverItIsNoIniFile) {
  line_.write("config/web.local.conf", "a = 1\n");
  EXPECT_EQ(out({"config", "list"}),
            "config/web.local.conf: error: what this machine lays over the configuration 'web' is no INI file\n"
            "hint: write config/web.local.yaml: espresso config set web.NAME VALUE\n");
}

TEST_F(Config, OfOneNameLiesInOneFile) {
  line_.write("config/web.conf", "a = 1\n");
  EXPECT_EQ(out({"config", "list"}), R"(config/web.yaml:1:1: error: the configuration 'web' lies in two files
  1 | http:
    | ^^^^
config/web.conf: note: the other
hint: keep one of them
)");
}

TEST_F(Config, ThatIsNoMappingIsAMistake) {
  line_.write("config/web.yaml", "- 80\n");
  EXPECT_EQ(out({"config", "list"}),
            "config/web.yaml:1:1: error: a configuration file is a mapping of settings, not a list\n"
            "  1 | - 80\n"
            "    | ^\n");
}

TEST_F(Config, WordsThatDoNotFitAreToldSo) {
  EXPECT_EQ(out({"config", "gte"}),
            "error: 'config' takes get, set, unset, list or explain, not 'gte'\nhint: did you mean 'get'?\n");
  EXPECT_EQ(out({"config", "get"}),
            "error: 'config get' needs the name of a setting\nhint: write NAMESPACE.section.name\n");
  EXPECT_EQ(out({"config", "get", "a.b", "c"}),
            "error: 'c' is one word too many\nhint: only 'config set' takes a value\n");
  EXPECT_EQ(out({"config", "set", "a.b"}), "error: 'config set' needs a value\nhint: espresso config set a.b VALUE\n");
  EXPECT_EQ(out({"config", "unset", "web.http.port"}),
            "error: 'web.http.port' is not set in 'config/web.local.yaml'\n"
            "hint: espresso config explain web.http.port tells where it is\n");
}

}  // namespace
}  // namespace espresso::testing

#include "core/text.h"
#include "model/inventory.h"

#include <gmock/gmock.h>

#include <fstream>

namespace espresso {
namespace {

const Inventory& fleet() {
  static const Inventory inventory = Inventory::parse(std::make_shared<Source>(Source{"hosts.yaml", R"(all:
  hosts: {lone: , '2001:db8::1': }
  children:
    web: {hosts: {"web[1:4]": }}
    db: {hosts: {db-a: , db-b: }}
    red: {hosts: {web1: , db-a: }}
    node: {hosts: {"n[01:12]": }}
)"}));
  return inventory;
}

std::string select(const std::string& pattern) {
  try {
    std::vector<std::string> names;
    for (const auto& host : fleet().select_option(pattern, "--hosts")) names.push_back(host->name);
    return join(names, " ");
  } catch (const Mistakes& mistakes) {
    return mistakes.what();
  }
}

TEST(Pattern, names_hosts) {
  const std::pair<const char*, const char*> cases[] = {{"lone", "lone"},
                                                       {"web", "web1 web2 web3 web4"},
                                                       {"db,lone", "lone db-a db-b"},
                                                       {"db:lone", "lone db-a db-b"},
                                                       {" db , lone ", "lone db-a db-b"},
                                                       {"web1,web,web1", "web1 web2 web3 web4"},
                                                       {"web:!red", "web2 web3 web4"},
                                                       {"!red:web", "web2 web3 web4"},
                                                       {"web:&red", "web1"},
                                                       {"&red", "web1 db-a"},
                                                       {"!web,!node", "lone 2001:db8::1 db-a db-b"},
                                                       {"web*", "web1 web2 web3 web4"},
                                                       {"*-b", "db-b"},
                                                       {"r?d", "web1 db-a"},
                                                       {"db-[ab]", "db-a db-b"},
                                                       {"web[!1]", "web2 web3 web4"},
                                                       {"web[2:3]", "web2 web3"},
                                                       {"web[2-3]", "web2 web3"},
                                                       {"web[3-9]", "web3 web4"},
                                                       {"n[09-11]", "n09 n10 n11"},
                                                       {"db-[a-b]", "db-a db-b"},
                                                       {"web[0]", "web1"},
                                                       {"web[-1]", "web4"},
                                                       {"web[0:2]", "web1 web2 web3"},
                                                       {"web[2:]", "web3 web4"},
                                                       {"node[-2:]", "n11 n12"},
                                                       {"~(web|db-)[2b]", "web2 db-b"},
                                                       {"~eb1|lone", "lone"},
                                                       {"2001:db8::1", "2001:db8::1"},
                                                       {"ungrouped", "lone 2001:db8::1"},
                                                       {"all:!node:!ungrouped", "web1 web2 web3 web4 db-a db-b"},
                                                       {"*,!all", ""}};
  for (const auto& [pattern, hosts] : cases) EXPECT_EQ(select(pattern), hosts) << pattern;
}

TEST(Pattern, reads_files_of_patterns) {
  const std::string path = testing::TempDir() + "/espresso_pattern_hosts";
  std::ofstream(path) << "# the ones of yesterday\nweb[1:2]\n\n  db-b\n";
  EXPECT_EQ(select("@" + path), "web1 web2 db-b");
  std::ofstream(path, std::ios::trunc) << "web1\n  wbe2\n";
  EXPECT_EQ(
      select("@" + path),
      path + ":2:3: error: no host or group is named 'wbe2'\n  2 |   wbe2\n    |   ^^^^\nhint: did you mean 'web2'?\n");
  std::ofstream(path, std::ios::trunc) << "@" << path << "\n";
  EXPECT_THAT(select("@" + path), testing::HasSubstr("error: '@" + path + "' is read within itself\n"));
  EXPECT_EQ(
      select("@/no/file"),
      "--hosts:1:1: error: cannot read '/no/file': No such file or directory\n  1 | @/no/file\n    | ^^^^^^^^^\n");
}

TEST(PatternMistake, shows_the_term) {
  const std::pair<const char*, const char*> cases[] = {
      {"web1,wbe",
       "--hosts:1:6: error: no host or group is named 'wbe'\n  1 | web1,wbe\n    |      ^^^\nhint: did you mean "
       "'web'?\n"},
      {"web:!rde",
       "--hosts:1:6: error: no host or group is named 'rde'\n  1 | web:!rde\n    |      ^^^\nhint: did you mean "
       "'red'?\n"},
      {"zz*", "--hosts:1:1: error: pattern 'zz*' names no host or group\n  1 | zz*\n    | ^^^\n"},
      {"~zz", "--hosts:1:1: error: pattern '~zz' names no host or group\n  1 | ~zz\n    | ^^^\n"},
      {"~(", "--hosts:1:1: error: '(' is no regular expression\n  1 | ~(\n    | ^^\n"},
      {"~(a)\\1",
       "--hosts:1:1: error: '(a)\\1' refers back to a part of itself\n  1 | ~(a)\\1\n    | ^^^^^^\n"
       "hint: write both parts out\n"},
      {"db[5]",
       "--hosts:1:1: error: 'db[5]' lies beyond the 2 hosts of 'db'\n  1 | db[5]\n    | ^^^^^\nhint: count from 0; -1 "
       "is the last\n"},
      {"n[10-13]",
       "--hosts:1:1: error: pattern 'n[10-13]' names hosts that do not exist: 'n13'\n  1 | n[10-13]\n    | ^^^^^^^^\n"},
      {"x[1:3]", "--hosts:1:1: error: pattern 'x[1:3]' names no host or group\n  1 | x[1:3]\n    | ^^^^^^\n"},
      {"x[3:1]", "--hosts:1:1: error: the range '[3:1]' ends before it begins\n  1 | x[3:1]\n    | ^^^^^^\n"},
      {"", "--hosts:1:1: error: the pattern is empty\n  1 | \n    | ^\nhint: name hosts or groups, or 'all'\n"},
      {"web,!", "--hosts:1:5: error: a host or group is missing here\n  1 | web,!\n    |     ^\n"}};
  for (const auto& [pattern, text] : cases) EXPECT_EQ(select(pattern), text) << pattern;
}

TEST(PatternMistake, in_a_file_points_into_the_file) {
  const auto source = std::make_shared<Source>(Source{"stages.yaml", "a:\n  hosts: 'web1,nope'\n"});
  try {
    fleet().select("web1,nope", {source, 2, 10, 11});
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(mistakes.diagnostics()[0].span.location(), "stages.yaml:2:16");
  }
}

}  // namespace
}  // namespace espresso

#include "run/connection.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

Host host_with(const Map& variables) {
  const auto source = std::make_shared<Source>(Source{"site/inventory.yaml", "all:\n"});
  Host host{.name = "web1", .groups = {}, .variables = {}};
  for (const auto& [name, value] : variables)
    host.variables.set(name, value,
                       {.level = Origin::Level::host,
                        .owner = "web1",
                        .span = {.source = source, .line = 1, .column = 1, .length = 3}});
  return host;
}

Map map_of(std::initializer_list<Map::Entry> entries) {
  Map map;
  for (const auto& [key, value] : entries) map.set(key, value);
  return map;
}

TEST(Connection, OwnNamesStandBeforeAnsibles) {
  Diagnostics diagnostics;
  const Connection connection = connection_of(host_with(map_of({{"ansible_host", "10.0.0.1"},
                                                                {"address", "10.0.0.2"},
                                                                {"ansible_port", "2222"},
                                                                {"ansible_become", "yes"}})),
                                              {}, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(connection.endpoint.address, "10.0.0.2");
  EXPECT_EQ(connection.endpoint.port, 2222);
  EXPECT_TRUE(connection.become);
}

TEST(Connection, TheCommandLineStandsAboveTheInventory) {
  Diagnostics diagnostics;
  const Connection connection = connection_of(host_with(map_of({{"user", "root"}, {"port", 1}, {"identity", "a"}})),
                                              {.user = "me", .port = 2, .identities = {"/keys/b"}}, diagnostics);
  EXPECT_EQ(connection.endpoint.user, "me");
  EXPECT_EQ(connection.endpoint.port, 2);
  EXPECT_EQ(connection.endpoint.identities, std::vector<std::string>{"/keys/b"});
}

TEST(Connection, IdentitiesAreRelativeToTheFileThatNamesThem) {
  Diagnostics diagnostics;
  const Connection connection =
      connection_of(host_with(map_of({{"identity", List{"keys/a", "/keys/b"}}})), {}, diagnostics);
  EXPECT_EQ(connection.endpoint.identities, (std::vector<std::string>{"site/keys/a", "/keys/b"}));
}

TEST(Connection, WrongValuesAreMistakesWhereTheyAreWritten) {
  Diagnostics diagnostics;
  connection_of(host_with(map_of({{"port", 65536}, {"connection", "winrm"}, {"password", List{}}})), {}, diagnostics);
  std::string text;
  for (const auto& diagnostic : diagnostics.all()) text += diagnostic.span.location() + " " + diagnostic.message + "\n";
  EXPECT_EQ(text,
            "site/inventory.yaml:1:1 'password' takes a text, not a list\n"
            "site/inventory.yaml:1:1 'port' takes a number from 1 to 65535, not '65536'\n"
            "site/inventory.yaml:1:1 'connection' takes ssh or local, not 'winrm'\n");
}

}  // namespace
}  // namespace espresso

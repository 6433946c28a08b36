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

std::string told(const Connection& connection) {
  if (!connection.become) return "itself";
  const Become& become = *connection.become;
  return std::string(word(become.method)) + " " + become.user + " " + become.password.value_or("-");
}

TEST(Connection, BecomesWhomTheVariablesSay) {
  const auto of = [](std::initializer_list<Map::Entry> variables, const ConnectionOptions& options = {}) {
    Diagnostics diagnostics;
    const std::string text = told(connection_of(host_with(map_of(variables)), options, diagnostics));
    EXPECT_TRUE(diagnostics.empty());
    return text;
  };
  EXPECT_EQ(of({}), "itself");
  EXPECT_EQ(of({{"become_user", "app"}, {"become_password", "x"}}), "itself");
  EXPECT_EQ(of({{"become", true}}), "sudo root -");
  EXPECT_EQ(of({{"become", true}, {"become_user", "app"}, {"become_method", "su"}, {"become_password", 42}}),
            "su app 42");
  EXPECT_EQ(of({{"ansible_become", "yes"},
                {"ansible_become_user", "app"},
                {"ansible_become_method", "doas"},
                {"ansible_become_pass", "x"}}),
            "doas app x");
  EXPECT_EQ(of({{"become", true}, {"ansible_sudo_pass", "x"}}), "sudo root x");
  EXPECT_EQ(of({{"ansible_become", true}, {"ansible_become_password", "x"}, {"become_user", "own"}}), "sudo own x");
  EXPECT_EQ(of({{"become_user", "app"}, {"become_password", "theirs"}},
               {.become = true, .become_user = "me", .become_method = Become::Method::su, .become_password = "mine"}),
            "su me mine");
}

TEST(Connection, WrongValuesToBecomeWithAreMistakes) {
  Diagnostics diagnostics;
  connection_of(host_with(map_of({{"become", "perhaps"},
                                  {"ansible_become_method", "pbrun"},
                                  {"become_user", List{}},
                                  {"become_password", "two\nlines"}})),
                {}, diagnostics);
  std::string text;
  for (const auto& diagnostic : diagnostics.all()) text += diagnostic.message + "\n";
  EXPECT_EQ(text,
            "'become' takes true or false, not 'perhaps'\n"
            "'become_user' takes the name of a user, not a list\n"
            "'ansible_become_method' takes sudo, su or doas, not 'pbrun'\n"
            "'become_password' holds more than one line\n");
}

TEST(Connection, WrongValuesAreMistakesWhereTheyAreWritten) {
  Diagnostics diagnostics;
  connection_of(host_with(map_of({{"port", 65536}, {"connection", "winrm"}, {"password", List{}}})), {}, diagnostics);
  std::string text;
  for (const auto& diagnostic : diagnostics.all()) text += diagnostic.span.location() + " " + diagnostic.message + "\n";
  EXPECT_EQ(text,
            "site/inventory.yaml:1:1 'connection' takes ssh or local, not 'winrm'\n"
            "site/inventory.yaml:1:1 'port' takes a number from 1 to 65535, not '65536'\n"
            "site/inventory.yaml:1:1 'password' takes a text, not a list\n");
}

}  // namespace
}  // namespace espresso

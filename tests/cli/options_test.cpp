#include "cli/options.h"

#include "command_line.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

namespace espresso {
namespace {

using ::testing::ElementsAre;
using testing::Environment;

Settings settings_of(std::vector<std::string> words) {
  CLI::App app;
  Settings settings;
  add_options(app, settings);
  std::reverse(words.begin(), words.end());
  app.parse(std::move(words));
  read_environment(settings);
  return settings;
}

TEST(Options, SayWhatAndWhere) {
  const Settings settings = settings_of({"-i", "a.yaml", "--inventory=b,", "-S", "stages", "--hosts", "web*", "-l",
                                         "!web2", "--limit=&db", "--exclude", "web3", "-e", "a=1", "--set", "@f"});
  EXPECT_THAT(settings.inventories, ElementsAre("a.yaml", "b,"));
  EXPECT_EQ(settings.stages, "stages");
  EXPECT_THAT(settings.hosts, ElementsAre("web*", "!web2", "&db"));
  EXPECT_THAT(settings.exclude, ElementsAre("web3"));
  EXPECT_THAT(settings.overrides, ElementsAre("a=1", "@f"));
}

TEST(Options, SayHow) {
  const Settings settings = settings_of({"-CDbk",
                                         "-f",
                                         "5",
                                         "--timeout",
                                         "2m",
                                         "--detailed-exitcode",
                                         "-u",
                                         "deploy",
                                         "--port=2222",
                                         "--identity",
                                         "k1",
                                         "--identity",
                                         "k2",
                                         "--host-key-check",
                                         "accept-new",
                                         "--known-hosts",
                                         "kh",
                                         "-T3s",
                                         "--format=json",
                                         "-vv",
                                         "-q",
                                         "--color",
                                         "never"});
  EXPECT_TRUE(settings.check && settings.diff && settings.become && settings.ask_password);
  EXPECT_TRUE(settings.detailed_exitcode && settings.quiet);
  EXPECT_EQ(settings.forks, 5u);
  EXPECT_EQ(settings.timeout, "2m");
  EXPECT_EQ(settings.user, "deploy");
  EXPECT_EQ(settings.port, 2222);
  EXPECT_THAT(settings.identities, ElementsAre("k1", "k2"));
  EXPECT_EQ(settings.host_key_check, "accept-new");
  EXPECT_THAT(settings.known_hosts, ElementsAre("kh"));
  EXPECT_EQ(settings.connect_timeout, "3s");
  EXPECT_EQ(settings.format, "json");
  EXPECT_EQ(settings.verbosity, 2);
  EXPECT_EQ(settings.color, "never");
}

TEST(Options, SayWhomToBecomeAndHow) {
  const Settings settings = settings_of(
      {"-bK", "--become-user", "app", "--become-method=su", "--become-password-file", "/run/secret", "--port", "22"});
  EXPECT_TRUE(settings.become && settings.ask_become_password);
  EXPECT_EQ(settings.become_user, "app");
  EXPECT_EQ(settings.become_method, "su");
  EXPECT_EQ(settings.become_password_file, "/run/secret");
}

TEST(Options, ThePasswordToBecomeIsTakenOutOfTheEnvironment) {
  const Environment password("ESPRESSO_BECOME_PASSWORD", "geheim-4711");
  char* const place = std::getenv("ESPRESSO_BECOME_PASSWORD");
  EXPECT_EQ(settings_of({}).become_password, "geheim-4711");
  EXPECT_EQ(std::getenv("ESPRESSO_BECOME_PASSWORD"), nullptr);
  EXPECT_EQ(std::string(place, 11), std::string(11, '\0'));
}

TEST(Options, StandInTheEnvironmentBelowTheCommandLine) {
  const Environment check("ESPRESSO_CHECK", "true"), diff("ESPRESSO_DIFF", "false"), forks("ESPRESSO_FORKS", "7");
  const Environment user("ESPRESSO_USER", "root"), verbose("ESPRESSO_VERBOSE", "1");
  const Environment hosts("ESPRESSO_HOSTS", "web\n&db\n"), known("ESPRESSO_KNOWN_HOSTS", "/a b\n/c");
  const Settings settings = settings_of({"-u", "deploy", "--hosts", "db1"});
  EXPECT_TRUE(settings.check);
  EXPECT_FALSE(settings.diff);
  EXPECT_EQ(settings.forks, 7u);
  EXPECT_EQ(settings.user, "deploy");
  EXPECT_EQ(settings.verbosity, 1);
  EXPECT_THAT(settings.hosts, ElementsAre("db1"));
  EXPECT_THAT(settings.known_hosts, ElementsAre("/a b", "/c"));
  EXPECT_THAT(settings_of({}).hosts, ElementsAre("web", "&db"));
}

}  // namespace
}  // namespace espresso

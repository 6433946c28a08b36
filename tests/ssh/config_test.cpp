#include "ssh/config.h"

#include "config_fixture.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <grp.h>
#include <sys/stat.h>

namespace espresso::testing {
namespace {

class Config : public ConfigFixture {};

using Hops = std::vector<JumpHop>;
using Texts = std::vector<std::string>;

TEST_F(Config, WithoutFilesNothingIsSetButTheName) {
  const auto options = of_defaults("Web1");
  EXPECT_EQ(options.host_name, "web1");
  EXPECT_EQ(options.user, std::nullopt);
  EXPECT_EQ(options.port, std::nullopt);
  EXPECT_EQ(options.identity_files, std::nullopt);
  EXPECT_EQ(options.user_known_hosts_files, std::nullopt);
  EXPECT_EQ(options.strict_host_key_checking, std::nullopt);
  EXPECT_EQ(options.connect_timeout, std::nullopt);
}

TEST_F(Config, TheFileOfTheUserStandsBeforeThatOfTheSystem) {
  write_file(user_file(), "User own\nIdentityFile /k/own\n");
  write_file(system_file(), "User all\nPort 7\nIdentityFile /k/all\n");
  const auto options = of_defaults("h");
  EXPECT_EQ(options.user, "own");
  EXPECT_EQ(options.port, 7);
  EXPECT_EQ(options.identity_files, (Texts{"/k/own", "/k/all"}));
}

TEST_F(Config, AFileThatIsNamedStandsAlone) {
  write_file(user_file(), "User own\n");
  EXPECT_EQ(of("Port 7\n", "h").user, std::nullopt);
  EXPECT_EQ(SshConfig::load("none", {}, user_).resolve({.host = "h"}).user, std::nullopt);
}

TEST_F(Config, RelativeIncludesStandBesideTheirFile) {
  write_file(user_file(), "Include more/*.conf\n");
  std::filesystem::create_directories(user_.home + "/.ssh/more");
  write_file(user_.home + "/.ssh/more/a.conf", "User a\nInclude ~/b\n");
  write_file(user_.home + "/b", "Port 7\n");
  write_file(system_file(), "Include all.conf\n");
  write_file(user_.system_folder + "/all.conf", "HostKeyAlias all\n");
  const auto options = of_defaults("h");
  EXPECT_EQ(options.user, "a");
  EXPECT_EQ(options.port, 7);
  EXPECT_EQ(options.host_key_alias, "all");
}

TEST_F(Config, AGroupOfTheUserAloneMayWrite) {
  write_file(user_file(), "User own\n");
  ::chmod(user_file().c_str(), 0660);
  struct stat status {};
  ASSERT_EQ(::stat(user_file().c_str(), &status), 0);
  const group* const owner = ::getgrgid(status.st_gid);
  ASSERT_NE(owner, nullptr);
  user_.name = owner->gr_name;
  EXPECT_EQ(of_defaults("h").user, "own");
  user_.name = std::string(owner->gr_name) + "-another";
  EXPECT_THROW(of_defaults("h"), Mistakes);
}

TEST_F(Config, AFileThatIsNotReadIsAsNone) {
  std::filesystem::create_directory(user_file());
  EXPECT_EQ(of_defaults("h").host_name, "h");
}

TEST_F(Config, HopsAreToldOneByOne) {
  EXPECT_EQ(
      of("ProxyJump a,bob@b:22,ssh://carol@c:33\n", "h").proxy_jump,
      (Hops{{.host = "a"}, {.host = "b", .user = "bob", .port = 22}, {.host = "c", .user = "carol", .port = 33}}));
  EXPECT_EQ(of("ProxyJump none\n", "h").proxy_jump, std::nullopt);
  EXPECT_EQ(parse_jump_hops("none"), Hops());
  EXPECT_EQ(parse_jump_hops("a,,b"), std::nullopt);
  EXPECT_EQ(parse_jump_hops("[::1]:22"), (Hops{{.host = "::1", .port = 22}}));
  EXPECT_EQ(parse_jump_hops("[::1"), std::nullopt);
  EXPECT_EQ(parse_jump_hops("ssh://a/path"), std::nullopt);
}

TEST_F(Config, CommandsOfMatchAreRunOnceForEachText) {
  const std::string text = "Match exec \"echo x >> " + (folder_ / "ran") + "; test %h = a\"\n  User one\n";
  write_file(folder_ / "config", text);
  const auto config = SshConfig::load(folder_ / "config", {}, user_);
  for (int again = 0; again < 3; ++again) {
    EXPECT_EQ(config.resolve({.host = "a"}).user, "one");
    EXPECT_EQ(config.resolve({.host = "b"}).user, std::nullopt);
  }
  EXPECT_EQ(read_file(folder_ / "ran"), "x\nx\n");
}

TEST_F(Config, NamesAreSearchedInDomainsAndLookedUpOnce) {
  names_ = {{"web.b.example.", "web.b.example"}, {"alias.b.example.", "real.b.example"}};
  write_file(folder_ / "config",
             "CanonicalizeHostname yes\nCanonicalDomains a.example b.example\n"
             "CanonicalizePermittedCNAMEs *.b.example:*.b.example\n"
             "Host *.b.example\n  Port 7\nMatch canonical host web.*\n  User late\n");
  const auto config = SshConfig::load(folder_ / "config", {}, user_, lookup_);
  for (int again = 0; again < 3; ++again) {
    const auto options = config.resolve({.host = "web"});
    EXPECT_EQ(options.host_name, "web.b.example");
    EXPECT_EQ(options.port, 7);
    EXPECT_EQ(options.user, "late");
  }
  EXPECT_EQ(lookups_, 2);
  EXPECT_EQ(config.resolve({.host = "alias"}).host_name, "real.b.example");
  EXPECT_EQ(config.resolve({.host = "nowhere"}).host_name, "nowhere");
}

TEST_F(Config, SeveralThreadsMayAsk) {
  write_file(folder_ / "config",
             "CanonicalizeHostname yes\nCanonicalDomains a.example\nMatch exec \"test %h = h1\"\n  User one\n");
  const auto config = SshConfig::load(folder_ / "config", {}, user_, lookup_);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int host = 0; host < 4; ++host) {
        const auto options = config.resolve({.host = "h" + std::to_string(host)});
        if ((options.user == "one") != (host == 1)) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Config, BlocksOfPlainNamesCountInTheOrderOfTheFile) {
  EXPECT_EQ(of("Host b a\n  User one\nHost a*\n  User two\nHost a\n  Port 3\nHost *\n  Port 4\n", "a").port, 3);
  EXPECT_EQ(of("Host a*\n  User two\nHost a\n  User one\n", "a").user, "two");
  EXPECT_EQ(of("Host a a\n  IdentityFile /1\nHost x a\n  IdentityFile /2\n", "a").identity_files, (Texts{"/1", "/2"}));
}

TEST(AlgorithmLists, AreAppliedAsSshDoes) {
  EXPECT_EQ(apply_algorithm_list("", "a,b"), "a,b");
  EXPECT_EQ(apply_algorithm_list("c,a", "a,b"), "c,a");
  EXPECT_EQ(apply_algorithm_list("+c,a", "a,b"), "a,b,c");
  EXPECT_EQ(apply_algorithm_list("^c,b", "a,b"), "c,b,a");
  EXPECT_EQ(apply_algorithm_list("-a*,x", "a1,b,a2"), "b");
  EXPECT_EQ(apply_algorithm_list("+c*", "a,b", "a,b,c1,c2"), "a,b,c1,c2");
  EXPECT_EQ(apply_algorithm_list("x", "a,b", "a,b"), "");
}

}  // namespace
}  // namespace espresso::testing

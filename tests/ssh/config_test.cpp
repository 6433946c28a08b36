#include "ssh/config.h"

#include "core/diagnostic.h"
#include "process.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include <sys/stat.h>

namespace espresso::testing {
namespace {

using Hops = std::vector<JumpHop>;
using Texts = std::vector<std::string>;

// A user with a home and a system folder of its own.
class Config : public ::testing::Test {
 protected:
  Config() : user_(local_user()) {
    user_.home = folder_ / "home";
    user_.system_folder = folder_ / "etc";
    std::filesystem::create_directories(user_.home + "/.ssh");
    std::filesystem::create_directories(user_.system_folder);
  }

  std::string user_file() const { return user_.home + "/.ssh/config"; }
  std::string system_file() const { return user_.system_folder + "/ssh_config"; }

  SshOptions of_defaults(const std::string& host) {
    return SshConfig::load("", {}, user_, lookup_).resolve({.host = host});
  }
  SshOptions of(const std::string& text, const std::string& host) {
    write_file(folder_ / "config", text);
    return SshConfig::load(folder_ / "config", {}, user_, lookup_).resolve({.host = host});
  }

  // What is told of a file, with its place as "config".
  std::string refusal_of(const std::string& text, const std::string& host = "h", const Texts& options = {}) {
    write_file(folder_ / "config", text);
    try {
      SshConfig::load(folder_ / "config", options, user_, lookup_).resolve({.host = host});
    } catch (const Mistakes& mistakes) {
      return without_folder(mistakes.what());
    }
    return "(nothing is refused)";
  }
  std::string without_folder(std::string text) const {
    const std::string prefix = folder_ / "";
    for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }

  TemporaryFolder folder_;
  LocalUser user_;
  std::map<std::string, std::string> names_;
  std::atomic<int> lookups_ = 0;
  HostLookup lookup_ = [this](const std::string& name, AddressFamily) -> std::optional<std::string> {
    ++lookups_;
    const auto found = names_.find(name);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
  };
};

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

TEST_F(Config, AFileOfTheSystemMustNotIncludeHomes) {
  write_file(system_file(), "Include ~/x\n");
  try {
    of_defaults("h");
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(without_folder(mistakes.what()),
              "etc/ssh_config:1:9: error: '~/x' stands in a file for all users\n"
              "  1 | Include ~/x\n"
              "    |         ^^^\n"
              "hint: write an absolute path\n");
  }
}

TEST_F(Config, AFileThatOthersCanWriteIsRefused) {
  write_file(user_file(), "User own\n");
  ::chmod(user_file().c_str(), 0606);
  try {
    of_defaults("h");
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(without_folder(mistakes.what()),
              "home/.ssh/config: error: others than you can write to this file\nhint: run 'chown " + user_.name +
                  " home/.ssh/config' and 'chmod go-w home/.ssh/config'\n");
  }
  // Whoever names a file answers for it.
  EXPECT_EQ(SshConfig::load(user_file(), {}, user_).resolve({.host = "h"}).user, "own");
}

TEST_F(Config, AnIncludedFileThatOthersCanWriteIsRefused) {
  write_file(folder_ / "loose", "User x\n");
  ::chmod((folder_ / "loose").c_str(), 0646);
  const std::string line = "Include " + (folder_ / "loose");
  EXPECT_EQ(refusal_of(line + "\n"),
            "loose: error: others than you can write to this file\n"
            "config:1:9: note: included here\n"
            "  1 | Include loose\n"
            "    |         " +
                std::string(line.size() - 8, '^') +
                "\n"
                "hint: run 'chown " +
                user_.name + " loose' and 'chmod go-w loose'\n");
}

TEST_F(Config, AMissingFileIsAMistakeWhenItWasNamed) {
  try {
    SshConfig::load(folder_ / "nowhere", {}, user_);
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(without_folder(mistakes.what()), "nowhere: error: cannot read 'nowhere': No such file or directory\n");
  }
}

TEST_F(Config, AllMistakesAreToldAtOnce) {
  EXPECT_EQ(refusal_of("Prot 22\n"
                       "Port 70000 # much\n"
                       "Host x\n"
                       "  BatchMode maybe\n"
                       "  ConnectTimeout 1y\n"
                       "  User \"bob\n"
                       "  Port\n"
                       "  Port 1 2\n",
                       "h", {"Foo=1"}),
            "-o:1:1: error: unknown keyword 'Foo'\n"
            "  1 | Foo=1\n"
            "    | ^^^\n"
            "hint: remove it, or name it in 'IgnoreUnknown' above\n"
            "config:1:1: error: unknown keyword 'Prot'\n"
            "  1 | Prot 22\n"
            "    | ^^^^\n"
            "hint: did you mean 'Port'?\n"
            "config:2:6: error: '70000' is not a port\n"
            "  2 | Port 70000 # much\n"
            "    |      ^^^^^\n"
            "hint: write a number from 1 to 65535\n"
            "config:4:13: error: 'maybe' is no value of 'BatchMode'\n"
            "  4 |   BatchMode maybe\n"
            "    |             ^^^^^\n"
            "hint: write 'yes' or 'no'\n"
            "config:5:18: error: '1y' is not a time\n"
            "  5 |   ConnectTimeout 1y\n"
            "    |                  ^^\n"
            "hint: write it as '90', '10m' or '1h30m'\n"
            "config:6:8: error: this quote is not closed\n"
            "  6 |   User \"bob\n"
            "    |        ^^^^\n"
            "hint: close it, or write a backslash before it\n"
            "config:7:3: error: 'Port' has no value\n"
            "  7 |   Port\n"
            "    |   ^^^^\n"
            "hint: write one behind it\n"
            "config:8:10: error: '2' is more than 'Port' takes\n"
            "  8 |   Port 1 2\n"
            "    |          ^\n"
            "hint: remove it, or quote a value that holds spaces\n");
}

TEST_F(Config, MistakesInMatchAreTold) {
  EXPECT_EQ(refusal_of("Match hots web*\n"),
            "config:1:7: error: 'hots' is nothing 'Match' can look at\n"
            "  1 | Match hots web*\n"
            "    |       ^^^^\n"
            "hint: write 'host', 'originalhost', 'user', 'localuser', 'exec', 'canonical', 'final' or 'all'\n");
  EXPECT_EQ(refusal_of("Match host a user\n"),
            "config:1:14: error: 'user' has no value\n"
            "  1 | Match host a user\n"
            "    |              ^^^^\n"
            "hint: write one behind it\n");
  EXPECT_EQ(refusal_of("Match all host a\n"),
            "config:1:7: error: 'all' stands with other criteria\n"
            "  1 | Match all host a\n"
            "    |       ^^^\n"
            "hint: let it stand alone\n");
}

TEST_F(Config, ValuesThatCannotBeExpandedAreToldForTheHostsTheyCountFor) {
  const std::string text = "Host h\n  IdentityFile ~/%Z\nHost v\n  IdentityFile ${NOT_SET_ANYWHERE}\n";
  EXPECT_EQ(refusal_of(text, "h"),
            "config:2:16: error: '%Z' is no token of this keyword\n"
            "  2 |   IdentityFile ~/%Z\n"
            "    |                ^^^^\n"
            "hint: write one of %C, %d, %h, %i, %k, %L, %l, %n, %p, %r, %u, %%\n");
  EXPECT_EQ(refusal_of(text, "v"),
            "config:4:16: error: environment variable 'NOT_SET_ANYWHERE' is not set\n"
            "  4 |   IdentityFile ${NOT_SET_ANYWHERE}\n"
            "    |                ^^^^^^^^^^^^^^^^^^^\n"
            "hint: set it, or write its value\n");
  EXPECT_EQ(refusal_of(text, "other"), "(nothing is refused)");
}

TEST_F(Config, TokensOfOtherKeywordsAreNone) {
  EXPECT_EQ(refusal_of("ProxyCommand nc %h %d\n"),
            "config:1:14: error: '%d' is no token of this keyword\n"
            "  1 | ProxyCommand nc %h %d\n"
            "    |              ^^^^^^^^\n"
            "hint: write one of %h, %k, %n, %p, %r, %%\n");
}

TEST_F(Config, AHostReachedThroughItselfIsTold) {
  EXPECT_EQ(refusal_of("ProxyJump gate\n", "gate"),
            "config:1:11: error: 'gate' would be reached through itself\n"
            "  1 | ProxyJump gate\n"
            "    |           ^^^^\n"
            "hint: write 'ProxyJump none' under a 'Host' block of this host, above\n");
}

TEST_F(Config, FilesThatIncludeThemselvesEnd) {
  const std::string line = "Include " + (folder_ / "config");
  // Twice in each: all the files would be 2^16.
  EXPECT_THAT(
      refusal_of(line + "\n" + line + "\n"),
      ::testing::StartsWith("config:1:9: error: 'config' is included in more than 16 files, one in the other\n"));
}

TEST_F(Config, WhatIsNoConfigurationIsNotToldLineByLine) {
  std::string text;
  for (int line = 0; line < 100'000; ++line) text += "some log of something\n";
  const auto refusal = refusal_of(text);
  EXPECT_THAT(refusal, ::testing::HasSubstr("config:50:1: error"));
  EXPECT_THAT(refusal, ::testing::Not(::testing::HasSubstr("config:51:1: error")));
}

TEST_F(Config, NamesThatWouldBeCommandsAreRefused) {
  EXPECT_EQ(refusal_of("", "$(touch x)"), "error: '$(touch x)' cannot be the name of a host\n");
  EXPECT_EQ(refusal_of("", "-oProxyCommand=x"), "error: '-oProxyCommand=x' cannot be the name of a host\n");
  EXPECT_EQ(refusal_of("", "h", {"User=`id`"}), "error: '`id`' cannot be the name of a user\n");
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

TEST_F(Config, ACommandOfMatchThatIsKilledIsTold) {
  EXPECT_EQ(refusal_of("Match exec \"kill -9 $$\"\n"),
            "config:1:12: error: 'kill -9 $$' was ended by signal 9\n"
            "  1 | Match exec \"kill -9 $$\"\n"
            "    |            ^^^^^^^^^^^^\n"
            "hint: let it exit with a status\n");
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

TEST_F(Config, ANameInNoDomainIsTakenAsItIsUnlessForbidden) {
  EXPECT_EQ(refusal_of("CanonicalizeHostname yes\nCanonicalDomains a.example\nCanonicalizeFallbackLocal no\n"),
            "error: host 'h' is in none of the domains of 'CanonicalDomains'\n"
            "hint: write the name with its domain, or remove 'CanonicalizeFallbackLocal no'\n");
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

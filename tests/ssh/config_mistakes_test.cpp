#include "config_fixture.h"
#include "ssh/config_exec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include <sys/stat.h>

namespace espresso::testing {
namespace {

class ConfigMistakes : public ConfigFixture {};

TEST_F(ConfigMistakes, AFileOfTheSystemMustNotIncludeHomes) {
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

TEST_F(ConfigMistakes, AFileThatOthersCanWriteIsRefused) {
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

TEST_F(ConfigMistakes, AnIncludedFileThatOthersCanWriteIsRefused) {
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

TEST_F(ConfigMistakes, AMissingFileIsAMistakeWhenItWasNamed) {
  try {
    SshConfig::load(folder_ / "nowhere", {}, user_);
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(without_folder(mistakes.what()), "nowhere: error: cannot read 'nowhere': No such file or directory\n");
  }
}

TEST_F(ConfigMistakes, AllMistakesAreToldAtOnce) {
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

TEST_F(ConfigMistakes, MistakesInMatchAreTold) {
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

TEST_F(ConfigMistakes, ValuesThatCannotBeExpandedAreToldForTheHostsTheyCountFor) {
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

TEST_F(ConfigMistakes, TokensOfOtherKeywordsAreNone) {
  EXPECT_EQ(refusal_of("ProxyCommand nc %h %d\n"),
            "config:1:14: error: '%d' is no token of this keyword\n"
            "  1 | ProxyCommand nc %h %d\n"
            "    |              ^^^^^^^^\n"
            "hint: write one of %h, %k, %n, %p, %r, %%\n");
}

TEST_F(ConfigMistakes, AHostReachedThroughItselfIsTold) {
  EXPECT_EQ(refusal_of("ProxyJump gate\n", "gate"),
            "config:1:11: error: 'gate' would be reached through itself\n"
            "  1 | ProxyJump gate\n"
            "    |           ^^^^\n"
            "hint: write 'ProxyJump none' under a 'Host' block of this host, above\n");
}

TEST_F(ConfigMistakes, FilesThatIncludeThemselvesEnd) {
  const std::string line = "Include " + (folder_ / "config");
  // Twice in each: all the files would be 2^16.
  EXPECT_THAT(
      refusal_of(line + "\n" + line + "\n"),
      ::testing::StartsWith("config:1:9: error: 'config' is included in more than 16 files, one in the other\n"));
}

TEST_F(ConfigMistakes, WhatIsNoConfigurationIsNotToldLineByLine) {
  std::string text;
  for (int line = 0; line < 100'000; ++line) text += "some log of something\n";
  const auto refusal = refusal_of(text);
  EXPECT_THAT(refusal, ::testing::HasSubstr("config:50:1: error"));
  EXPECT_THAT(refusal, ::testing::Not(::testing::HasSubstr("config:51:1: error")));
}

TEST_F(ConfigMistakes, NamesThatWouldBeCommandsAreRefused) {
  EXPECT_EQ(refusal_of("", "$(touch x)"), "error: '$(touch x)' cannot be the name of a host\n");
  EXPECT_EQ(refusal_of("", "-oProxyCommand=x"), "error: '-oProxyCommand=x' cannot be the name of a host\n");
  EXPECT_EQ(refusal_of("", "h", {"User=`id`"}), "error: '`id`' cannot be the name of a user\n");
}

TEST_F(ConfigMistakes, ACommandOfMatchThatIsKilledIsTold) {
  EXPECT_EQ(refusal_of("Match exec \"kill -9 $$\"\n"),
            "config:1:12: error: 'kill -9 $$' was ended by signal 9\n"
            "  1 | Match exec \"kill -9 $$\"\n"
            "    |            ^^^^^^^^^^^^\n"
            "hint: let it exit with a status\n");
}

TEST_F(ConfigMistakes, ACommandOfMatchThatDoesNotEndIsEnded) {
  try {
    run_in_shell("sleep 600", {}, std::chrono::milliseconds(20));
    FAIL();
  } catch (const Mistakes& mistakes) {
    EXPECT_EQ(
        std::string(mistakes.what()),
        "error: 'sleep 600' did not end in 0.02s\nhint: let it end soon, it is run before hosts are connected to\n");
  }
}

TEST_F(ConfigMistakes, AShellThatIsNotThereIsTold) {
  const char* const shell = std::getenv("SHELL");
  const std::string shell_before = shell ? shell : "/bin/sh";
  ::setenv("SHELL", "/no/shell", 1);
  EXPECT_EQ(refusal_of("Match exec true\n"),
            "config:1:12: error: cannot run '/no/shell': No such file or directory\n"
            "  1 | Match exec true\n"
            "    |            ^^^^\n"
            "hint: let SHELL name your shell\n");
  ::setenv("SHELL", shell_before.c_str(), 1);
}

TEST_F(ConfigMistakes, ANameInNoDomainIsTakenAsItIsUnlessForbidden) {
  EXPECT_EQ(refusal_of("CanonicalizeHostname yes\nCanonicalDomains a.example\nCanonicalizeFallbackLocal no\n"),
            "error: host 'h' is in none of the domains of 'CanonicalDomains'\n"
            "hint: write the name with its domain, or remove 'CanonicalizeFallbackLocal no'\n");
}

}  // namespace
}  // namespace espresso::testing

#include "run/ssh_configs.h"

#include "core/text.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

std::string options_of(std::string_view arguments) {
  std::string wrong;
  const auto options = options_of_arguments(arguments, wrong);
  return options ? join(*options, "; ") : "not '" + wrong + "'";
}

TEST(OptionsOfArguments, AreThoseThatSshTakes) {
  EXPECT_EQ(options_of(""), "");
  EXPECT_EQ(options_of("-o StrictHostKeyChecking=no -oPort=2222"), "StrictHostKeyChecking=no; Port=2222");
  EXPECT_EQ(options_of("-J a,b -i ~/.ssh/key -l root -p 22"),
            "ProxyJump=a,b; IdentityFile=~/.ssh/key; User=root; Port=22");
  EXPECT_EQ(options_of("-Ja -C -4 -6"), "ProxyJump=a; Compression=yes; AddressFamily=inet; AddressFamily=inet6");
}

TEST(OptionsOfArguments, ArePartedAsAShellPartsThem) {
  EXPECT_EQ(options_of("-o 'ProxyCommand=ssh -W %h:%p \"a b\"'"), "ProxyCommand=ssh -W %h:%p \"a b\"");
  EXPECT_EQ(options_of("  -o ProxyCommand=\"ssh -W %h:%p 'a' \\\"b\\\"\"\t-o\nUser=a\\ b"),
            "ProxyCommand=ssh -W %h:%p 'a' \"b\"; User=a b");
  EXPECT_EQ(options_of("-o ''"), "");
}

TEST(OptionsOfArguments, ThatSayNothingOfTheConnectionAreLeftOut) {
  EXPECT_EQ(options_of("-q -v -A -a -x -T -t -tt -o User=me"), "User=me");
}

TEST(OptionsOfArguments, ThatAreUnknownAreNamed) {
  EXPECT_EQ(options_of("-C -W a:1"), "not '-W'");
  EXPECT_EQ(options_of("-C host"), "not 'host'");
  EXPECT_EQ(options_of("-C -o"), "not '-o'");
  EXPECT_EQ(options_of("-Cq"), "not '-Cq'");
}

TEST(SshConfigs, SaysWhatIsWrongWithOptionsOfTheInventory) {
  SshConfigs configs("none", {});
  EXPECT_TRUE(configs.mistakes_in({"User=me", "Compression yes"}).empty());
  const std::vector<std::string> wrong = {"Usr=me", "Compression=yes", "Port=0"};
  for (int asked = 0; asked < 2; ++asked) {
    const auto& mistakes = configs.mistakes_in(wrong);
    ASSERT_EQ(mistakes.size(), 2U);
    EXPECT_EQ(mistakes[0].span.source->text, "Usr=me");
    EXPECT_EQ(mistakes[0].message, "unknown keyword 'Usr'");
    EXPECT_EQ(mistakes[1].span.source->text, "Port=0");
  }
}

}  // namespace
}  // namespace espresso

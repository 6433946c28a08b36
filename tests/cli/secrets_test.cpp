#include "command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espresso {
namespace {

using testing::CommandLine;
using testing::Environment;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto inventory = "all: {hosts: {web1: {connection: local, password: hun'ter22, motto: hun'ter22}}}\n";

TEST(Secrets, OfTheInventoryAreMaskedInWhatHostsSay) {
  CommandLine command_line;
  command_line.write("hosts.yaml", inventory);
  const auto answer =
      CommandLine::espresso({"exec", "-i", "hosts.yaml", "echo \"hun'ter22\"; printf \"hun'ter22\" | base64"});
  EXPECT_EQ(answer.out, "--- web1\n***\n***\n");
  for (const std::string format : {"text", "json"}) {
    const auto failed = CommandLine::espresso(
        {"exec", "-vvv", "--format", format, "-i", "hosts.yaml", "echo \"no hun'ter22\" >&2; exit 1"});
    EXPECT_THAT(failed.out + failed.err, Not(HasSubstr("ter22"))) << failed;
    EXPECT_THAT(failed.out, HasSubstr("no ***"));
  }
}

TEST(Secrets, OfTheEnvironmentAreMaskedInMistakes) {
  CommandLine command_line;
  const Environment password("ESPRESSO_BECOME_PASSWORD", "hunter22");
  command_line.write("hosts.yaml", "all: {hosts: {web1: {connection: local}}}\n");
  const auto answer =
      CommandLine::espresso({"exec", "-i", "hosts.yaml", "-b", "--become-method", "none", "echo hunter22"});
  EXPECT_THAT(answer.out + answer.err, Not(HasSubstr("hunter22")));
}

TEST(Secrets, ThatAreTooShortAreWarnedOf) {
  CommandLine command_line;
  command_line.write("hosts.yaml", "all: {hosts: {web1: {connection: local, password: abc}}}\n");
  const auto answer = CommandLine::espresso({"exec", "-i", "hosts.yaml", "echo abcabc; echo abc"});
  EXPECT_EQ(answer.out, "--- web1\nabcabc\nabc\n");
  EXPECT_EQ(answer.err, "warning: password is shorter than 4 bytes: it is masked only where it stands alone\n");
}

}  // namespace
}  // namespace espresso

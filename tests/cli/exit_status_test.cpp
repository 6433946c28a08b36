#include "cli/exit_status.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

TEST(ExitStatus, TheWorstWins) {
  using enum ExitStatus;
  const ExitStatus order[] = {ok, changes_needed, host_failed, host_unreachable, usage, internal_error, interrupted};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      EXPECT_EQ(worse(order[i], order[j]), order[i]);
      EXPECT_EQ(worse(order[j], order[i]), order[i]);
    }
  }
}

TEST(ExitStatus, TellsWhatHappenedToTheHosts) {
  const RunResult fine{.hosts = {{"a", Outcome::ok}, {"b", Outcome::changed}}};
  const RunResult would_change{.hosts = {{"a", Outcome::ok}, {"b", Outcome::would_change}}};
  const RunResult trouble{.hosts = {{"a", Outcome::unreachable}, {"b", Outcome::failed}}};
  const RunResult interrupted{.hosts = {{"a", Outcome::unreachable}}, .interrupted = true};
  EXPECT_EQ(exit_status_of(fine, true), ExitStatus::ok);
  EXPECT_EQ(exit_status_of(would_change, false), ExitStatus::ok);
  EXPECT_EQ(exit_status_of(would_change, true), ExitStatus::changes_needed);
  EXPECT_EQ(exit_status_of(trouble, false), ExitStatus::host_unreachable);
  EXPECT_EQ(exit_status_of(interrupted, false), ExitStatus::interrupted);
}

TEST(ExitStatus, IsToldByEachHelp) {
  EXPECT_EQ(exit_status_help(), R"(EXIT STATUS (the worst that happened)
   0  all went well
   1  an error inside espresso
   2  an operation failed on a host
   3  changes are needed (only with --check and --detailed-exitcode)
   4  a host could not be reached
   5  the command line or a file is wrong; no host was touched
  99  interrupted (the first Ctrl-C lets what runs finish, the second ends it)
)");
}

}  // namespace
}  // namespace espresso

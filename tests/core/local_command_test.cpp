#include "core/local_command.h"

#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espresso {
namespace {

using namespace std::chrono_literals;

std::string error_of(const std::vector<std::string>& words, std::chrono::milliseconds deadline = 1min) {
  try {
    run_local_command(words, deadline, 1000);
    return "none";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(LocalCommand, TellsWhatItDid) {
  const auto outcome = run_local_command({"sh", "-c", "cat; echo out; echo err >&2; exit 7"}, 1min);
  EXPECT_EQ(outcome.status, 7);
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.error_output, "err\n");
}

TEST(LocalCommand, IsGivenItsWordsAsTheyAre) {
  EXPECT_EQ(run_local_command({"printf", "%s|", "a b", "$x", "'"}, 1min).output, "a b|$x|'|");
}

TEST(LocalCommand, TellsTheSignalThatEndedIt) {
  EXPECT_EQ(run_local_command({"sh", "-c", "kill -9 $$"}, 1min).status, 137);
}

TEST(LocalCommand, KeepsTheEndOfALongComplaint) {
  const auto outcome = run_local_command({"sh", "-c", "yes | head -c 100000 >&2; echo end >&2"}, 1min);
  EXPECT_LE(outcome.error_output.size(), 4096U);
  EXPECT_THAT(outcome.error_output, ::testing::EndsWith("end\n"));
}

TEST(LocalCommand, IsEndedWhenItTakesTooLongOrWritesTooMuch) {
  EXPECT_EQ(error_of({"sleep", "1000"}, 20ms), "'sleep' took longer than 0.02s");
  EXPECT_EQ(error_of({"yes"}), "'yes' writes more than 1000 bytes");
  EXPECT_EQ(error_of({"no-such-program"}), "cannot start 'no-such-program': No such file or directory");
}

}  // namespace
}  // namespace espresso

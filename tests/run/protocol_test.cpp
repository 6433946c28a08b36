#include "run/protocol.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace espresso {
namespace {

TEST(ShellCommand, IsOneLineThatAnyLoginShellPassesOn) {
  EXPECT_EQ(shell_command(boot_script()),
            "exec /bin/sh -c 'unset r_token r_boot; IFS= read -r r_token && IFS= read -r r_boot && eval \"$r_boot\"'");
}

TEST(ShellCommand, TakesAnotherShell) { EXPECT_EQ(shell_command("a b", "/bin/ash"), "exec /bin/ash -c 'a b'"); }

TEST(BootInput, BeginsAndEndsWithTheToken) {
  const std::string input = boot_input("0123abcd", {"h_x() { :; }\n"});
  EXPECT_EQ(input.substr(0, 9), "0123abcd\n");
  EXPECT_TRUE(
      input.ends_with("h_x() { :; }\n#\nr_run='' r_host='' r_by='' r_since='' r_reason='' r_place='' r_patience=0 "
                      "r_break= r_expiry=5 r_longest=1800\nr_serve\n0123abcd\n"));
}

TEST(BootInput, SaysForWhomItWorks) {
  const Tenure tenure{.run = "20",
                      .host = "a'b",
                      .by = "me@here",
                      .since = "now",
                      .reason = "it's time",
                      .place = "/x",
                      .patience = std::chrono::seconds(9),
                      .breaks_lock = true};
  EXPECT_TRUE(boot_input("0123abcd", {}, RunnerKind::full, tenure)
                  .ends_with("r_run='20' r_host='a'\\''b' r_by='me@here' r_since='now' r_reason='it'\\''s time' "
                             "r_place='/x' r_patience=9 "
                             "r_break=1 r_expiry=5 r_longest=1800\nr_serve\n0123abcd\n"));
}

TEST(BootInput, CarriesNoComments) { EXPECT_EQ(boot_input("0123abcd", {}).find("\n# "), std::string::npos); }

TEST(WrapHelper, KeepsTheBodyAsTextUntilItRuns) {
  EXPECT_EQ(wrap_helper("h_fs_x", "check() {\n  say 'a'\n}\n"),
            "h_fs_x() { eval 'check() {'\"$n_\"'  say '\\''a'\\'''\"$n_\"'}'; }\n");
}

TEST(OperationRequest, WithoutContent) {
  EXPECT_EQ(operation_request(7, {.line = "h_x; run_operation"}), "O 7 - - - -\nh_x; run_operation\n");
}

TEST(OperationRequest, WithContentAndFlags) {
  EXPECT_EQ(operation_request(8, {.flags = {.check = true, .diff = true, .ignore_errors = true, .live = true},
                                  .line = "h_x",
                                  .content_size = 300,
                                  .key = "abc-0"}),
            "O 8 cdil 300 abc-0 -\nh_x\n");
}

TEST(OperationRequest, AsAnotherUserAndWithSignals) {
  EXPECT_EQ(operation_request(9, {.line = "h_x", .user = "a b", .signals = {"one", "two"}}),
            "O 9 - - - one,two a b\nh_x\n");
}

TEST(OperationRequest, ThatSpansLinesIsRefused) {
  EXPECT_THROW(operation_request(1, {.line = "a", .user = "a\nb"}), std::logic_error);
  EXPECT_THROW(operation_request(1, {.line = "a\nb"}), std::logic_error);
}

TEST(BoundedText, KeepsAllThatFits) {
  BoundedText text(10);
  text.append("0123");
  text.append("456789");
  EXPECT_FALSE(text.is_cut());
  EXPECT_EQ(text.text(), "0123456789");
}

TEST(BoundedText, KeepsHeadAndTailAndTellsTheCut) {
  BoundedText text(10);
  text.append("0123456789abcdef");
  EXPECT_TRUE(text.is_cut());
  EXPECT_EQ(text.total(), 16U);
  EXPECT_EQ(text.text(), "01234… [6 bytes left out] …bcdef");
}

TEST(BoundedText, DoesNotCareHowItIsFed) {
  std::string all;
  for (int n = 0; n < 1000; ++n) all += std::to_string(n);
  BoundedText whole(100);
  whole.append(all);
  for (const std::size_t step : {1U, 7U, 49U, 50U, 51U, 99U, 100U, 101U, 150U}) {
    BoundedText pieces(100);
    for (std::size_t at = 0; at < all.size(); at += step) pieces.append(std::string_view(all).substr(at, step));
    EXPECT_EQ(pieces.text(), whole.text()) << step;
  }
}

}  // namespace
}  // namespace espresso

#include "report/predictions.h"

#include "events.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

using namespace testing;

Predictions of(const std::vector<Event>& events) {
  Predictions predictions;
  for (const auto& event : events) predictions.note(event);
  return predictions;
}

// What is told of a host that goes through these, planned and now.
std::string drift(const std::vector<Result>& planned, const std::vector<Result>& now) {
  Predictions before, after;
  for (const auto& result : planned) before.note(finished("a", result));
  for (const auto& result : now) after.note(finished("a", result));
  before.note(host_finished("a", Outcome::ok, {}));
  after.note(host_finished("a", Outcome::ok, {}));
  return before.drift("a", after).value_or("as planned");
}

Result lines(const std::string& diff) {
  Result result = motd(Outcome::would_change);
  result.diff = diff;
  return result;
}

TEST(Predictions, HoldWhereAllIsTheSame) {
  Result later = motd(Outcome::would_change);
  later.duration = std::chrono::seconds(9);
  EXPECT_EQ(drift({motd(Outcome::would_change), curl(Outcome::ok)}, {later, curl(Outcome::ok)}), "as planned");
}

TEST(Predictions, TellWhatEndsOtherwise) {
  EXPECT_EQ(drift({motd(Outcome::would_change)}, {motd(Outcome::ok)}),
            "main: fs.ensure_file /etc/motd is ok now, planned was would-change");
}

TEST(Predictions, TellWhatWouldChangeOtherwise) {
  Result other = motd(Outcome::would_change);
  other.differences.front().from = "0755";
  EXPECT_EQ(drift({motd(Outcome::would_change)}, {other}),
            "main: fs.ensure_file /etc/motd (mode 0755 -> 0600) now, planned was "
            "main: fs.ensure_file /etc/motd (mode 0644 -> 0600)");
  EXPECT_EQ(drift({lines("-a\n+b\n")}, {lines("-c\n+b\n")}),
            "main: fs.ensure_file /etc/motd would change other lines than planned");
}

TEST(Predictions, TellWhatComesAnewAndWhatIsGone) {
  EXPECT_EQ(drift({motd(Outcome::ok)}, {motd(Outcome::ok), curl(Outcome::ok)}),
            "main: dpkg.ensure_installed curl was not planned");
  EXPECT_EQ(drift({motd(Outcome::ok), curl(Outcome::ok)}, {motd(Outcome::ok)}),
            "main: dpkg.ensure_installed curl was planned, and does not come");
  EXPECT_EQ(drift({motd(Outcome::ok)}, {curl(Outcome::ok)}),
            "main: dpkg.ensure_installed curl comes now, planned was main: fs.ensure_file /etc/motd");
}

TEST(Predictions, AreCompleteWhereTheCheckWentThroughAll) {
  const auto predictions = of({host_finished("a", Outcome::would_change, {}), host_finished("b", Outcome::failed, {}),
                               host_finished("c", Outcome::unreachable, {}, "no route"),
                               host_finished("d", Outcome::ok, {}, "interrupted"), finished("e", motd(Outcome::ok))});
  EXPECT_TRUE(predictions.is_complete("a"));
  for (const char* host : {"b", "c", "d", "e", "f"}) EXPECT_FALSE(predictions.is_complete(host)) << host;
}

}  // namespace
}  // namespace espresso

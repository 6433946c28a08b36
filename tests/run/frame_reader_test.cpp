#include "run/protocol.h"

#include <gtest/gtest.h>

#include <random>

namespace espresso {
namespace {

const std::string token = "0123456789abcdef";

std::string frame(const std::string& kind, const std::vector<std::string>& fields) {
  std::string text = "\n" + token + " " + kind;
  for (const auto& field : fields) text += '\x1f' + field;
  return text + "\x1f\n";
}

// What was read, as one text: [kind|field|field] for records, everything else as it came.
std::string shown(const std::vector<FrameReader::Piece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    if (!piece.record) {
      text += piece.output;
      continue;
    }
    text += "[" + piece.record->kind;
    for (const auto& field : piece.record->fields) text += "|" + field;
    text += "]";
  }
  return text;
}

std::string read_at_once(const std::string& stream) { return shown(FrameReader(token).feed(stream)); }

std::string read_in_two(const std::string& stream, std::size_t at) {
  FrameReader reader(token);
  const std::string first = shown(reader.feed(std::string_view(stream).substr(0, at)));
  return first + shown(reader.feed(std::string_view(stream).substr(at)));
}

std::string read_by_bytes(const std::string& stream) {
  FrameReader reader(token);
  std::string text;
  for (const char c : stream) text += shown(reader.feed({&c, 1}));
  return text;
}

TEST(FrameReader, TakesRecordsOutOfOutput) {
  EXPECT_EQ(read_at_once("one\n" + frame("result", {"3", "ok"}) + "two"), "one\n[result|3|ok]two");
}

TEST(FrameReader, KeepsEmptyFields) {
  EXPECT_EQ(read_at_once(frame("differs", {"before", "mode", "", ""})), "[differs|before|mode||]");
}

TEST(FrameReader, KnowsRecordsWithoutFields) { EXPECT_EQ(read_at_once(frame("facts-end", {})), "[facts-end]"); }

TEST(FrameReader, KeepsNewlinesInFields) { EXPECT_EQ(read_at_once(frame("reason", {"a\nb\n"})), "[reason|a\nb\n]"); }

TEST(FrameReader, FindsARecordWithoutTheNewlineBeforeIt) {
  EXPECT_EQ(read_at_once("\nx" + frame("end", {"1"}).substr(1)), "\nx[end|1]");
}

TEST(FrameReader, ReadsTheSameHoweverTheStreamIsSplit) {
  const std::string stream = "\n\nout" + frame("differs", {"before", "a", "", "b\nc"}) + "\n" + frame("old", {"/x"}) +
                             std::string("\0\x1f\n\xff", 4) + frame("old-end", {}) + token.substr(0, 9) + "\n" +
                             token.substr(0, 15) + "?" + frame("result", {"1", "changed"}) + token + " Bad\x1f\n" +
                             "rest\n!";
  const std::string expected = read_at_once(stream);
  EXPECT_EQ(read_by_bytes(stream), expected);
  for (std::size_t at = 0; at <= stream.size(); ++at) EXPECT_EQ(read_in_two(stream, at), expected) << at;
}

TEST(FrameReader, DoesNotHoldOutputBack) {
  FrameReader reader(token);
  EXPECT_EQ(shown(reader.feed("progress 10%")), "progress 10%");
}

TEST(FrameReader, TakesMalformedRecordsForOutput) {
  for (const std::string& malformed : {
           token + " Result\x1f"
                   "1\x1f\n",                              // not a kind
           token + "  \x1f\n",                             // none
           token + "result\x1f\n",                         // no space
           token + " " + std::string(40, 'a') + "\x1f\n",  // too long a kind
           token + " result 3\x1f\n",                      // another separator
       }) {
    EXPECT_EQ(read_at_once("\n" + malformed + "."), "\n" + malformed + ".");
    EXPECT_EQ(read_by_bytes("\n" + malformed + "."), "\n" + malformed + ".");
  }
}

TEST(FrameReader, TakesARecordThatNeverEndsForOutput) {
  const std::string endless = token + " reason\x1f" + std::string(70'000, 'x');
  EXPECT_EQ(read_at_once("\n" + endless), "\n" + endless);
  EXPECT_EQ(read_at_once("\n" + endless + "\x1f\n" + frame("end", {"1"})), "\n" + endless + "\x1f\n[end|1]");
}

TEST(FrameReader, DoesNotLetARecordSwallowTheNext) {
  const std::string open = token + " reason\x1fhalf";
  EXPECT_EQ(read_at_once(open + frame("result", {"1", "failed"})), open + "[result|1|failed]");
}

TEST(FrameReader, IsNotFooledByAnotherToken) {
  const std::string forged =
      "\nfedcba9876543210 result\x1f"
      "1\x1fok\x1f\n";
  EXPECT_EQ(read_at_once(forged + "x"), forged + "x");
}

TEST(FrameReader, PassesRandomBytesOnUnchanged) {
  std::mt19937 random(20);
  std::string bytes;
  for (int n = 0; n < 200'000; ++n) bytes += static_cast<char>(random());
  FrameReader reader(token);
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = 1 + random() % 5000;
    text += shown(reader.feed(std::string_view(bytes).substr(at, length)));
    at += length;
  }
  text += shown(reader.feed(frame("end", {"1"})));
  EXPECT_TRUE(text == bytes + "[end|1]");
}

}  // namespace
}  // namespace espresso

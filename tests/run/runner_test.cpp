#include "run/runner.h"

#include "shells.h"

#include "core/hash.h"
#include "ssh/memory_session.h"

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace espresso {
namespace {

using ::testing::ElementsAre;

constexpr auto out = ChannelEvent::Kind::output;
constexpr auto err = ChannelEvent::Kind::error_output;

std::string record(const std::string& kind, const std::vector<std::string>& fields = {}) {
  std::string text = "\nTOKEN " + kind;
  for (const auto& field : fields) text += "\x1f" + field;
  return text + "\x1f\n";
}
const std::string ready = record("ready", {"3", "10", "11", "b007", ""});

// A runner whose host answers by script to two operations that were sent, of which the second may reboot it.
class ScriptedRunner : public ::testing::Test {
 protected:
  // What it told, a line each; an error last.
  std::vector<std::string> conversation(std::vector<ChannelEvent> answers, bool sends = true) {
    espresso::testing::MemorySession session({.answers = {std::move(answers)}});
    std::vector<std::string> lines;
    asio::io_context io;
    bool done = false;
    spawn(io.get_executor(), talk(io, session, sends, destination, lines), [&](std::exception_ptr failure) {
      done = true;
      if (failure) std::rethrow_exception(failure);
    });
    io.run();
    EXPECT_TRUE(done);
    return lines;
  }

  std::optional<Destination> destination = {};  ///< of both operations

 private:
  static std::string describe(const Runner::Message& message) {
    if (const auto* told = std::get_if<RunnerReady>(&message))
      return "ready pid " + std::to_string(told->pid) + " group " + std::to_string(told->process_group);
    if (std::holds_alternative<GoingDown>(message)) return "going down";
    if (const auto* told = std::get_if<FactsTold>(&message)) return "facts " + to_json(told->facts.values);
    const auto& answer = std::get<Answer>(message);
    std::string line = "answer " + std::to_string(answer.id) + " " + answer.word;
    if (!answer.output.empty()) line += " out=" + answer.output.text();
    if (!answer.error_output.empty()) line += " err=" + answer.error_output.text();
    for (const auto& difference : answer.before) line += " differs=" + difference.what;
    if (answer.old_content) line += " old=" + *answer.old_content;
    if (!answer.reason.empty()) line += " reason=" + answer.reason;
    return line;
  }
  static awaitable<void> talk(asio::io_context& io, Session& session, bool sends,
                              std::optional<Destination> destination, std::vector<std::string>& lines) {
    auto channel = co_await session.exec("sh", no_deadline);
    Runner runner(io.get_executor(), std::move(channel), {}, RunnerKind::full, {}, "TOKEN");
    auto operation = std::make_shared<Operation>();
    operation->line = "run_operation";
    operation->destination = destination;
    runner.ask_for_facts({});
    if (sends) {
      auto reboots = std::make_shared<Operation>(*operation);
      reboots->reboots = std::chrono::seconds(10);
      runner.submit(operation, {}, nullptr);
      runner.submit(reboots, {}, nullptr);
    }
    try {
      for (;;) {
        const auto message = co_await runner.receive(no_deadline);
        if (!message) break;
        lines.push_back(describe(*message));
      }
    } catch (const Error& error) {
      lines.push_back((error.kind() == Error::Kind::unreachable ? "unreachable: " : "error: ") +
                      std::string(error.what()));
    }
  }
};

TEST_F(ScriptedRunner, TellsAnswersInTheirOrderWithWhatWasSaidOnBothStreams) {
  EXPECT_THAT(
      conversation({{out, "motd\n" + ready + "hello" + record("differs", {"before", "mode", "1", "2"}) +
                              record("result", {"0", "changed", ""}) + "second" + record("result", {"1", "ok", ""})},
                    {err, "warning" + record("end", {"0"}) + record("end", {"1"})}}),
      ElementsAre("ready pid 10 group 11", "answer 0 changed out=hello err=warning differs=mode",
                  "answer 1 ok out=second"));
}

TEST_F(ScriptedRunner, AnAnswerIsWholeOnlyWhenBothStreamsHaveEndedIt) {
  EXPECT_THAT(conversation({{out, ready + record("result", {"0", "ok", ""}) + record("result", {"1", "ok", ""})},
                            {err, record("end", {"0"})}}),
              ElementsAre("ready pid 10 group 11", "answer 0 ok"));
}

TEST_F(ScriptedRunner, OldContentIsApartFromOutput) {
  EXPECT_THAT(conversation({{out, ready + record("old", {"/f"}) + "was\nthis" + record("old-end") +
                                      record("reason", {"why"}) + "x" + record("result", {"0", "failed", ""})},
                            {err, record("end", {"0"})}}),
              ElementsAre("ready pid 10 group 11", "answer 0 failed out=x old=was\nthis reason=why"));
}

TEST_F(ScriptedRunner, FactsAreNestedAtTheirDots) {
  EXPECT_THAT(conversation({{out, ready + record("fact", {".os", "=id=debian"}) + record("fact", {"=kernel=6.1"}) +
                                      record("fact", {".os", "=name=Debian"}) + record("facts-end")}}),
              ElementsAre("ready pid 10 group 11", R"(facts {"os":{"id":"debian","name":"Debian"},"kernel":"6.1"})"));
}

TEST_F(ScriptedRunner, AHostThatRepeatsItselfIsNotBelieved) {
  EXPECT_THAT(
      conversation({{out, ready}, {out, ready}}, false),
      ElementsAre("ready pid 10 group 11",
                  "error: the runner at the host answered out of turn (an answer to an operation that was not sent)"));
  EXPECT_THAT(conversation({{out, ready + record("facts-end")}, {out, record("facts-end")}}, false),
              ElementsAre("ready pid 10 group 11", "facts {}",
                          "error: the runner at the host answered out of turn (facts that nobody asked for)"));
}

TEST_F(ScriptedRunner, AHostThatAnswersOutOfTurnIsNotBelieved) {
  const std::string refused = "error: the runner at the host answered out of turn ";
  EXPECT_THAT(conversation({{out, ready}, {out, record("result", {"1", "ok", ""})}}),
              ElementsAre("ready pid 10 group 11", refused + "(result)"));
  EXPECT_THAT(conversation({{out, ready}, {out, record("surprise")}}),
              ElementsAre("ready pid 10 group 11", refused + "(surprise)"));
  EXPECT_THAT(conversation({{out, record("result", {"0", "ok", ""})}}), ElementsAre(refused + "(result before ready)"));
  EXPECT_THAT(conversation({{err, record("end", {"7"})}}), ElementsAre(refused + "(end)"));
  EXPECT_THAT(conversation({{out, record("ready", {"1", "1", "1", "", ""})}}),
              ElementsAre(refused + "(protocol version 1)"));
  EXPECT_THAT(conversation({{out, ready}, {out, record("result", {"0", "ok", ""})}}, false),
              ElementsAre("ready pid 10 group 11", refused + "(an answer to an operation that was not sent)"));
}

TEST_F(ScriptedRunner, OnlyAnOperationThatRebootsTakesTheHostDownAndOnce) {
  const std::string refused = "error: the runner at the host answered out of turn (reboot)";
  const std::string first_done = ready + record("result", {"0", "ok", ""});
  EXPECT_THAT(
      conversation({{out, first_done}, {err, record("end", {"0"})}, {out, record("reboot")}, {out, "last words"}}),
      ElementsAre("ready pid 10 group 11", "answer 0 ok", "going down"));
  EXPECT_THAT(conversation({{out, ready}, {out, record("reboot")}}), ElementsAre("ready pid 10 group 11", refused));
  EXPECT_THAT(conversation({{out, first_done}, {out, record("reboot")}, {out, record("reboot")}}),
              ElementsAre("ready pid 10 group 11", "going down", refused));
}

TEST_F(ScriptedRunner, WithoutAShellItTellsTheHostsLastWords) {
  EXPECT_THAT(
      conversation({{out, "This account is currently not available.\n"},
                    {.kind = ChannelEvent::Kind::closed, .exit_status = 1}}),
      ElementsAre("unreachable: no shell could be started (status 1): This account is currently not available."));
  EXPECT_THAT(conversation({{err, "no home\nno luck\n"},
                            {out, "not available.\n"},
                            {.kind = ChannelEvent::Kind::closed, .exit_status = 1}}),
              ElementsAre("unreachable: no shell could be started (status 1): no home; no luck; not available."));
}

TEST_F(ScriptedRunner, AShellThatEndsInTheMiddleIsAFailureOfThatHost) {
  EXPECT_THAT(
      conversation(
          {{out, ready}, {err, "out of memory\n"}, {.kind = ChannelEvent::Kind::closed, .exit_signal = "KILL"}}),
      ElementsAre("ready pid 10 group 11",
                  "error: the shell at the host ended (killed by KILL) before it answered: out of memory"));
}

// The operations fetch a file; what was there is "old".
class FetchingRunner : public ScriptedRunner {
 protected:
  FetchingRunner() {
    write_file(folder / "f", "old");
    destination = Destination{.path = folder / "f", .text = "f", .literal = "f", .span = {}, .limit = 10};
  }
  /// The answer to the first, and what the folder holds then.
  std::vector<std::string> after(const std::string& sent) {
    std::vector<std::string> told = conversation({{out, ready + sent}, {err, record("end", {"0"})}});
    told.erase(told.begin());
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      told.push_back(entry.path().filename().string() + ": " + read_file(entry.path()));
    return told;
  }
  static std::string file(const std::string& size, const std::string& bytes) {
    return record("file", {size}) + bytes + record("file-end", {sha256(bytes)});
  }
  const std::string changed = record("result", {"0", "changed", ""});

  ScratchFolder folder;
};

TEST_F(FetchingRunner, PutsWhatCameInPlace) {
  EXPECT_THAT(after("noise" + file("5", "new\n\n") + "more" + changed),
              ElementsAre("answer 0 changed out=noisemore", "f: new\n\n"));
}

TEST_F(FetchingRunner, AHostWritesNoMoreThanItMay) {
  EXPECT_THAT(after(file("11", "12345678901") + changed),
              ElementsAre("answer 0 failed reason=the host announced more bytes than the limit of 10", "f: old"));
  EXPECT_THAT(after(file("18446744073709551616", "x") + changed),
              ElementsAre("answer 0 failed reason=the host announced more bytes than the limit of 10", "f: old"));
  EXPECT_THAT(after(file("-1", "x") + changed),
              ElementsAre("answer 0 failed reason=the host announced more bytes than the limit of 10", "f: old"));
  EXPECT_THAT(after(file("2", "123") + changed),
              ElementsAre("answer 0 failed reason=more came than the host had announced", "f: old"));
  EXPECT_THAT(after(file("3", "new") + file("4", "evil") + changed),
              ElementsAre("answer 0 failed reason=the host has sent it twice", "f: old"));
}

TEST_F(FetchingRunner, AHostThatSendsNothingHasNotChangedAnything) {
  EXPECT_THAT(after(changed), ElementsAre("answer 0 failed reason=the host did not send it", "f: old"));
  EXPECT_THAT(after(record("file", {"3"}) + "new" + changed),
              ElementsAre("answer 0 failed reason=the host did not send all of it", "f: old"));
}

TEST_F(FetchingRunner, WhatAFailedOperationHasSentIsDropped) {
  EXPECT_THAT(after(file("3", "new") + record("reason", {"no"}) + record("result", {"0", "failed", ""})),
              ElementsAre("answer 0 failed reason=no", "f: old"));
}

TEST_F(FetchingRunner, AConnectionLostInTheMiddleLeavesWhatWasThere) {
  EXPECT_THAT(
      conversation({{out, ready + record("file", {"6"}) + "new"}, {.kind = ChannelEvent::Kind::closed}}),
      ElementsAre("ready pid 10 group 11", "error: the shell at the host ended (without a status) before it answered"));
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST_F(ScriptedRunner, NobodyTakesAFileThatWasNotAskedFor) {
  EXPECT_THAT(conversation({{out, ready}, {out, record("file", {"3"}) + "new" + record("file-end", {"x"})}}),
              ElementsAre("ready pid 10 group 11", "error: the runner at the host answered out of turn (file)"));
}

}  // namespace
}  // namespace espresso

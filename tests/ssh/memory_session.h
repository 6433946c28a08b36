#pragma once

#include "core/async.h"
#include "core/error.h"
#include "ssh/session.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso::testing {

/// A session in memory: records what it was asked and answers by script.
class MemorySession final : public Session {
 public:
  /// What a command answers: at its start (no input), to each piece of its input, and at the end of that.
  using Program =
      std::function<std::vector<ChannelEvent>(const std::string& command, std::string_view input, bool end)>;
  /// What the commands are answered with, one after the other, and the faults.
  struct Script {
    Program program = {};                                 ///< answers commands that `answers` does not name
    std::vector<std::vector<ChannelEvent>> answers = {};  ///< of the first command, the second, …
    std::optional<std::size_t> cut_after = {};            ///< the session is lost after so many bytes of answers
    std::optional<unsigned> fail_read = {};               ///< this read (from 1) finds the session lost
  };
  struct Record {
    std::vector<std::string> commands = {};
    std::vector<std::string> inputs = {};  ///< of each command
    std::vector<bool> ended = {};          ///< whether send_eof() was called
    unsigned reads = 0;
    std::size_t bytes = 0;
    bool closed = false;
    bool lost = false;
  };

  explicit MemorySession(Script script) : state_(std::make_shared<State>()) { state_->script = std::move(script); }
  const Record& record() const { return state_->record; }

  awaitable<std::unique_ptr<Channel>> exec(std::string command, Deadline) override {
    auto& record = state_->record;
    if (record.lost || record.closed) throw Unreachable("connection lost: by script");
    const auto number = record.commands.size();
    record.commands.push_back(std::move(command));
    record.inputs.emplace_back();
    record.ended.push_back(false);
    co_return std::make_unique<MemoryChannel>(state_, number);
  }
  awaitable<void> close(Deadline) override {
    state_->record.closed = true;
    co_return;
  }

 private:
  struct State {
    Script script;
    Record record;
  };

  class MemoryChannel final : public Channel {
   public:
    MemoryChannel(std::shared_ptr<State> state, std::size_t number) : state_(std::move(state)), number_(number) {
      if (number < state_->script.answers.size()) {
        const auto& answer = state_->script.answers[number];
        unread_.assign(answer.begin(), answer.end());
      } else {
        ask_program("", false);
      }
    }
    awaitable<void> write(std::string_view data, Deadline) override {
      throw_if_lost();
      if (!unread_.empty() && unread_.front().kind == ChannelEvent::Kind::closed)
        throw Error("the command has ended and takes no more input");
      state_->record.inputs[number_] += data;
      ask_program(data, false);
      co_return;
    }
    awaitable<void> send_eof() override {
      state_->record.ended[number_] = true;
      ask_program("", true);
      co_return;
    }
    awaitable<std::optional<ChannelEvent>> read(Deadline deadline) override {
      auto& record = state_->record;
      if (++record.reads == state_->script.fail_read) record.lost = true;
      throw_if_lost();
      const auto executor = co_await asio::this_coro::executor;
      if (!bell_) bell_ = std::make_unique<Bell>(executor);
      while (unread_.empty()) {
        // Without a program nothing more can come.
        if (!state_->script.program) co_return std::nullopt;
        const bool in_time = co_await bell_->wait(deadline);
        if (!in_time) co_return std::nullopt;
        throw_if_lost();
      }
      auto event = unread_.front();
      if (event.kind == ChannelEvent::Kind::closed) co_return event;
      unread_.pop_front();
      record.bytes += event.data.size();
      if (const auto limit = state_->script.cut_after; limit && record.bytes >= *limit) {
        event.data.resize(event.data.size() - (record.bytes - *limit));
        record.lost = true;
        if (event.data.empty()) throw_if_lost();
      }
      co_return event;
    }

   private:
    void ask_program(std::string_view input, bool end) {
      if (!state_->script.program) return;
      for (auto& event : state_->script.program(state_->record.commands[number_], input, end))
        unread_.push_back(std::move(event));
      if (bell_) bell_->ring();
    }
    void throw_if_lost() const {
      if (state_->record.lost || state_->record.closed) throw Unreachable("connection lost: by script");
    }
    std::shared_ptr<State> state_;
    std::size_t number_;
    std::deque<ChannelEvent> unread_;
    std::unique_ptr<Bell> bell_;  ///< once somebody has read
  };

  std::shared_ptr<State> state_;
};

}  // namespace espresso::testing

#pragma once

#include "core/error.h"
#include "ssh/session.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace espresso::testing {

/// A session in memory: records what it was asked and answers by script.
class MemorySession final : public Session {
 public:
  /// What the commands are answered with, one after the other, and the faults.
  struct Script {
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
      }
    }
    awaitable<void> write(std::string_view data, Deadline) override {
      throw_if_lost();
      state_->record.inputs[number_] += data;
      co_return;
    }
    awaitable<void> send_eof() override {
      state_->record.ended[number_] = true;
      co_return;
    }
    awaitable<std::optional<ChannelEvent>> read(Deadline) override {
      auto& record = state_->record;
      if (++record.reads == state_->script.fail_read) record.lost = true;
      throw_if_lost();
      if (unread_.empty()) co_return std::nullopt;
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
    void throw_if_lost() const {
      if (state_->record.lost || state_->record.closed) throw Unreachable("connection lost: by script");
    }
    std::shared_ptr<State> state_;
    std::size_t number_;
    std::deque<ChannelEvent> unread_;
  };

  std::shared_ptr<State> state_;
};

}  // namespace espresso::testing

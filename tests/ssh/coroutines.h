#pragma once

#include "core/async.h"
#include "ssh/session.h"

#include <asio/io_context.hpp>

#include <functional>
#include <stdexcept>
#include <string>

namespace espresso::testing {

/// Runs a coroutine to its end; throws what it throws. The closure lives as long as the coroutine.
inline void run(asio::io_context& io, const std::function<awaitable<void>()>& body) {
  bool done = false;
  std::exception_ptr failure;
  spawn(io.get_executor(), body(), [&](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
    io.stop();
  });
  io.restart();
  io.run_for(std::chrono::seconds(120));
  if (failure) std::rethrow_exception(failure);
  if (!done) throw std::runtime_error("the coroutine has not ended in 120 s");
}

inline Deadline in(std::chrono::milliseconds time) { return Clock::now() + time; }

/// All that a command gave.
struct Outcome {
  std::string output = {};
  std::string error_output = {};
  std::optional<int> exit_status = {};
  std::string exit_signal = {};
  bool operator==(const Outcome&) const = default;
};

inline awaitable<Outcome> outcome_of(Channel& channel) {
  Outcome outcome;
  while (true) {
    auto event = co_await channel.read();
    if (event->kind == ChannelEvent::Kind::output) outcome.output += event->data;
    if (event->kind == ChannelEvent::Kind::error_output) outcome.error_output += event->data;
    if (event->kind == ChannelEvent::Kind::closed) {
      outcome.exit_status = event->exit_status;
      outcome.exit_signal = event->exit_signal;
      co_return outcome;
    }
  }
}

inline awaitable<Outcome> outcome_of(Session& session, std::string command, std::string input = "") {
  const auto channel = co_await session.exec(std::move(command));
  if (!input.empty()) co_await channel->write(input);
  co_await channel->send_eof();
  co_return co_await outcome_of(*channel);
}

}  // namespace espresso::testing

#include "ssh/placed_session.h"

namespace espresso {
namespace {

/// Destroys it where it lives.
template <typename Thing>
void send_home(const Workers& workers, const asio::any_io_executor& place, std::shared_ptr<Thing> thing) {
  if (thing && place != workers.own()) asio::post(place, [thing = std::move(thing)] {});
}

// Coroutines that own what they use: whoever waits for them may be gone before they end.

awaitable<std::shared_ptr<Channel>> exec_on(std::shared_ptr<Session> session, std::string command, Deadline deadline) {
  co_return co_await session->exec(std::move(command), deadline);
}

awaitable<void> close_of(std::shared_ptr<Session> session, Deadline deadline) { co_await session->close(deadline); }

awaitable<void> write_to(std::shared_ptr<Channel> channel, std::string_view data, Deadline deadline) {
  co_await channel->write(data, deadline);
}

awaitable<void> end_input_of(std::shared_ptr<Channel> channel) { co_await channel->send_eof(); }

awaitable<std::optional<ChannelEvent>> read_from(std::shared_ptr<Channel> channel, Deadline deadline) {
  co_return co_await channel->read(deadline);
}

class PlacedChannel final : public Channel {
 public:
  PlacedChannel(std::shared_ptr<Workers> workers, asio::any_io_executor place, std::shared_ptr<Channel> channel)
      : workers_(std::move(workers)), place_(std::move(place)), channel_(std::move(channel)) {}
  ~PlacedChannel() override { send_home(*workers_, place_, std::move(channel_)); }
  PlacedChannel(const PlacedChannel&) = delete;
  PlacedChannel& operator=(const PlacedChannel&) = delete;

  awaitable<void> write(std::string_view data, Deadline deadline) override {
    auto work = write_to(channel_, data, deadline);
    co_await run_on(place_, std::move(work));
  }

  awaitable<void> send_eof() override {
    auto work = end_input_of(channel_);
    co_await run_on(place_, std::move(work));
  }

  awaitable<std::optional<ChannelEvent>> read(Deadline deadline) override {
    auto work = read_from(channel_, deadline);
    co_return co_await run_on(place_, std::move(work));
  }

 private:
  std::shared_ptr<Workers> workers_;
  asio::any_io_executor place_;
  std::shared_ptr<Channel> channel_;
};

class PlacedSession final : public Session {
 public:
  PlacedSession(std::shared_ptr<Workers> workers, asio::any_io_executor place, std::shared_ptr<Session> session)
      : workers_(std::move(workers)), place_(std::move(place)), session_(std::move(session)) {}
  ~PlacedSession() override { send_home(*workers_, place_, std::move(session_)); }
  PlacedSession(const PlacedSession&) = delete;
  PlacedSession& operator=(const PlacedSession&) = delete;

  awaitable<std::unique_ptr<Channel>> exec(std::string command, Deadline deadline) override {
    auto work = exec_on(session_, std::move(command), deadline);
    auto channel = co_await run_on(place_, std::move(work));
    co_return std::make_unique<PlacedChannel>(workers_, place_, std::move(channel));
  }

  awaitable<void> close(Deadline deadline) override {
    auto work = close_of(session_, deadline);
    co_await run_on(place_, std::move(work));
  }

 private:
  std::shared_ptr<Workers> workers_;  // outlive what lives on them
  asio::any_io_executor place_;
  std::shared_ptr<Session> session_;
};

}  // namespace

std::unique_ptr<Session> place_session(std::shared_ptr<Workers> workers, asio::any_io_executor place,
                                       std::shared_ptr<Session> session) {
  return std::make_unique<PlacedSession>(std::move(workers), std::move(place), std::move(session));
}

}  // namespace espresso

#include "ssh/agent.h"

#include "ssh/agent_desk.h"
#include "ssh/fields.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace espresso {
namespace {

// An agent lists its keys at once, without asking anybody: one that takes longer hangs.
constexpr auto patience_for_list = std::chrono::seconds(3);

constexpr char request_identities = 11;
constexpr std::uint8_t identities_answer = 12;
constexpr std::size_t longest_message = 256 * 1024;  // as OpenSSH has it
constexpr std::size_t calls_at_once = 4;

std::chrono::milliseconds left_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), std::chrono::milliseconds(std::chrono::hours(1)));
}

void limit_sending(int descriptor, Deadline deadline) {
  const auto left = std::max(left_until(deadline), std::chrono::milliseconds(1));
  const timeval limit{.tv_sec = left.count() / 1000, .tv_usec = left.count() % 1000 * 1000};
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool send_all(int descriptor, std::string_view data) {
  while (!data.empty()) {
    const auto sent = ::send(descriptor, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

/// Within the deadline also when the agent's queue of connections is full: then it waits for a place.
bool Agent::connect(Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  limit_sending(descriptor, deadline);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    return false;
  }
  const std::lock_guard lock(mutex_);
  socket_ = descriptor;
  return true;
}

void Agent::disconnect() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

std::optional<std::string> Agent::receive(std::size_t size, Deadline deadline) {
  std::string data(size, '\0');
  std::size_t length = 0;
  while (length < size) {
    pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left_until(deadline).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    const auto got = ::recv(socket_, data.data() + length, size - length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    length += static_cast<std::size_t>(got);
  }
  return data;
}

Agent::Answer Agent::exchange(const std::string& message, Deadline deadline) {
  std::string framed;
  append_string(framed, message);
  // An agent may have left a connection that was idle: then a fresh one is asked.
  for (int attempt = 0; attempt < 2 && Clock::now() < deadline; ++attempt) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return {};
    }
    const bool is_fresh = socket_ < 0;
    if (is_fresh && !connect(deadline)) break;
    limit_sending(socket_, deadline);
    if (send_all(socket_, framed)) {
      const auto head = receive(4, deadline);
      const auto size = head ? FieldReader(*head).uint32() : 0;
      auto answer = size > 0 && size <= longest_message ? receive(size, deadline) : std::nullopt;
      if (answer) return {.message = std::move(answer)};
    }
    disconnect();
    if (is_fresh) break;
  }
  return {.late = Clock::now() >= deadline};
}

std::shared_ptr<const Agent::Keys> Agent::keys(Deadline deadline) {
  const std::lock_guard lock(speaking_);
  if (keys_) return keys_;
  // No more than half of the time: what is not in the agent wants its turn, too.
  const auto now = Clock::now();
  const auto answer = exchange(std::string(1, request_identities),
                               std::min(Deadline(now + patience_for_list), Deadline(now + left_until(deadline) / 2)));
  Keys result;
  const auto message = answer.message.value_or("");
  FieldReader fields(message);
  if (!answer.message) {
    result.trouble = answer.late ? "the agent at '" + path_ + "' does not answer" : "no agent is at '" + path_ + "'";
  } else if (fields.byte() != identities_answer) {
    result.trouble = "the agent at '" + path_ + "' does not tell its keys";
  } else {
    for (auto count = fields.uint32(); count > 0 && !fields.has_failed(); --count) {
      PublicKey key{.blob = std::string(fields.string())};
      key.comment = std::string(fields.string());
      if (!fields.has_failed()) result.keys.push_back(std::move(key));
    }
  }
  return keys_ = std::make_shared<const Keys>(std::move(result));
}

awaitable<std::shared_ptr<const Agent::Keys>> Agent::keys_soon(Deadline deadline) {
  auto list = [this, deadline] { return keys(deadline); };
  co_return co_await on_pool(speaker(), list);
}

awaitable<Agent::Answer> Agent::ask(std::string message, Deadline deadline) {
  struct State {
    explicit State(asio::any_io_executor executor) : bell(std::move(executor)) {}
    Bell bell;
    std::optional<Answer> answer;
  };
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<State>(executor);
  asio::post(speaker(), [this, state, executor, deadline, message = std::move(message)] {
    Answer answer;
    {
      const std::lock_guard lock(speaking_);
      answer = exchange(message, deadline);
    }
    asio::post(executor, [state, answer = std::move(answer)]() mutable {
      state->answer = std::move(answer);
      state->bell.ring();
    });
  });
  // Not until the question was asked: those before it may have more time than this one.
  bool in_time = true;
  while (in_time && !state->answer) in_time = co_await state->bell.wait(deadline);
  Answer answer{.late = true};
  if (state->answer) answer = std::move(*state->answer);
  co_return answer;
}

asio::thread_pool& Agent::callers() {
  const std::lock_guard lock(mutex_);
  if (!callers_) callers_.emplace(calls_at_once);
  return *callers_;
}

asio::thread_pool& Agent::speaker() {
  const std::lock_guard lock(mutex_);
  if (!speaker_) speaker_.emplace(1);
  return *speaker_;
}

void Agent::add(const std::shared_ptr<AgentDesk>& desk) {
  const std::lock_guard lock(mutex_);
  desks_.remove_if([](const std::weak_ptr<AgentDesk>& entry) { return entry.expired(); });
  desks_.push_back(desk);
}

void Agent::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
    for (const auto& entry : desks_) {
      if (const auto desk = entry.lock()) desk->abort();
    }
  }
  for (auto* pool : {&callers_, &speaker_}) {
    if (!*pool) continue;
    (*pool)->stop();
    (*pool)->join();
  }
  disconnect();
}

}  // namespace espresso

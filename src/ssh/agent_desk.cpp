#include "ssh/agent_desk.h"

#include "ssh/fields.h"

#include <asio/read.hpp>
#include <asio/write.hpp>

#include <array>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace espresso {
namespace {

// draft-miller-ssh-agent, 6.1
constexpr char failure = 5;
constexpr std::uint8_t request_identities = 11;
constexpr char identities_answer = 12;
constexpr char sign_request = 13;
constexpr std::uint8_t sign_response = 14;

constexpr std::uint32_t longest_request = 256 * 1024;

}  // namespace

AgentDesk::AgentDesk(asio::any_io_executor executor, std::shared_ptr<Agent> agent, Deadline deadline)
    : agent_(std::move(agent)), deadline_(deadline), socket_(std::move(executor)) {}

AgentDesk::~AgentDesk() {
  if (for_abort_ >= 0) ::close(for_abort_);
}

bool AgentDesk::open(ssh_session session) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
  socket_.assign(asio::local::stream_protocol(), ends[0]);
  for_abort_ = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
  if (for_abort_ < 0 || ssh_set_agent_socket(session, ends[1]) != SSH_OK) {
    ::close(ends[1]);
    return false;
  }
  of_libssh_ = ends[1];
  agent_->add(shared_from_this());
  auto serving = serve(shared_from_this());
  spawn(socket_.get_executor(), std::move(serving), [](std::exception_ptr) {});
  return true;
}

void AgentDesk::close() {
  asio::error_code ignored;
  abort();
  socket_.close(ignored);
}

void AgentDesk::detach(ssh_session session) {
  if (of_libssh_ < 0 || ssh_set_agent_socket(session, SSH_INVALID_SOCKET) != SSH_OK) return;
  ::close(std::exchange(of_libssh_, -1));
}

void AgentDesk::abort() const {
  if (for_abort_ >= 0) ::shutdown(for_abort_, SHUT_RDWR);
}

awaitable<void> AgentDesk::serve(std::shared_ptr<AgentDesk> self) {
  while (true) {
    std::string head(4, '\0');
    const auto [head_error, head_size] = co_await asio::async_read(self->socket_, asio::buffer(head), as_result);
    const auto size = FieldReader(head).uint32();
    if (head_error || size == 0 || size > longest_request) break;
    std::string request(size, '\0');
    const auto [error, length] = co_await asio::async_read(self->socket_, asio::buffer(request), as_result);
    if (error) break;
    const std::string reply = co_await self->answer(std::move(request));
    std::string framed;
    append_string(framed, reply);
    const auto [write_error, written] = co_await asio::async_write(self->socket_, asio::buffer(framed), as_result);
    if (write_error) break;
  }
}

awaitable<std::string> AgentDesk::answer(std::string request) {
  const auto type = FieldReader(request).byte();
  std::string reply(1, failure);
  if (type == request_identities) {
    reply = identities_answer;
    append_uint32(reply, static_cast<std::uint32_t>(offers_.size()));
    for (const auto& offer : offers_) {
      append_string(reply, offer.shown.blob);
      append_string(reply, offer.shown.comment);
    }
  } else if (type == sign_request) {
    reply = co_await sign(std::move(request));
  }
  co_return reply;
}

awaitable<std::string> AgentDesk::sign(std::string request) {
  FieldReader fields(request);
  fields.byte();
  const auto shown = fields.string();
  std::size_t number = 0;
  while (number < offers_.size() && offers_[number].shown.blob != shown) ++number;
  std::string reply(1, failure);
  if (number == offers_.size()) co_return reply;
  // A certificate is signed for by its key; an agent that was given the key alone knows only that.
  std::string passed_on(1, sign_request);
  append_string(passed_on, offers_[number].signer);
  passed_on += request.substr(1 + 4 + shown.size());
  const Agent::Answer answer = co_await agent_->ask(std::move(passed_on), deadline_);
  const bool is_signed = answer.message && FieldReader(*answer.message).byte() == sign_response;
  if (is_signed) {
    reply = *answer.message;
  } else {
    refusal_ = Refusal{.offer = number, .late = answer.late, .gone = !answer.message && !answer.late};
  }
  co_return reply;
}

}  // namespace espresso

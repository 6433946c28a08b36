#include "agent_relay.h"

#include <cstring>
#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

/// One message with its length in front; empty at the end.
std::string read_message(int from) {
  std::string message(4, '\0');
  for (std::size_t length = 0, size = 4; length < size;) {
    const auto got = ::recv(from, message.data() + length, size - length, 0);
    if (got <= 0) return {};
    length += static_cast<std::size_t>(got);
    if (length != 4 || size != 4) continue;
    for (int i = 0; i < 4; ++i)
      size += static_cast<std::size_t>(static_cast<unsigned char>(message[i])) << (24 - 8 * i);
    message.resize(size);
  }
  return message;
}

}  // namespace

AgentRelay::AgentRelay(const TemporaryFolder& folder, std::string agent, OnSign on_sign)
    : socket_(folder / "relay"), agent_(std::move(agent)), on_sign_(on_sign) {
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(socket_);
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening_, 1) != 0)
    throw std::runtime_error("cannot listen at " + socket_);
  accepting_ = std::thread([this] { accept(); });
}

AgentRelay::~AgentRelay() {
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  for (const int client : clients_) ::shutdown(client, SHUT_RDWR);
  for (auto& thread : serving_) thread.join();
  for (const int client : clients_) ::close(client);
  ::close(listening_);
}

void AgentRelay::accept() {
  while (true) {
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    ++connections;
    clients_.push_back(client);
    serving_.emplace_back([this, client] { serve(client); });
  }
}

void AgentRelay::serve(int client) {
  constexpr char request_identities = 11;
  constexpr char sign_request = 13;
  const int agent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(agent_);
  bool goes_on = ::connect(agent, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (goes_on) {
    const auto request = read_message(client);
    if (request.size() < 5) break;
    if (request[4] == request_identities) ++lists;
    if (request[4] == sign_request) {
      ++signatures;
      if (on_sign_ == OnSign::hang_up) break;
      if (on_sign_ == OnSign::silence) continue;
    }
    ::send(agent, request.data(), request.size(), MSG_NOSIGNAL);
    const auto answer = read_message(agent);
    goes_on = !answer.empty() && ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
  }
  ::close(agent);
  ::shutdown(client, SHUT_RDWR);
}

}  // namespace espresso::testing

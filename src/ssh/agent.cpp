#include "ssh/agent.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace espresso {
namespace {

bool receive(int descriptor, unsigned char* to, std::size_t size) {
  while (size > 0) {
    const auto got = ::recv(descriptor, to, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::uint32_t number(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

std::shared_ptr<AgentSocket> AgentSocket::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return nullptr;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return nullptr;
  std::shared_ptr<AgentSocket> result(new AgentSocket(descriptor));
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return nullptr;
  return result;
}

AgentSocket::~AgentSocket() { ::close(descriptor_); }

bool AgentSocket::attach(ssh_session session) const {
  const int duplicate = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0) return false;
  if (ssh_set_agent_socket(session, duplicate) == SSH_OK) return true;
  ::close(duplicate);
  return false;
}

void AgentSocket::abort() const { ::shutdown(descriptor_, SHUT_RDWR); }

std::optional<unsigned> AgentSocket::count_keys() const {
  constexpr unsigned char request_identities = 11;
  constexpr unsigned char identities_answer = 12;
  const std::array<unsigned char, 5> request = {0, 0, 0, 1, request_identities};
  if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return std::nullopt;
  }
  std::array<unsigned char, 9> head{};  // length, type, number of keys; what follows goes with the socket
  if (!receive(descriptor_, head.data(), head.size()) || head[4] != identities_answer) return std::nullopt;
  return number(&head[5]);
}

void Agent::add(const std::shared_ptr<AgentSocket>& socket) {
  open_.remove_if([](const std::weak_ptr<AgentSocket>& entry) { return entry.expired(); });
  open_.push_back(socket);
}

void Agent::abort_all() {
  for (const auto& entry : open_) {
    if (const auto socket = entry.lock()) socket->abort();
  }
}

}  // namespace espresso

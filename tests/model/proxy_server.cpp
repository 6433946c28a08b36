#include "proxy_server.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace espresso {

namespace {

constexpr const char* own_address = "127.93.0.2";

sockaddr_in place_of(const std::string& address, unsigned port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  return place;
}

std::string read_head(int connection) {
  std::string head;
  for (char c = 0; !head.ends_with("\r\n\r\n") && ::recv(connection, &c, 1, 0) == 1;) head += c;
  return head;
}

void say(int connection, const std::string& text) { ::send(connection, text.data(), text.size(), MSG_NOSIGNAL); }

// To the end of one of them.
void pass_on(int one, int other) {
  pollfd waited[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
  char piece[16384];
  while (::poll(waited, 2, -1) > 0) {
    for (const auto& [from, to] : {std::pair{&waited[0], other}, std::pair{&waited[1], one}}) {
      if (from->revents == 0) continue;
      const ssize_t size = ::recv(from->fd, piece, sizeof piece, 0);
      if (size <= 0) return;
      for (ssize_t sent = 0; sent < size;) {
        const ssize_t step = ::send(to, piece + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
        if (step <= 0) return;
        sent += step;
      }
    }
  }
}

}  // namespace

ProxyServer::ProxyServer(std::string login) : login_(std::move(login)) {
  socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in place = place_of(own_address, 0);
  socklen_t size = sizeof place;
  int ends[2];
  if (::bind(socket_.number(), reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(socket_.number(), 16) != 0 ||
      ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&place), &size) != 0 || ::pipe(ends) != 0)
    throw std::runtime_error("no proxy");
  port_ = ntohs(place.sin_port);
  stop_read_ = Descriptor(ends[0]);
  stop_write_ = Descriptor(ends[1]);
  thread_ = std::thread([this] { serve(); });
}

// Whoever is connected ends first: what is passed on lasts until then.
ProxyServer::~ProxyServer() {
  stop_write_ = Descriptor();
  thread_.join();
}

std::string ProxyServer::address() const { return fmt::format("{}:{}", own_address, port_); }

std::vector<std::string> ProxyServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ProxyServer::serve() {
  for (;;) {
    pollfd waited[] = {{socket_.number(), POLLIN, 0}, {stop_read_.number(), POLLIN, 0}};
    ::poll(waited, 2, -1);
    if (waited[1].revents != 0) return;
    const Descriptor client(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    answer(client.number());
  }
}

void ProxyServer::answer(int client) {
  const std::string head = read_head(client);
  const std::string line = head.substr(0, head.find("\r\n"));
  const bool may =
      login_.empty() || head.find("\r\nProxy-Authorization: Basic " + login_ + "\r\n") != std::string::npos;
  const bool is_tunnel = line.starts_with("CONNECT ");
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(line + (!may ? " 407" : is_tunnel ? " 200" : " 405"));
  }
  if (!may)
    return say(client,
               "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=p\r\nContent-Length: 0\r\n"
               "Connection: close\r\n\r\n");
  if (!is_tunnel) return say(client, "HTTP/1.1 405 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const std::string target = line.substr(8, line.find(' ', 8) - 8);
  const std::size_t colon = target.rfind(':');
  const sockaddr_in place =
      place_of(target.substr(0, colon), static_cast<unsigned>(std::stoul(target.substr(colon + 1))));
  const Descriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(server.number(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    return say(client, "HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  say(client, "HTTP/1.1 200 Yes\r\n\r\n");
  pass_on(client, server.number());
}

}  // namespace espresso

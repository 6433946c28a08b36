#include "scripted_server.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace espresso {

namespace {

constexpr const char* address = "127.93.0.1";

// What is not read of a request would reset the connection before the answer is read.
std::string read_request(int connection) {
  std::string request;
  const auto read_until = [&](const auto& is_enough) {
    char piece[4096];
    while (!is_enough()) {
      const ssize_t size = ::recv(connection, piece, sizeof piece, 0);
      if (size <= 0) return;
      request.append(piece, static_cast<std::size_t>(size));
    }
  };
  read_until([&] { return request.find("\r\n\r\n") != std::string::npos; });
  constexpr std::string_view length = "\r\nContent-Length: ";
  const std::size_t at = request.find(length);
  if (at == std::string::npos) return request;
  const std::size_t whole = request.find("\r\n\r\n") + 4 + std::stoul(request.substr(at + length.size()));
  read_until([&] { return request.size() >= whole; });
  return request;
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
  socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &place.sin_addr);
  socklen_t size = sizeof place;
  int ends[2];
  if (::bind(socket_.number(), reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(socket_.number(), 16) != 0 ||
      ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&place), &size) != 0 || ::pipe(ends) != 0)
    throw std::runtime_error("no server");
  port_ = ntohs(place.sin_port);
  stop_read_ = Descriptor(ends[0]);
  stop_write_ = Descriptor(ends[1]);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  stop_write_ = Descriptor();
  thread_.join();
}

std::string ScriptedServer::url() const { return fmt::format("http://{}:{}", address, port_); }

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::serve() {
  for (std::size_t count = 0;; ++count) {
    pollfd waited[] = {{socket_.number(), POLLIN, 0}, {stop_read_.number(), POLLIN, 0}};
    ::poll(waited, 2, -1);
    if (waited[1].revents != 0) return;
    Descriptor connection(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::string request = read_request(connection.number());
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const std::string& answer = answers_[std::min(count, answers_.size() - 1)];
    if (answer.empty()) {
      silent_.push_back(std::move(connection));
      continue;
    }
    ::send(connection.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

std::string http_answer(const std::string& status, const std::string& headers, const std::string& body) {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{}", status, headers, body.size(),
                     body);
}

}  // namespace espresso

#include "nginx_server.h"

#include "core/descriptor.h"
#include "core/local_command.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {

namespace {

constexpr const char* address = "127.77.0.2";

// A socket that listens on a port that was free, and the port: nobody can take it before nginx does.
std::pair<Descriptor, int> listening_socket() {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &place.sin_addr);
  socklen_t length = sizeof place;
  auto* any = reinterpret_cast<sockaddr*>(&place);
  if (::bind(listener.number(), any, length) != 0 || ::listen(listener.number(), 64) != 0 ||
      ::getsockname(listener.number(), any, &length) != 0)
    throw std::runtime_error("cannot listen");
  return {std::move(listener), ntohs(place.sin_port)};
}

void run(const std::vector<std::string>& words) {
  const CommandOutcome outcome = run_local_command(words, std::chrono::seconds(60));
  if (outcome.status != 0) throw std::runtime_error(words.front() + ": " + outcome.error_output);
}

}  // namespace

NginxServer::NginxServer() {
  make_certificate();
  auto [listener, port] = listening_socket();
  configure(port);
  url_ = fmt::format("https://{}:{}", address, port);
  const std::string configuration = folder_.path() / "nginx.conf", errors = folder_.path() / "errors";
  const std::string inherited = std::to_string(listener.number()) + ";";
  process_ = ::fork();
  if (process_ == 0) {
    ::setenv("NGINX", inherited.c_str(), 1);  // the sockets that it takes over, as at an upgrade of its binary
    ::execl("/usr/sbin/nginx", "nginx", "-p", folder_.path().c_str(), "-e", errors.c_str(), "-c", configuration.c_str(),
            nullptr);
    ::_exit(127);
  }
}

NginxServer::~NginxServer() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

std::vector<std::string> NginxServer::answers(std::size_t count) const {
  std::vector<std::string> lines;
  // It writes down what it has sent.
  for (int tries = 0; lines.size() < count && tries < 1000; ++tries) {
    lines.clear();
    std::ifstream log(folder_.path() / "answers");
    for (std::string line; std::getline(log, line);) lines.push_back(line);
    if (lines.size() < count) ::usleep(10'000);
  }
  return lines;
}

void NginxServer::make_certificate() const {
  const std::string folder = folder_.path();
  const std::vector<std::string> request = {
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"};
  auto authority = request, server = request;
  authority.insert(authority.end(),
                   {"-subj", "/CN=authority of a test", "-keyout", folder + "/ca.key", "-out", folder + "/ca.pem"});
  run(authority);
  server.insert(server.end(), {"-subj", "/CN=server of a test", "-addext", std::string("subjectAltName=IP:") + address,
                               "-addext", "basicConstraints=critical,CA:FALSE", "-CA", folder + "/ca.pem", "-CAkey",
                               folder + "/ca.key", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem"});
  run(server);
}

void NginxServer::configure(int port) const {
  std::filesystem::create_directory(files());
  folder_.write("users", "deploy:{PLAIN}s e%cret\n");
  folder_.write("nginx.conf", fmt::format(R"(
daemon off;
user root;
worker_processes 1;
pid {0}/pid;
events {{ }}
http {{
  log_format status $status;
  access_log {0}/answers status;
  client_body_temp_path {0}/body;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  server {{
    listen {1}:{2} ssl;
    ssl_certificate {0}/cert.pem;
    ssl_certificate_key {0}/key.pem;
    root {0}/files;
    location /private/ {{
      alias {0}/files/;
      auth_basic "files";
      auth_basic_user_file {0}/users;
    }}
    location /moved/ {{ rewrite ^/moved/(.*)$ /$1 redirect; }}
  }}
}}
)",
                                          folder_.path().string(), address, port));
}

}  // namespace espresso

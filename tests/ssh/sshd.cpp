#include "sshd.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso::testing {

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

std::string current_user() { return ::getpwuid(::getuid())->pw_name; }

std::string without_comment(const std::string& public_line) {
  const auto first = public_line.find(' ');
  return public_line.substr(0, public_line.find_first_of(" \n", first + 1));
}

KeyFile make_key(const TemporaryFolder& folder, const std::string& name, const std::string& type,
                 const std::string& passphrase) {
  const auto path = folder / name;
  std::vector<std::string> words = {"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path};
  if (type == "rsa") words.insert(words.end(), {"-b", "2048"});
  if (!passphrase.empty()) words.insert(words.end(), {"-a", "1"});
  output_of(words);
  return {.path = path};
}

std::vector<std::string> with_account(const TemporaryFolder& folder, const std::string& home,
                                      const std::string& shell) {
  const auto numbers = std::to_string(::getuid()) + ":" + std::to_string(::getgid());
  write_file(folder / "passwd", current_user() + ":x:" + numbers + "::" + home + ":" + shell + "\n" +
                                    (::getuid() == 0 ? "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n" : ""));
  write_file(folder / "group", "test:x:" + std::to_string(::getgid()) + ":\n");
  return {"env", "LD_PRELOAD=libnss_wrapper.so", "NSS_WRAPPER_PASSWD=" + (folder / "passwd"),
          "NSS_WRAPPER_GROUP=" + (folder / "group")};
}

Sshd::Sshd(const Options& options) : user_key_(make_key(folder_, "user_key", "ed25519")) {
  if (::getuid() == 0) ::mkdir("/run/sshd", 0755);  // where sshd's unprivileged part lives
  ::mkdir((folder_ / "home").c_str(), 0700);
  authorize(user_key_.public_line());
  std::string keys;
  std::string known;
  for (const auto& type : options.host_key_types) {
    host_keys_.push_back(make_key(folder_, "host_" + type, type));
    keys += "HostKey " + host_keys_.back().path + "\n";
  }
  // Another process may take the free port first: then the next one.
  for (int attempt = 0; attempt < 10 && !process_; ++attempt) {
    port_ = free_port();
    write_file(folder_ / "sshd_config",
               options.extra + "\n" +
                   (options.extra.find("MaxStartups") == std::string::npos ? "MaxStartups 200\n" : "") + keys +
                   "AuthorizedKeysFile " + (folder_ / "authorized_keys") + "\nListenAddress 127.0.0.1\nPort " +
                   std::to_string(port_) +
                   "\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPrintMotd no\n"
                   "PasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n");
    auto words = options.run_through;
    if (words.empty()) words = with_account(folder_, folder_ / "home", options.shell);
    words.insert(words.end(), {"/usr/sbin/sshd", "-D", "-e", "-f", folder_ / "sshd_config"});
    process_ = std::make_unique<BackgroundProcess>(words);
    for (std::string line = "-"; line.find("Server listening") == std::string::npos;) {
      line = process_->read_line();
      if (line.empty()) {
        process_.reset();
        break;
      }
    }
  }
  if (!process_) throw std::runtime_error("sshd does not start");
  for (const auto& key : host_keys_) {
    known += "[127.0.0.1]:" + std::to_string(port_) + " " + without_comment(key.public_line()) + "\n";
  }
  write_file(known_hosts(), known);
}

void Sshd::authorize(const std::string& public_line) {
  const auto file = folder_ / "authorized_keys";
  write_file(file, read_file(file) + public_line);
}

Endpoint Sshd::endpoint() const {
  return {.name = "web1",
          .address = "127.0.0.1",
          .port = port_,
          .user = current_user(),
          .identities = {user_key_.path},
          .use_agent = false,
          .connect_timeout = std::chrono::seconds(30)};
}

Connector::Options Sshd::connector_options() const {
  return {.known_hosts_files = {known_hosts()}, .agent_socket = "", .handshakes_at_once = 64, .pool_threads = 2};
}

}  // namespace espresso::testing

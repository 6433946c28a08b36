#include "servers.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

namespace espresso::testing {
namespace {

/// What Dropbear and libssh's server need: keys, a place for files, the process.
struct Running {
  TemporaryFolder folder = {};
  KeyFile user_key = make_key(folder, "user_key", "ed25519");
  std::string host_key = {};  ///< "ssh-ed25519 AAAA…"
  std::unique_ptr<BackgroundProcess> process = {};

  /// The process's line that holds `words`, or nothing when it ended before it said so.
  std::string line_with(const std::string& words) const {
    std::string line = process->read_line();
    while (!line.empty() && line.find(words) == std::string::npos) line = process->read_line();
    return line;
  }
};

Server reached_at(const std::shared_ptr<Running>& running, std::uint16_t port) {
  const auto known_hosts = running->folder / "known_hosts";
  write_file(known_hosts, "[127.0.0.1]:" + std::to_string(port) + " " + running->host_key + "\n");
  return {.running = running,
          .endpoint = {.name = "web1",
                       .address = "127.0.0.1",
                       .port = port,
                       .user = current_user(),
                       .identities = {running->user_key.path},
                       .use_agent = false,
                       .connect_timeout = std::chrono::seconds(30)},
          .options = {.known_hosts_files = {known_hosts}, .agent_socket = "", .pool_threads = 2}};
}

}  // namespace

Server start_openssh(const Sshd::Options& options) {
  auto sshd = std::make_shared<Sshd>(options);
  return {.running = sshd, .endpoint = sshd->endpoint(), .options = sshd->connector_options()};
}

Server start_dropbear() {
  const auto running = std::make_shared<Running>();
  const auto home = running->folder / "home";
  std::filesystem::create_directories(home + "/.ssh");
  write_file(home + "/.ssh/authorized_keys", running->user_key.public_line());
  const auto host_key = running->folder / "host_key";
  const auto told = output_of({"dropbearkey", "-t", "ed25519", "-f", host_key});
  running->host_key = without_comment(told.substr(told.find("ssh-ed25519 ")));
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto port = free_port();
    auto words = with_account(running->folder, home, "/bin/sh");
    words.insert(words.end(), {"dropbear", "-F", "-E", "-s", "-p", "127.0.0.1:" + std::to_string(port), "-r", host_key,
                               "-P", running->folder / "pid"});
    running->process = std::make_unique<BackgroundProcess>(words);
    if (!running->line_with("Not backgrounding").empty()) return reached_at(running, port);
  }
  throw std::runtime_error("dropbear does not start");
}

Server start_libssh_server(unsigned channels) {
  const auto running = std::make_shared<Running>();
  const auto host_key = make_key(running->folder, "host_key", "ed25519");
  running->host_key = without_comment(host_key.public_line());
  running->process = std::make_unique<BackgroundProcess>(std::vector<std::string>{
      ESPRESSO_LIBSSH_SERVER, host_key.path, running->user_key.path + ".pub", std::to_string(channels)});
  const auto line = running->line_with("Server listening on port ");
  if (line.empty()) throw std::runtime_error("libssh's server does not start");
  return reached_at(running, static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(' ')))));
}

}  // namespace espresso::testing

#include "login.h"

#include "core/error.h"
#include "coroutines.h"

#include <unistd.h>

namespace espresso::testing {
namespace {

awaitable<void> log_in(Connector& connector, Endpoint endpoint, std::string& result) {
  try {
    const auto session = co_await connector.connect(std::move(endpoint));
    const auto outcome = co_await outcome_of(*session, "echo connected");
    result = outcome.output.substr(0, outcome.output.find('\n'));
    co_await session->close(in(std::chrono::seconds(5)));
  } catch (const Unreachable& error) {
    result = std::string(error.what()) + "\n" + error.hint();
  }
}

}  // namespace

std::vector<std::string> log_in_at_once(const std::vector<Endpoint>& endpoints, const Connector::Options& options) {
  asio::io_context io;
  Connector connector(io.get_executor(), options);
  std::vector<std::string> results(endpoints.size());
  std::size_t under_way = endpoints.size();
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    spawn(io.get_executor(), log_in(connector, endpoints[i], results[i]), [&](std::exception_ptr failure) {
      if (--under_way == 0) io.stop();
      if (failure) std::rethrow_exception(failure);
    });
  }
  io.run_for(std::chrono::seconds(120));
  return results;
}

std::string login(const Sshd& server, const Endpoint& endpoint, const std::string& agent_socket) {
  auto options = server.connector_options();
  options.agent_socket = agent_socket;
  return log_in_at_once({endpoint}, options).front();
}

SshAgent::SshAgent(const TemporaryFolder& folder, const std::vector<std::string>& options)
    : socket_(folder / "agent"), process_([&] {
        std::vector<std::string> words = {"ssh-agent", "-D", "-a", socket_};
        words.insert(words.end(), options.begin(), options.end());
        return words;
      }()) {
  while (::access(socket_.c_str(), F_OK) != 0) process_.read_line();  // it tells its socket once it listens
}

std::string SshAgent::ssh_add(const std::vector<std::string>& options, bool may_fail) const {
  std::vector<std::string> words = {"env", "SSH_AUTH_SOCK=" + socket_, "ssh-add"};
  words.insert(words.end(), options.begin(), options.end());
  return output_of(words, may_fail);
}

std::string shown(const std::string& file) {
  const auto line = output_of({"ssh-keygen", "-l", "-f", file});  // "256 SHA256:47DEQpj8HB… comment (ED25519)"
  const auto from = line.find("SHA256:");
  const auto type = line.rfind('(') + 1;
  return line.substr(type, line.rfind(')') - type) + " " + line.substr(from, 17) + "…";
}

std::string shown(const KeyFile& key) { return shown(key.path + ".pub"); }

std::string denied(const std::string& what, const std::string& hint) {
  return "login denied for user '" + current_user() + "': " + what + "\n" + hint;
}

}  // namespace espresso::testing

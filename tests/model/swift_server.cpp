#include "swift_server.h"

#include "core/local_command.h"
#include "core/temporary_folder.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <fcntl.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {

namespace {

constexpr const char* address = "127.77.0.1";
constexpr const char* script = ESPRESSO_SOURCE_DIR "/tests/model/swift_server.py";

std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

SwiftServer::SwiftServer() {
  std::array<int, 2> input{}, output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(input[0], 0);
    ::dup2(output[1], 1);
    // Debian's Swift is of Debian's Python.
    ::execl("/usr/bin/python3", "python3", script, address, nullptr);
    ::_exit(127);
  }
  ::close(input[0]);
  ::close(output[1]);
  input_ = Descriptor(input[1]);
  output_ = Descriptor(output[0]);
  const std::string port = read_line(output_.number());
  if (port.empty()) throw std::runtime_error("Swift does not start");
  url_ = fmt::format("http://{}:{}", address, port);
}

SwiftServer::~SwiftServer() {
  input_ = Descriptor();  // it takes its folder away, also when this process is killed
  ::waitpid(process_, nullptr, 0);
}

void SwiftServer::ask(std::vector<std::string> words) const {
  words.insert(words.begin(), {"curl", "-sSf", "-H", "X-Auth-Token: " + token()});
  const CommandOutcome outcome = run_local_command(words, std::chrono::seconds(60));
  if (outcome.status != 0) throw std::runtime_error("Swift: " + outcome.error_output);
}

std::string SwiftServer::token() const {
  const CommandOutcome outcome =
      run_local_command({"curl", "-sSf", "-o", "/dev/null", "-w", "%header{x-auth-token}", "-H",
                         "X-Auth-User: test:tester", "-H", "X-Auth-Key: testing", auth_url()},
                        std::chrono::seconds(60));
  return outcome.output;
}

void SwiftServer::put(const std::string& container, const std::string& path, const std::string& content,
                      const std::string& type) {
  const testing::TemporaryFolder folder;
  const std::string file = folder.write("content", content);
  ask({"-X", "PUT", account_url() + "/" + container});
  ask({"-X", "PUT", "--data-binary", "@" + file, "-H", "Content-Type: " + type,
       account_url() + "/" + container + "/" + path});
}

void SwiftServer::remove(const std::string& container, const std::string& path) {
  ask({"-X", "DELETE", account_url() + "/" + container + "/" + path});
}

}  // namespace espresso

// libssh_server HOST_KEY PUBLIC_KEY [CHANNELS] - an SSH server made with libssh's own server, for tests.
//
// Listens on a free port of 127.0.0.1 and says "Server listening on port N". Accepts one public key, and on each
// session commands only, at most CHANNELS at once. They run through /bin/sh with pipes, as the user who started it.

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::size_t piece_size = 32 * 1024;

struct Server;

/// A command, its pipes and its channel.
struct Command {
  Server* server = nullptr;
  ssh_channel channel = nullptr;
  ssh_channel_callbacks_struct callbacks{};
  pid_t process = -1;
  int ended = -1;  ///< readable once the process is no more
  int input = -1;
  std::array<int, 2> outputs = {-1, -1};
  std::string unwritten = {};              ///< taken from the channel, not yet by the command
  std::array<std::string, 2> unsent = {};  ///< taken from the command, not yet by the channel
  bool dropped = false;                    ///< by the client

  bool is_started() const { return process > 0; }
  bool is_silent() const { return outputs[0] < 0 && outputs[1] < 0 && unsent[0].empty() && unsent[1].empty(); }
};

/// One connection; each has a process of its own.
struct Server {
  ssh_session session = nullptr;
  ssh_key accepted = nullptr;
  std::size_t most_channels = 10;
  ssh_server_callbacks_struct callbacks{};
  std::list<Command> commands = {};
};

void close_end(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

int start(Command& command, const char* text) {
  std::array<std::array<int, 2>, 3> pipes{};
  for (auto& ends : pipes) {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return SSH_ERROR;
  }
  command.process = ::fork();
  if (command.process == 0) {
    ::setsid();
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(pipes[0][0], 0);
    ::dup2(pipes[1][1], 1);
    ::dup2(pipes[2][1], 2);
    ::execl("/bin/sh", "sh", "-c", text, nullptr);
    ::_exit(127);
  }
  ::close(pipes[0][0]);
  ::close(pipes[1][1]);
  ::close(pipes[2][1]);
  command.input = pipes[0][1];
  command.outputs = {pipes[1][0], pipes[2][0]};
  for (const int end : {command.input, command.outputs[0], command.outputs[1]}) ::fcntl(end, F_SETFL, O_NONBLOCK);
  command.ended = static_cast<int>(::syscall(SYS_pidfd_open, command.process, 0));
  return command.process > 0 ? SSH_OK : SSH_ERROR;
}

ssh_channel open_channel(ssh_session session, void* data) {
  auto& server = *static_cast<Server*>(data);
  if (server.commands.size() >= server.most_channels) return nullptr;
  auto& command = server.commands.emplace_back();
  command.server = &server;
  command.channel = ssh_channel_new(session);
  command.callbacks.userdata = &command;
  command.callbacks.channel_exec_request_function = [](ssh_session, ssh_channel, const char* text, void* self) {
    return start(*static_cast<Command*>(self), text);
  };
  command.callbacks.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Command*>(self)->dropped = true;
  };
  ssh_callbacks_init(&command.callbacks);
  ssh_set_channel_callbacks(command.channel, &command.callbacks);
  return command.channel;
}

int judge_key(ssh_session, const char*, ssh_key_struct* key, char state, void* data) {
  const auto& server = *static_cast<Server*>(data);
  const bool is_accepted = ssh_key_cmp(key, server.accepted, SSH_KEY_CMP_PUBLIC) == 0;
  const bool is_signed_if_it_must = state == SSH_PUBLICKEY_STATE_NONE || state == SSH_PUBLICKEY_STATE_VALID;
  return is_accepted && is_signed_if_it_must ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

/// What the client sent goes to the command as far as that takes it: the rest stays in the channel's window.
void feed(Command& command) {
  while (command.input >= 0) {
    if (command.unwritten.empty()) {
      std::array<char, piece_size> piece{};
      const int size = ssh_channel_read_nonblocking(command.channel, piece.data(), piece.size(), 0);
      if (size <= 0) {
        if (ssh_channel_is_eof(command.channel)) close_end(command.input);
        return;
      }
      command.unwritten.assign(piece.data(), static_cast<std::size_t>(size));
    }
    const auto written = ::write(command.input, command.unwritten.data(), command.unwritten.size());
    if (written < 0 && errno != EPIPE) return;
    if (written < 0) close_end(command.input);  // nobody reads any more
    command.unwritten.erase(0, written < 0 ? std::string::npos : static_cast<std::size_t>(written));
  }
}

bool may_send(const Command& command) {
  const bool is_busy = (ssh_get_status(command.server->session) & SSH_WRITE_PENDING) != 0;
  return !is_busy && ssh_channel_window_size(command.channel) > 0;
}

/// What the command wrote, as far as the client's window takes it, and while no keys are exchanged.
void drain(Command& command, std::size_t stream) {
  if (!may_send(command)) return;
  auto& unsent = command.unsent[stream];
  if (unsent.empty() && command.outputs[stream] >= 0) {
    std::array<char, piece_size> piece{};
    const auto size = ::read(command.outputs[stream], piece.data(), piece.size());
    if (size > 0) unsent.assign(piece.data(), static_cast<std::size_t>(size));
    if (size == 0) close_end(command.outputs[stream]);
  }
  if (unsent.empty()) return;
  const auto length = static_cast<std::uint32_t>(unsent.size());
  const int sent = stream == 0 ? ssh_channel_write(command.channel, unsent.data(), length)
                               : ssh_channel_write_stderr(command.channel, unsent.data(), length);
  if (sent > 0) unsent.erase(0, static_cast<std::size_t>(sent));
}

/// Says how the command ended, once it has and all it wrote is on its way. True when the channel is done with.
bool finish(Command& command) {
  if (command.is_started() && !command.dropped) {
    if (!command.is_silent()) return false;
    int status = 0;
    if (::waitpid(command.process, &status, WNOHANG) != command.process) return false;
    if (WIFSIGNALED(status)) {
      const std::string name = sigabbrev_np(WTERMSIG(status));
      ssh_channel_request_send_exit_signal(command.channel, name.c_str(), 0, "", "");
    } else {
      ssh_channel_request_send_exit_status(command.channel, WEXITSTATUS(status));
    }
    ssh_channel_send_eof(command.channel);
    ssh_channel_close(command.channel);
  } else if (!command.dropped) {
    return false;
  }
  close_end(command.input);
  close_end(command.outputs[0]);
  close_end(command.outputs[1]);
  close_end(command.ended);
  ssh_remove_channel_callbacks(command.channel, &command.callbacks);
  ssh_channel_free(command.channel);
  return true;
}

void serve(Server& server) {
  const auto event = ssh_event_new();
  if (!event || ssh_event_add_session(event, server.session) != SSH_OK) return;
  while (ssh_is_connected(server.session)) {
    std::vector<pollfd> waited;
    const bool is_writing = (ssh_get_status(server.session) & SSH_WRITE_PENDING) != 0;
    waited.push_back({.fd = ssh_get_fd(server.session),
                      .events = static_cast<short>(is_writing ? POLLIN | POLLOUT : POLLIN),
                      .revents = 0});
    for (const auto& command : server.commands) {
      if (!command.unwritten.empty()) waited.push_back({.fd = command.input, .events = POLLOUT, .revents = 0});
      if (command.is_silent() && command.ended >= 0)
        waited.push_back({.fd = command.ended, .events = POLLIN, .revents = 0});
      if (!may_send(command)) continue;
      for (std::size_t stream = 0; stream < 2; ++stream) {
        if (!command.unsent[stream].empty()) continue;  // the rest waits for the client
        waited.push_back({.fd = command.outputs[stream], .events = POLLIN, .revents = 0});
      }
    }
    ::poll(waited.data(), waited.size(), -1);
    if (ssh_event_dopoll(event, 0) == SSH_ERROR) return;
    for (auto& command : server.commands) {
      if (!command.is_started() || command.dropped) continue;
      feed(command);
      drain(command, 0);
      drain(command, 1);
    }
    server.commands.remove_if(finish);
  }
}

int serve_connection(ssh_bind bind, Server& server, int descriptor) {
  server.session = ssh_new();
  if (!server.session || ssh_bind_accept_fd(bind, server.session, descriptor) != SSH_OK) return 1;
  server.callbacks.userdata = &server;
  server.callbacks.auth_pubkey_function = judge_key;
  server.callbacks.channel_open_request_session_function = open_channel;
  ssh_callbacks_init(&server.callbacks);
  ssh_set_server_callbacks(server.session, &server.callbacks);
  ssh_set_auth_methods(server.session, SSH_AUTH_METHOD_PUBLICKEY);
  if (ssh_handle_key_exchange(server.session) != SSH_OK) return 1;
  ssh_set_blocking(server.session, 0);
  serve(server);
  return 0;
}

int listen_on_loopback() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(descriptor, 128) != 0)
    return -1;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  std::fprintf(stderr, "Server listening on port %u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  return descriptor;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 3) {
    std::fputs("usage: libssh_server HOST_KEY PUBLIC_KEY [CHANNELS]\n", stderr);
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  ssh_init();
  Server server;
  if (argument_count > 3) server.most_channels = std::strtoul(arguments[3], nullptr, 10);
  const auto bind = ssh_bind_new();
  const bool process_config = false;
  ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &process_config);
  if (ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, arguments[1]) != SSH_OK ||
      ssh_pki_import_pubkey_file(arguments[2], &server.accepted) != SSH_OK) {
    std::fputs("libssh_server: a key cannot be read\n", stderr);
    return 1;
  }
  const int listening = listen_on_loopback();
  if (listening < 0) return 1;
  while (true) {
    const int descriptor = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(listening);
      ::_exit(serve_connection(bind, server, descriptor));
    }
    ::close(descriptor);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}

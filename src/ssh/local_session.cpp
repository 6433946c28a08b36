#include "ssh/session.h"
#include "ssh/shell_process.h"

#include <asio/posix/stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

using Descriptor = asio::posix::stream_descriptor;

constexpr std::size_t most_unread = 1 << 18;
constexpr std::size_t piece_size = 1 << 15;

[[noreturn]] void throw_system(const char* what, int code) {
  throw Error(std::string("cannot start a command: ") + what + ": " + std::strerror(code));
}

struct Ends {
  int ours = -1;
  int theirs = -1;
  Ends() = default;
  Ends(const Ends&) = delete;
  ~Ends() {
    if (ours >= 0) ::close(ours);
    if (theirs >= 0) ::close(theirs);
  }
};

void open_pipe(Ends& ends) {
  std::array<int, 2> both{};
  if (::pipe2(both.data(), O_CLOEXEC) != 0) throw_system("pipe", errno);
  ends.ours = both[0];
  ends.theirs = both[1];
}

/// Standard input is a socket, as sshd gives it: writing to it raises no SIGPIPE in us when the command is gone.
void open_input(Ends& ends) {
  std::array<int, 2> both{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()) != 0) throw_system("socketpair", errno);
  ends.ours = both[0];
  ends.theirs = both[1];
}

/// The running command and its streams. Handlers hold it weakly: it goes with its channel.
class Process : public std::enable_shared_from_this<Process> {
 public:
  Process(const asio::any_io_executor& executor, const std::string& shell, const std::string& command)
      : bell(executor), input_(executor), output_(executor), error_output_(executor), end_(executor) {
    Ends input;
    Ends output;
    Ends error_output;
    open_input(input);
    open_pipe(output);
    open_pipe(error_output);
    const ShellStreams streams{.input = input.theirs, .output = output.theirs, .error_output = error_output.theirs};
    const int failure = start_shell(shell, command, streams, process_);
    if (failure != 0) throw_system(shell.c_str(), failure);
    // By number: the C library's header lacks extern "C" in Debian 12.
    const int end = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
    if (end < 0) {
      const int failure = errno;
      kill_and_reap();
      throw_system("pidfd_open", failure);
    }
    end_.assign(end);
    input_.assign(std::exchange(input.ours, -1));
    output_.assign(std::exchange(output.ours, -1));
    error_output_.assign(std::exchange(error_output.ours, -1));
    input_.non_blocking(true);
    output_.non_blocking(true);
    error_output_.non_blocking(true);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { kill_and_reap(); }

  void watch() {
    watch_stream(output_, ChannelEvent::Kind::output);
    watch_stream(error_output_, ChannelEvent::Kind::error_output);
    end_.async_wait(Descriptor::wait_read, [weak = weak_from_this()](asio::error_code error) {
      const auto self = weak.lock();
      if (!self || error) return;
      self->reap(0);
      self->bell.ring();
    });
  }

  std::optional<ChannelEvent> take() {
    if (!unread_.empty()) {
      ChannelEvent event = std::move(unread_.front());
      unread_.pop_front();
      unread_bytes_ -= event.data.size();
      if (paused_ && unread_bytes_ <= most_unread / 2) {
        paused_ = false;
        watch_stream(output_, ChannelEvent::Kind::output);
        watch_stream(error_output_, ChannelEvent::Kind::error_output);
      }
      return event;
    }
    if (!is_over()) return std::nullopt;
    return ChannelEvent{.kind = ChannelEvent::Kind::closed, .exit_status = exit_status_, .exit_signal = exit_signal_};
  }

  /// How much of it was taken; nothing when the command takes no input any more.
  std::optional<std::size_t> send(std::string_view data) {
    if (!input_.is_open() || reaped_) return std::nullopt;
    const auto sent = ::send(input_.native_handle(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return std::nullopt;
    if (!waiting_to_send_) {
      waiting_to_send_ = true;
      input_.async_wait(Descriptor::wait_write, [weak = weak_from_this()](asio::error_code) {
        const auto self = weak.lock();
        if (!self) return;
        self->waiting_to_send_ = false;
        self->bell.ring();
      });
    }
    return 0;
  }

  void close_input() {
    asio::error_code ignored;
    input_.close(ignored);
  }

  /// Kills what still runs; read() then tells the end.
  void kill() {
    if (!reaped_) ::kill(-process_, SIGKILL);
  }

  Bell bell;

 private:
  bool is_over() const { return reaped_ && !output_.is_open() && !error_output_.is_open(); }

  void watch_stream(Descriptor& stream, ChannelEvent::Kind kind) {
    auto& watched = kind == ChannelEvent::Kind::output ? output_watched_ : error_output_watched_;
    if (watched || !stream.is_open()) return;
    watched = true;
    stream.async_wait(Descriptor::wait_read,
                      [weak = weak_from_this(), &stream, &watched, kind](asio::error_code error) {
                        const auto self = weak.lock();
                        if (!self || error) return;
                        watched = false;
                        self->receive(stream, kind);
                        self->bell.ring();
                      });
  }

  void receive(Descriptor& stream, ChannelEvent::Kind kind) {
    std::string piece(piece_size, '\0');
    const auto got = ::read(stream.native_handle(), piece.data(), piece.size());
    if (got > 0) {
      piece.resize(static_cast<std::size_t>(got));
      piece.shrink_to_fit();
      unread_bytes_ += piece.size();
      unread_.push_back({.kind = kind, .data = std::move(piece)});
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      asio::error_code ignored;
      stream.close(ignored);
      return;
    }
    if (unread_bytes_ > most_unread)
      paused_ = true;
    else
      watch_stream(stream, kind);
  }

  void reap(int flags) {
    int status = 0;
    pid_t answer = 0;
    do answer = ::waitpid(process_, &status, flags);
    while (answer < 0 && errno == EINTR);
    if (answer == 0) return;
    reaped_ = true;
    if (answer < 0) return;  // someone else reaped it: its status is not known
    if (WIFEXITED(status)) exit_status_ = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) {
      const char* name = ::sigabbrev_np(WTERMSIG(status));
      exit_signal_ = name ? name : std::to_string(WTERMSIG(status));
    }
  }

  void kill_and_reap() {
    if (reaped_ || process_ <= 0) return;
    ::kill(-process_, SIGKILL);
    ::kill(process_, SIGKILL);  // its group may not exist yet
    reap(0);
  }

  pid_t process_ = -1;
  bool reaped_ = false;
  Descriptor input_;
  Descriptor output_;
  Descriptor error_output_;
  Descriptor end_;  // a pidfd: readable when the process has ended
  std::deque<ChannelEvent> unread_;
  std::size_t unread_bytes_ = 0;
  bool paused_ = false;
  bool output_watched_ = false;
  bool error_output_watched_ = false;
  bool waiting_to_send_ = false;
  std::optional<int> exit_status_;
  std::string exit_signal_;
};

class LocalChannel final : public Channel {
 public:
  explicit LocalChannel(std::shared_ptr<Process> process) : process_(std::move(process)) {}

  awaitable<void> write(std::string_view data, Deadline deadline) override {
    while (!data.empty()) {
      const auto sent = process_->send(data.substr(0, piece_size));
      if (!sent) throw Error("the command has ended and takes no more input");
      data.remove_prefix(*sent);
      if (*sent > 0) continue;
      if (!co_await process_->bell.wait(deadline)) {
        throw Error("the command did not take its input before the deadline");
      }
    }
  }
  awaitable<void> send_eof() override {
    process_->close_input();
    co_return;
  }
  awaitable<std::optional<ChannelEvent>> read(Deadline deadline) override {
    while (true) {
      if (auto event = process_->take()) co_return event;
      if (!co_await process_->bell.wait(deadline)) co_return std::nullopt;
    }
  }

 private:
  std::shared_ptr<Process> process_;
};

class LocalSession final : public Session {
 public:
  LocalSession(asio::any_io_executor executor, std::string shell)
      : executor_(std::move(executor)), shell_(std::move(shell)) {}

  awaitable<std::unique_ptr<Channel>> exec(std::string command, Deadline) override {
    if (closed_) throw Unreachable("the session was closed");
    auto process = std::make_shared<Process>(executor_, shell_, command);
    process->watch();
    std::erase_if(processes_, [](const std::weak_ptr<Process>& entry) { return entry.expired(); });
    processes_.push_back(process);
    co_return std::make_unique<LocalChannel>(std::move(process));
  }
  awaitable<void> close(Deadline) override {
    closed_ = true;
    for (const auto& entry : processes_) {
      if (const auto process = entry.lock()) process->kill();
    }
    co_return;
  }

 private:
  asio::any_io_executor executor_;
  std::string shell_;
  std::vector<std::weak_ptr<Process>> processes_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Session> open_local_session(asio::any_io_executor executor, std::string shell) {
  return std::make_unique<LocalSession>(std::move(executor), std::move(shell));
}

}  // namespace espresso

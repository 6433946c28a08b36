#include "ssh/link.h"

#include "core/error.h"
#include "core/text.h"
#include "ssh/out_of_descriptors.h"

#include <cctype>

#include <fcntl.h>
#include <libssh/server.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace espresso {
namespace {

// libssh handles at most 4 KB a poll; after this many the thread's other sessions get their turn.
constexpr int polls_at_once = 64;

constexpr std::size_t longest_greeting = 64;

constexpr std::string_view closed_by_host = "closed by the host";

int duplicate(int descriptor) {
  const int result = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (result < 0) throw OutOfDescriptors();
  return result;
}

void set(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

Link::Link(asio::any_io_executor executor, Descriptor socket, std::shared_ptr<std::atomic<unsigned>> arrivals)
    : executor_(executor), socket_(executor), bell_(executor), arrivals_(std::move(arrivals)), alive_timer_(executor) {
  const int descriptor = socket.number();
  // Where it is no socket of TCP, these do nothing.
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished is noticed within about a minute, whether or not anything is on its way to it.
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 60'000);
  socket_.assign(socket.release());
  wire_ = std::make_shared<Wire>(duplicate(descriptor));
  // Both descriptors are one open file; libssh gets its own number, since it may close it.
}

void Link::make_non_blocking() {
  const int flags = ::fcntl(socket_.native_handle(), F_GETFL);
  if ((flags & O_NONBLOCK) == 0) ::fcntl(socket_.native_handle(), F_SETFL, flags | O_NONBLOCK);
}

awaitable<std::optional<int>> Link::connect(Deadline deadline) {
  take_notice();
  int answer = ssh_connect(session());
  make_non_blocking();
  if (answer == SSH_AGAIN) {
    arm_write(true);
    if (!co_await progress(deadline)) co_return std::nullopt;
    const auto result = co_await call([this] { return ssh_connect(session()); }, SSH_AGAIN, deadline);
    if (!result) co_return std::nullopt;
    answer = *result;
  }
  make_non_blocking();
  co_return answer;
}

void Link::start_serving(std::chrono::seconds alive_interval, unsigned alive_count) {
  wire_->start_event();
  serving_ = true;
  alive_interval_ = alive_interval;
  alive_count_ = alive_count;
  if (alive_interval_.count() > 0) watch_life();
  serve();
}

void Link::watch_life() {
  alive_timer_.expires_after(alive_interval_);
  alive_timer_.async_wait([weak = weak_from_this()](asio::error_code cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->lost()) return;
    // A session that rests, because nobody reads what came, does not hear.
    if (self->heard_ || self->held_ > 0)
      self->unanswered_ = 0;
    else if (++self->unanswered_ > self->alive_count_)
      return self->fail("the host gives no sign of life");
    self->heard_ = false;
    ssh_send_keepalive(self->session());
    self->called();
    self->watch_life();
  });
}

awaitable<bool> Link::progress(Deadline deadline) {
  if (held_ == 0) arm_read();
  arm_write();
  co_return co_await bell_.wait(deadline);
}

void Link::called() {
  if (serving_ && broken()) fail(error());
  arm_write();
  bell_.ring();
}

bool Link::broken() const {
  // After an error, such as a packet that was changed on its way, libssh still calls the session connected.
  return !closed_ &&
         (ssh_is_connected(session()) == 0 || (ssh_get_status(session()) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0);
}

void Link::release() {
  if (held_ == 0 || --held_ > 0 || !serving_ || lost()) return;
  arm_read();
  arm_write();
  bell_.ring();
}

void Link::ready() {
  if (serving_)
    serve();
  else
    bell_.ring();
}

/// Looks without taking: libssh keeps what is no SSH to itself.
void Link::take_notice() {
  char text[longest_greeting];
  const auto size = ::recv(socket_.native_handle(), text, sizeof text, MSG_PEEK | MSG_DONTWAIT);
  if (size <= 0) return;
  ++*arrivals_;
  if (greeting_.empty()) greeting_.assign(text, static_cast<std::size_t>(size));
}

void Link::serve() {
  if (lost() || held_ > 0) return;
  int answer = SSH_OK;
  int polls = 0;
  while (held_ == 0 && answer == SSH_OK && polls < polls_at_once) {
    answer = ssh_event_dopoll(wire_->event(), 0);
    ++polls;
  }
  if (answer == SSH_ERROR || broken()) {
    fail(error());
    return;
  }
  if (held_ == 0) {
    if (polls == polls_at_once) {
      asio::post(executor_, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->serve();
      });
    } else {
      arm_read();
    }
  }
  arm_write();
  bell_.ring();
}

void Link::arm_read() {
  if (read_armed_ || lost()) return;
  read_armed_ = true;
  // Servers leave Nagle's algorithm on; without this each answer waits 40 ms for a delayed ACK. Not sticky.
  set(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, 1);
  socket_.async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](asio::error_code error) {
    const auto self = weak.lock();
    if (!self) return;
    self->read_armed_ = false;
    if (error) return;
    self->heard_ = true;
    if (!self->serving_) self->take_notice();
    self->ready();
  });
}

void Link::arm_write(bool always) {
  if (write_armed_ || held_ > 0 || lost() || !(always || write_pending())) return;
  write_armed_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write, [weak = weak_from_this()](asio::error_code error) {
    const auto self = weak.lock();
    if (!self) return;
    self->write_armed_ = false;
    if (!error) self->ready();
  });
}

std::string Link::error() const {
  std::string text = printable(ssh_get_error(session()));
  if (text.starts_with("Socket error: ")) text.erase(0, 14);
  if (text.empty() || text == "disconnected") return std::string(closed_by_host);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

void Link::fail(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  asio::error_code ignored;
  socket_.cancel(ignored);
  alive_timer_.cancel();
  bell_.ring();
  for (Bell* listener : listeners_) listener->ring();
}

Link::Listener::Listener(std::shared_ptr<Link> link, Bell& bell)
    : link_(std::move(link)), place_(link_->listeners_.insert(link_->listeners_.end(), &bell)) {}

void Link::throw_lost() const {
  // From here both look the same.
  const bool is_either = reason_ == closed_by_host && !through_.empty();
  throw Unreachable("connection lost: " + reason_ + (is_either ? ", or by " + through_ + " on the way to it" : ""),
                    "check the network and the host, then run again");
}

awaitable<void> Link::close(Deadline deadline) {
  // What is still queued belongs to the commands: a goodbye before it would cut them.
  bool in_time = true;
  while (in_time && !lost() && write_pending()) in_time = co_await progress(deadline);
  if (!closed_) {
    closed_ = true;
    wire_->disconnect();
    fail("the session was closed");
    asio::error_code ignored;
    socket_.close(ignored);
  }
}

}  // namespace espresso

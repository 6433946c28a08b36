#include "ssh/libssh_channel.h"

#include <algorithm>
#include <cstdio>
#include <new>

namespace espresso {
namespace {

constexpr std::size_t most_unread = 1 << 20;
constexpr std::size_t piece_size = 1 << 16;
constexpr std::size_t write_size = 1 << 16;

}  // namespace

LibsshChannel::LibsshChannel(std::shared_ptr<Link> link) : link_(std::move(link)), bell_(link_->executor()) {}

LibsshChannel::~LibsshChannel() {
  if (holding_) link_->release();
  if (!channel_ || link_->closed()) return;  // a closed session has freed its channels
  // libssh keeps the channel until the server closes it too, longer than this object.
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  if (!link_->lost()) {
    close();
  }
  ssh_channel_free(channel_);
  if (!link_->lost()) link_->called();
}

void LibsshChannel::set_callbacks() {
  callbacks_.userdata = this;
  callbacks_.channel_data_function = [](ssh_session, ssh_channel, void* data, std::uint32_t size, int is_error,
                                        void* self) noexcept {
    static_cast<LibsshChannel*>(self)->received(
        is_error != 0 ? ChannelEvent::Kind::error_output : ChannelEvent::Kind::output,
        {static_cast<const char*>(data), size});
    // Always all of it: libssh offers a rest again only with the next packet.
    return static_cast<int>(size);
  };
  callbacks_.channel_close_function = [](ssh_session, ssh_channel, void* self) noexcept {
    static_cast<LibsshChannel*>(self)->closed_ = true;
    static_cast<LibsshChannel*>(self)->bell_.ring();
  };
  callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* self) noexcept {
    static_cast<LibsshChannel*>(self)->exit_status_ = status;
  };
  callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* name, int, const char*,
                                               const char*, void* self) noexcept {
    static_cast<LibsshChannel*>(self)->exit_signal_ = name;
  };
  ssh_callbacks_init(&callbacks_);
  if (ssh_set_channel_callbacks(channel_, &callbacks_) != SSH_OK) throw std::bad_alloc();
}

void LibsshChannel::close() {
  if (closed_ || link_->lost() || !channel_) return;
  // The first call gives up when its end-of-file does not fit into the socket; the second then sends the close.
  if (ssh_channel_is_open(channel_) && ssh_channel_close(channel_) == SSH_AGAIN) ssh_channel_close(channel_);
  link_->called();
  closed_ = true;
  bell_.ring();
}

void LibsshChannel::received(ChannelEvent::Kind kind, std::string_view data) {
  if (unread_.empty() || unread_.back().kind != kind || unread_.back().data.size() + data.size() > piece_size) {
    unread_.push_back({.kind = kind, .data = std::string(data)});
  } else {
    unread_.back().data += data;
  }
  unread_bytes_ += data.size();
  bell_.ring();
  if (unread_bytes_ > most_unread && !holding_) {
    holding_ = true;
    link_->hold();
  }
}

std::optional<ChannelEvent> LibsshChannel::take() {
  if (unread_.empty()) {
    if (!closed_) return std::nullopt;
    return ChannelEvent{.kind = ChannelEvent::Kind::closed, .exit_status = exit_status_, .exit_signal = exit_signal_};
  }
  ChannelEvent event = std::move(unread_.front());
  unread_.pop_front();
  unread_bytes_ -= event.data.size();
  if (holding_ && unread_bytes_ <= most_unread / 2) {
    holding_ = false;
    link_->release();
  }
  return event;
}

void LibsshChannel::throw_failed(const std::string& what) const {
  if (link_->lost()) link_->throw_lost();
  throw Error(what + ": " + link_->error());
}

void LibsshChannel::open() {
  if (link_->lost()) link_->throw_lost();
  channel_ = ssh_channel_new(link_->session());
  if (!channel_) throw std::bad_alloc();
  number_ = link_->next_channel();
  set_callbacks();
}

void LibsshChannel::throw_refused() const {
  if (link_->lost()) link_->throw_lost();
  // "channel opening failure: channel 44 error (2) open failed" (RFC 4254, 5.1): the words behind are the server's.
  auto reason = link_->error();
  if (const auto code = reason.find("error ("); code != std::string::npos)
    reason.erase(0, reason.find(' ', code + 6) + 1);
  throw Error("the host refused a channel for a command: " + reason,
              "see MaxSessions in its sshd_config: a run takes one channel, to end what it left there takes another");
}

awaitable<void> LibsshChannel::start(std::string command, Deadline deadline) {
  open();
  auto answer = co_await link_->call([this] { return ssh_channel_open_session(channel_); }, SSH_AGAIN, deadline);
  if (answer && *answer != SSH_OK) throw_refused();
  if (answer) {
    answer =
        co_await link_->call([&] { return ssh_channel_request_exec(channel_, command.c_str()); }, SSH_AGAIN, deadline);
    if (answer && *answer != SSH_OK) throw_failed("the host refused to start a command");
  }
  if (!answer) {
    throw Unreachable("the host did not start the command before the deadline",
                      "check the host's load and the network, or give it a longer connect_timeout");
  }
}

awaitable<void> LibsshChannel::start_forward(std::string address, std::uint16_t port, Deadline deadline) {
  open();
  const auto answer = co_await link_->call(
      [&] { return ssh_channel_open_forward(channel_, address.c_str(), port, "127.0.0.1", 0); }, SSH_AGAIN, deadline);
  if (!answer) throw Unreachable("no answer from the jump host");
  if (*answer == SSH_OK) co_return;
  if (link_->lost() || ssh_is_connected(link_->session()) == 0) throw_failed("not forwarded");
  // "channel opening failure: channel 43 error (2) connect failed"; it may be another channel's by now.
  const auto words = link_->error();
  unsigned channel = 0;
  int reason = 0;
  int length = 0;
  const int found =
      std::sscanf(words.c_str(), "channel opening failure: channel %u error (%d) %n", &channel, &reason, &length);
  if (found != 2 || channel != number_ || reason < 1 || reason > 4)
    throw NotForwarded(NotForwarded::Reason::other, "it gave no reason");
  throw NotForwarded(static_cast<NotForwarded::Reason>(reason), words.substr(static_cast<std::size_t>(length)));
}

awaitable<void> LibsshChannel::write(std::string_view data, Deadline deadline) {
  while (!data.empty()) {
    if (link_->lost()) link_->throw_lost();
    if (closed_) throw Error("the command has ended and takes no more input");
    // libssh would queue up to the whole window of the server: one piece on its way at a time keeps memory flat.
    if (!link_->write_pending()) {
      const auto size = std::min(data.size(), write_size);
      const int written = ssh_channel_write(channel_, data.data(), static_cast<std::uint32_t>(size));
      link_->called();
      if (written < 0 && written != SSH_AGAIN) {
        if (closed_) continue;
        throw_failed("the command takes no input");
      }
      if (written > 0) {
        data.remove_prefix(static_cast<std::size_t>(written));
        continue;
      }
    }
    if (!co_await link_->progress(deadline)) throw Error("the command did not take its input before the deadline");
  }
}

awaitable<void> LibsshChannel::send_eof() {
  if (closed_) co_return;
  const auto answer = co_await link_->call([this] { return closed_ ? SSH_OK : ssh_channel_send_eof(channel_); },
                                           SSH_AGAIN, no_deadline);
  if (*answer != SSH_OK && !closed_) throw_failed("the end of input was not taken");
}

awaitable<std::optional<ChannelEvent>> LibsshChannel::read(Deadline deadline) {
  while (true) {
    if (auto event = take()) co_return event;
    if (link_->lost()) link_->throw_lost();
    if (!co_await bell_.wait(deadline)) co_return std::nullopt;
  }
}

}  // namespace espresso

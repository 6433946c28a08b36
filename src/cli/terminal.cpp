#include "cli/terminal.h"

#include <array>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

namespace espresso {

Terminal::Terminal(int descriptor) : descriptor_(descriptor), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Terminal::~Terminal() {
  close(descriptor_);
  if (wake_ >= 0) close(wake_);
}

void Terminal::forget_typed() { tcflush(descriptor_, TCIFLUSH); }

void Terminal::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::optional<std::string> Terminal::read_line() {
  while (true) {
    const auto end = typed_.find('\n');
    if (end != std::string::npos) {
      auto line = typed_.substr(0, end);
      typed_.erase(0, end + 1);
      return line;
    }
    std::array<pollfd, 2> ready = {pollfd{.fd = wake_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = descriptor_, .events = POLLIN, .revents = 0}};
    if (poll(ready.data(), ready.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return std::nullopt;
    }
    if (ready[0].revents != 0) return std::nullopt;
    std::array<char, 4096> piece;
    const ssize_t size = ::read(descriptor_, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    typed_.append(piece.data(), static_cast<std::size_t>(size));
  }
}

void Terminal::interrupt() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

std::unique_ptr<Terminal> open_terminal() {
  const int descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  return descriptor < 0 ? nullptr : std::make_unique<Terminal>(descriptor);
}

}  // namespace espresso

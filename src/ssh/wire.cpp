#include "ssh/wire.h"

#include "core/error.h"

#include <new>

#include <unistd.h>

namespace espresso {

Wire::Wire(int descriptor) : session_(ssh_new()), descriptor_(descriptor) {
  if (!session_) {
    ::close(descriptor_);
    throw std::bad_alloc();
  }
  ssh_set_blocking(session_, 0);
}

Wire::~Wire() {
  disconnect();
  ssh_free(session_);
}

void Wire::set(ssh_options_e option, const void* value) {
  if (ssh_options_set(session_, option, value) != SSH_OK) throw Error(ssh_get_error(session_));
}

void Wire::start_event() {
  event_ = ssh_event_new();
  if (!event_ || ssh_event_add_session(event_, session_) != SSH_OK) throw std::bad_alloc();
}

void Wire::disconnect() {
  if (disconnected_) return;
  disconnected_ = true;
  if (event_) {
    ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
    event_ = nullptr;
  }
  // ssh_disconnect() leaves a descriptor that was handed in open; libssh's error paths close it and forget its number.
  const bool closed_by_libssh = ssh_get_fd(session_) == -1;
  ssh_disconnect(session_);
  if (!closed_by_libssh) ::close(descriptor_);
}

}  // namespace espresso

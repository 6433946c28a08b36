#pragma once

#include <libssh/libssh.h>

#include <string>

namespace espresso {

/// Owner of one libssh session, its event and its descriptor. Knows nothing of Asio, so that a thread of the pool may
/// hold it a while longer than the connection it belongs to. One thread at a time.
class Wire {
 public:
  /// Takes over `descriptor`: libssh closes it on some of its error paths and on others does not.
  explicit Wire(int descriptor);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  ssh_session session() const { return session_; }
  ssh_event event() const { return event_; }
  int descriptor() const { return descriptor_; }
  void set(ssh_options_e option, const void* value);
  /// False when libssh does not take the value.
  bool try_set(ssh_options_e option, const std::string& value) {
    return ssh_options_set(session_, option, value.c_str()) == SSH_OK;
  }
  void set(ssh_options_e option, const std::string& value) { set(option, value.c_str()); }
  /// From now on all packets are handled by ssh_event_dopoll. Only after ssh_connect was called once.
  void start_event();
  /// Says goodbye as far as that does not block. Frees the session's channels.
  void disconnect();

 private:
  ssh_session session_;
  ssh_event event_ = nullptr;
  int descriptor_;
  bool disconnected_ = false;
};

}  // namespace espresso

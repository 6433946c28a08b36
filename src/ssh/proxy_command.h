#pragma once

#include "core/descriptor.h"

#include <memory>
#include <string>

#include <sys/types.h>

namespace espresso {

/// A command whose standard streams lead to a server (ssh_config(5), ProxyCommand): run by the user's shell, in a
/// session of its own, ended with this object.
class ProxyCommand {
 public:
  /// Throws Unreachable when it cannot be started.
  explicit ProxyCommand(const std::string& command);
  ~ProxyCommand();
  ProxyCommand(const ProxyCommand&) = delete;
  ProxyCommand& operator=(const ProxyCommand&) = delete;

  /// Our end of its standard input and output; once.
  Descriptor take_socket() { return std::move(socket_); }
  /// Whether it has ended by now.
  bool has_ended();
  /// Why nothing came of it, as far as it has told by now: its last words and its exit status. Empty: it still runs and
  /// has said nothing.
  std::string words();

 private:
  Descriptor socket_;
  Descriptor errors_;
  pid_t process_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace espresso

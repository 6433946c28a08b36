#pragma once

#include "model/inventory.h"
#include "run/become.h"
#include "ssh/connect.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// What the command line says about connections; each stands above the inventory.
struct ConnectionOptions {
  std::optional<std::string> user = {};
  std::optional<std::uint16_t> port = {};
  std::vector<std::string> identities = {};
  std::optional<std::string> password = {};  ///< as asked for with -k
  std::optional<HostKeyCheck> host_key_check = {};
  std::optional<std::chrono::milliseconds> connect_timeout = {};
  bool become = false;
  std::optional<std::string> become_user = {};
  std::optional<Become::Method> become_method = {};
  std::optional<std::string> become_password = {};  ///< as asked for with -K
};

/// How a host is reached.
struct Connection {
  bool local = false;  ///< `connection: local`: a shell on this machine
  Endpoint endpoint;
  std::optional<Become> become = {};
  std::string shell = "/bin/sh";
};

/// From the host's variables `address port user identity password host_key_check connect_timeout become become_user
/// become_method become_password connection shell` and Ansible's names for them (ansible_host, ansible_port,
/// ansible_user, ansible_ssh_private_key_file, ansible_password, ansible_ssh_pass, ansible_connection, ansible_become,
/// ansible_become_user, ansible_become_method, ansible_become_password, ansible_become_pass, ansible_shell_executable,
/// legacy ansible_ssh_*), own names first. A value of the wrong kind is a mistake at the place where the variable is
/// written.
Connection connection_of(const Host& host, const ConnectionOptions& options, Diagnostics& diagnostics);

}  // namespace espresso

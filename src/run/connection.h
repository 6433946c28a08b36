#pragma once

#include "model/inventory.h"
#include "run/become.h"
#include "run/ssh_configs.h"
#include "ssh/connect.h"

#include <chrono>
#include <functional>
#include <memory>
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
  std::optional<std::string> jump = {};             ///< as ProxyJump of ssh_config(5)
  /// Takes what the command line and the inventory leave open; none: nothing does. The Connector's known_hosts files,
  /// when the command line names any, stand above it.
  std::shared_ptr<SshConfigs> ssh_config = {};
  bool names_known_hosts = false;
  /// A jump host that is a host of the inventory is reached as that says.
  std::function<std::shared_ptr<const Host>(std::string_view name)> find_host = {};
};

/// A variable of the host that says how to reach it, and is not heeded.
struct UnheededVariable {
  std::string_view name;
  std::string_view hint;
  Span span;
};

/// How a host is reached.
struct Connection {
  bool local = false;  ///< `connection: local`: a shell on this machine
  Endpoint endpoint;
  /// Key files that the command line or the inventory names, also for jump hosts: one that cannot be read is a mistake.
  std::vector<std::string> named_identities = {};
  std::optional<Become> become = {};
  std::string shell = "/bin/sh";
  std::string state_folder =
      {};  ///< the folder at the host where runs keep what must not get lost; empty: that of its user
  std::vector<UnheededVariable> unheeded = {};
};

/// From the host's variables of connection_variables.h, under our names for them and under Ansible's; what they leave
/// open is taken from ssh_config. A value of the wrong kind is a mistake at the place where the variable is written.
Connection connection_of(const Host& host, const ConnectionOptions& options, Diagnostics& diagnostics);

}  // namespace espresso

#pragma once

#include "process.h"
#include "sshd.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace espresso::testing {

/// A server to connect to and how, whichever it is.
struct Server {
  std::shared_ptr<void> running = {};
  Endpoint endpoint = {};
  Connector::Options options = {};
};

Server start_openssh(const Sshd::Options& options = {});
/// Dropbear, which finds its users by nss_wrapper, so that no account of this machine is touched.
Server start_dropbear();
/// libssh's own server (server/libssh_server.cpp), which takes so many channels a session.
Server start_libssh_server(unsigned channels = 10);

}  // namespace espresso::testing

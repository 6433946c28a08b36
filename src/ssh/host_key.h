#pragma once

#include "ssh/connect.h"

#include <libssh/libssh.h>

#include <string>

namespace espresso {

/// What the server is asked for: types of the keys that are listed first, since another type would look changed.
std::string host_key_algorithms(const KnownHosts& known_hosts, const Endpoint& endpoint);

/// After the key exchange, before anything secret is sent. Throws Unreachable unless the key is accepted;
/// `file` takes new keys.
void verify_host_key(ssh_session session, const Endpoint& endpoint, KnownHosts& known_hosts, const std::string& file);

}  // namespace espresso

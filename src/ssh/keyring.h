#pragma once

#include "ssh/agent.h"
#include "ssh/authentication.h"
#include "ssh/connect.h"
#include "ssh/identity.h"

#include <memory>
#include <string>

namespace espresso {

/// All that the logins of a run can be made with: key files and agents.
class Keyring {
 public:
  /// `identities` and `ask` may be empty.
  Keyring(std::string agent_socket, std::shared_ptr<Identities> identities, AskPassphrase ask);

  /// For a key file that the user named: see Connector::load_identity.
  void load(const std::string& file);
  Credentials credentials(const Endpoint& endpoint);
  /// Ends what still waits for an agent, so that the pool can be joined.
  void stop();

 private:
  std::shared_ptr<Identities> identities_;
  std::shared_ptr<Agent> agent_;
  AskPassphrase ask_;
};

}  // namespace espresso

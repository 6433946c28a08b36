#pragma once

#include "ssh/agent.h"
#include "ssh/authentication.h"
#include "ssh/connect.h"
#include "ssh/identity.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace espresso {

/// All that the logins of a run can be made with: key files and agents. May be used by several threads.
class Keyring {
 public:
  /// `identities` and `ask` may be empty.
  Keyring(std::string agent_socket, std::shared_ptr<Identities> identities, AskPassphrase ask);

  /// For a key file that the user named: see Connector::load_identity.
  void load(const std::string& file);
  Credentials credentials(const Endpoint& endpoint);
  /// Ends what still waits for an agent; who waits must still have its executor.
  void stop();

 private:
  std::shared_ptr<Agent> agent_for(const Endpoint& endpoint);
  std::shared_ptr<Agent> agent_at(const std::string& path);
  void unlock(const std::string& file, bool has_agent);

  const std::string agent_socket_;
  std::shared_ptr<Identities> identities_;
  AskPassphrase ask_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<Agent>> agents_;
};

}  // namespace espresso

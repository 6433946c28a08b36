#pragma once

#include "ssh/wire.h"

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace espresso {

/// The agent's socket of one session. libssh's calls on it block without limit, so they run on the pool; abort() ends
/// such a call from outside.
class AgentSocket {
 public:
  /// Nothing when no agent answers there.
  static std::shared_ptr<AgentSocket> connect(const std::string& path);
  ~AgentSocket();
  AgentSocket(const AgentSocket&) = delete;
  AgentSocket& operator=(const AgentSocket&) = delete;

  /// Hands a duplicate to libssh.
  bool attach(ssh_session session) const;
  void abort() const;
  /// How many keys the agent holds (draft-miller-ssh-agent, 4.4); blocks. Nothing when it gives no sensible answer.
  std::optional<unsigned> count_keys() const;

 private:
  explicit AgentSocket(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// The one agent of a run.
class Agent {
 public:
  explicit Agent(std::string path) : path_(std::move(path)) {}
  bool is_configured() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  /// Ends calls that still wait for the agent, so that the pool can be joined.
  void abort_all();
  void add(const std::shared_ptr<AgentSocket>& socket);

  std::optional<unsigned> keys;  ///< as first told by the agent

 private:
  std::string path_;
  std::list<std::weak_ptr<AgentSocket>> open_;
};

}  // namespace espresso

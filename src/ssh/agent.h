#pragma once

#include "core/async.h"
#include "ssh/public_key.h"

#include <asio/thread_pool.hpp>

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace espresso {

class AgentDesk;

/// One agent (draft-miller-ssh-agent) for all sessions, over one connection and with one question at a time: that is
/// how ssh-agent works through them anyway. It has threads of its own, so that one that hangs holds up only those who
/// want something of it. May be used by several threads.
class Agent {
 public:
  explicit Agent(std::string path) : path_(std::move(path)) {}
  ~Agent() { stop(); }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  bool is_configured() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  struct Keys {
    std::vector<PublicKey> keys = {};
    std::string trouble = {};  ///< why there is no list; else empty
  };
  /// As the agent told it when it was first asked. Blocks, but not for long.
  std::shared_ptr<const Keys> keys(Deadline deadline);
  awaitable<std::shared_ptr<const Keys>> keys_soon(Deadline deadline);

  struct Answer {
    std::optional<std::string> message = {};  ///< type and contents; none when the agent gave none
    bool late = false;                        ///< for it had no time left
  };
  awaitable<Answer> ask(std::string message, Deadline deadline);

  /// Where calls of libssh run that wait for a desk.
  asio::thread_pool& callers();
  void add(const std::shared_ptr<AgentDesk>& desk);
  /// Ends all that waits, and the threads; those that asked must still have their executors.
  void stop();

 private:
  /// Where questions are asked, one after the other.
  asio::thread_pool& speaker();
  Answer exchange(const std::string& message, Deadline deadline);
  bool connect(Deadline deadline);
  void disconnect();
  std::optional<std::string> receive(std::size_t size, Deadline deadline);

  const std::string path_;
  std::mutex speaking_;  // guards the conversation
  std::shared_ptr<const Keys> keys_;
  std::mutex mutex_;  // guards what follows
  int socket_ = -1;
  bool stopped_ = false;
  std::list<std::weak_ptr<AgentDesk>> desks_;
  std::optional<asio::thread_pool> callers_;
  std::optional<asio::thread_pool> speaker_;
};

}  // namespace espresso

#pragma once

#include "ssh/agent.h"
#include "ssh/wire.h"

#include <asio/local/stream_protocol.hpp>

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// What libssh takes for the agent during one login. It shows libssh the keys that we choose, in our order, and passes
/// on what is to be signed. libssh waits for it within its calls, so those run on the agent's callers().
class AgentDesk : public std::enable_shared_from_this<AgentDesk> {
 public:
  /// One key to be tried.
  struct Offer {
    PublicKey shown;     ///< the key, or a certificate for it
    std::string signer;  ///< the key that the agent holds
  };

  /// Signatures asked for after the deadline are refused.
  AgentDesk(asio::any_io_executor executor, std::shared_ptr<Agent> agent, Deadline deadline);
  ~AgentDesk();
  AgentDesk(const AgentDesk&) = delete;
  AgentDesk& operator=(const AgentDesk&) = delete;

  /// To be called once, before libssh's first call. False when there are no descriptors left.
  bool open(ssh_session session);
  /// What libssh gets to see when it asks the next time. Between its calls.
  void show(std::vector<Offer> offers) { offers_ = std::move(offers); }
  /// No further answers: libssh's call fails.
  void close();
  /// The same, from any thread.
  void abort() const;
  /// Takes libssh's end back, so that a session does not keep its descriptor.
  void detach(ssh_session session);

  /// What became of the key that was last to be signed with.
  struct Refusal {
    std::size_t offer = 0;
    bool late = false;  ///< the agent did not answer in time
    bool gone = false;  ///< there is no agent any more
  };
  /// The refusal since the last call, if there was one.
  std::optional<Refusal> take_refusal() { return std::exchange(refusal_, std::nullopt); }

 private:
  static awaitable<void> serve(std::shared_ptr<AgentDesk> self);
  awaitable<std::string> answer(std::string request);
  awaitable<std::string> sign(std::string request);

  std::shared_ptr<Agent> agent_;
  Deadline deadline_;
  asio::local::stream_protocol::socket socket_;
  int for_abort_ = -1;
  int of_libssh_ = -1;
  std::vector<Offer> offers_;
  std::optional<Refusal> refusal_;
};

}  // namespace espresso

#pragma once

#include "process.h"

#include <atomic>
#include <list>
#include <string>
#include <thread>

namespace espresso::testing {

/// Stands before a real agent, counts what it is asked, and answers for signatures as it is told to.
class AgentRelay {
 public:
  enum class OnSign { pass, silence, hang_up };
  AgentRelay(const TemporaryFolder& folder, std::string agent, OnSign on_sign);
  ~AgentRelay();
  AgentRelay(const AgentRelay&) = delete;
  AgentRelay& operator=(const AgentRelay&) = delete;

  const std::string& socket() const { return socket_; }
  std::atomic<int> connections = 0;
  std::atomic<int> lists = 0;
  std::atomic<int> signatures = 0;

 private:
  void accept();
  void serve(int client);

  std::string socket_;
  std::string agent_;
  OnSign on_sign_;
  int listening_ = -1;
  std::list<int> clients_;
  std::list<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace espresso::testing
